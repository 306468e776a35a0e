"""What each process of the graph does there, listed once: the policy is made of it, a running graph held to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from vital_ros.config import Config
from vital_ros.config.base import in_root


@dataclass(frozen=True)
class Access:
    """Full names of what a process uses; the fields are SROS 2's own words for it.

    Attributes:
        reply, request: services that are offered and called.
        execute, call: actions that are offered and called.
    """

    publish: frozenset[str] = frozenset()
    subscribe: frozenset[str] = frozenset()
    reply: frozenset[str] = frozenset()
    request: frozenset[str] = frozenset()
    execute: frozenset[str] = frozenset()
    call: frozenset[str] = frozenset()

    def __or__(self, other: Access) -> Access:
        return Access(*(getattr(self, field.name) | getattr(other, field.name) for field in fields(self)))

    def __sub__(self, other: Access) -> Access:
        return Access(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))


def access(**names: str) -> Access:
    """From names separated by spaces."""
    return Access(**{verb: frozenset(text.split()) for verb, text in names.items()})


def graph_access(config: Config) -> dict[str, Access]:
    """Of every process of vital_ros that `deploy`, `record` and `learn` start for one robot without a namespace,
    simulated devices included."""
    arm, third = in_root(config.robot.arm.namespace), in_root(config.cameras.third.namespace)
    product = _product(arm, third)
    managed = [*product, "teleop"]
    nodes = product | {"teleop": _TELEOP, "sim_cell": _sim_cell(arm, third), "viewer": _viewer(third)}
    nodes["supervisor"] = _supervisor(managed, third)
    return {name: given | _every_node(name) | _lifecycle(name, name != "supervisor") for name, given in nodes.items()}


def on_demand(config: Config) -> dict[str, Access]:
    """The part of `graph_access` that a node uses only at times: while one asks, looks, records, films or learns."""
    arm, third = in_root(config.robot.arm.namespace), in_root(config.cameras.third.namespace)
    return {
        "arm_gate": access(request=f"{arm}/set_position {arm}/set_servo_cartesian_aa"),
        "localizer": access(subscribe=_camera(third)),
        "viewer": access(
            subscribe=f"{third}/color/image_raw /anyskin/tactile /sim/contact_force /wrist_camera/image_raw"
        ),
        "policy_executor": access(subscribe="/residual/weights", reply="/residual/base_only"),
        "residual_learner": _LEARNING,
        "sim_cell": access(publish="/arm/teleop"),
        "supervisor": access(
            subscribe=f"/teleop/fault /teleop/transition_event /wrist_camera/image_raw {third}/color/image_raw",
            request="/teleop/change_state /teleop/get_state",
            reply="/record/next",
        ),
    }


def _every_node(name: str) -> Access:
    parameters = "describe_parameters get_parameter_types get_parameters list_parameters set_parameters"
    offered = f"{parameters} set_parameters_atomically get_type_description"
    return Access(
        publish=frozenset({"/rosout", "/parameter_events"}),
        subscribe=frozenset({"/clock"}),
        reply=_under(name, offered.split()),
    )


def _lifecycle(name: str, managed: bool) -> Access:
    if not managed:
        return Access()
    offered = "change_state get_state get_available_states get_available_transitions get_transition_graph"
    return Access(publish=_under(name, ["fault", "transition_event"]), reply=_under(name, offered.split()))


def _under(node: str, names: Iterable[str]) -> frozenset[str]:
    return frozenset(f"/{node}/{name}" for name in names)


def _camera(namespace: str) -> str:
    names = ("color/image_raw", "color/camera_info", "aligned_depth_to_color/image_raw")
    return " ".join(f"{namespace}/{name}" for name in names)


def _arm_calls(arm: str) -> str:
    names = (
        *("motion_enable", "set_mode", "set_state", "clean_error", "clean_warn", "set_tcp_load"),
        *("set_collision_sensitivity", "set_gripper_enable", "set_gripper_mode", "set_gripper_speed"),
        *("set_gripper_position", "set_servo_cartesian_aa", "set_position"),
    )
    return " ".join(f"{arm}/{name}" for name in names)


_LEARNING = access(
    publish="/residual/weights",
    subscribe="/sim/wrist_mask /sim/target_pose /policy/target",
    reply="/residual/freeze /residual/checkpoint /residual/rollback",
)

_TELEOP = access(
    publish="/arm/teleop",
    subscribe="/arm/state /policy/status",
    request="/episode/label_episode /arm/stop /record/next",
)


def _product(arm: str, third: str) -> dict[str, Access]:
    return {
        "wrist_camera": access(publish="/wrist_camera/image_raw /wrist_camera/camera_info"),
        "anyskin": access(publish="/anyskin/tactile /anyskin/baseline", reply="/anyskin/rebaseline"),
        "localizer": access(
            publish="/localizer/debug_image /localizer/color /localizer/depth /localizer/camera_info /tf_static",
            subscribe=f"/tf_static {_camera(third)}",
            reply="/localize",
        ),
        "arm_gate": access(
            publish="/arm/state /arm/status /arm/command",
            subscribe="/arm/setpoint /anyskin/tactile /anyskin/baseline /wrist_camera/camera_info "
            f"{arm}/robot_states {arm}/joint_states",
            reply="/arm/set_task /arm/stop /arm/recover /arm_gate_xarm_link/get_type_description",
            request=_arm_calls(arm),
        ),
        "policy_executor": access(
            publish="/arm/setpoint /policy/target /policy/status /policy/chunk /policy/transition",
            subscribe="/wrist_camera/image_raw /anyskin/tactile /anyskin/baseline /arm/state /arm/status /arm/teleop "
            "/episode/label /residual/weights",
            reply="/residual/base_only /policy_executor/confirm",
            request="/localize /arm/set_task /arm/stop /anyskin/rebaseline",
            execute="/execute_task",
        ),
        "residual_learner": _LEARNING
        | access(
            publish="/residual/status /episode/label",
            subscribe="/wrist_camera/image_raw /wrist_camera/camera_info /anyskin/tactile /anyskin/baseline /arm/state "
            "/arm/setpoint /arm/command /arm/status /localizer/color /localizer/depth /localizer/camera_info "
            "/policy/target /policy/status /policy/chunk /policy/transition /episode/label /policy_executor/fault",
            reply="/episode/label_episode",
        ),
    }


def _viewer(third: str) -> Access:
    return access(
        subscribe=f"/policy/status /arm/status /episode/label /anyskin/baseline /anyskin/tactile "
        f"/wrist_camera/image_raw /sim/contact_force {third}/color/image_raw"
    )


def _supervisor(managed: list[str], third: str) -> Access:
    nodes = Access(
        subscribe=frozenset(f"/{node}/{name}" for node in managed for name in ("fault", "transition_event")),
        request=frozenset(f"/{node}/{name}" for node in managed for name in ("change_state", "get_state")),
    )
    return nodes | access(
        subscribe=f"/arm/status /rosout /sim/contact_force /wrist_camera/image_raw {third}/color/image_raw",
        request="/arm/recover /sim/reset",
        reply="/record/next",
        call="/execute_task",
    )


def _sim_cell(arm: str, third: str) -> Access:
    """The driver's and the third camera's part too; services of theirs that vital_ros never calls included."""
    return access(
        publish=f"{arm}/robot_states {arm}/joint_states {_camera(third)} {third}/aligned_depth_to_color/camera_info "
        "/tf_static /clock /episode/label /sim/contact_force /sim/target_pose /sim/wrist_mask /arm/teleop",
        subscribe="/policy/status",
        reply=f"{_arm_calls(arm)} {arm}/set_servo_cartesian {arm}/get_gripper_position {arm}/get_position "
        "/ufactory_driver/get_type_description /ufactory_driver_servo/get_type_description "
        "/camera/get_type_description /sim/inject_error /sim/emergency_stop /sim/freeze_arm /sim/reset",
        execute="/xarm_gripper/gripper_action",
    )
