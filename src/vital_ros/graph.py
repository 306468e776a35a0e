"""Which nodes a deployment consists of: listed once, turned into launch actions by launch/*.launch.py and into
processes by `./vital` where `launch` is not installed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from vital_ros.config import Config, ConfigError


class ArgumentError(ValueError):
    """A launch argument that is unknown or has an unusable value; one line."""


@dataclass(frozen=True)
class LaunchArgument:
    """One `name:=value` of a launch file. `default` None: must be given. `kind` is one of str, int, float, bool."""

    name: str
    default: str | None
    help: str
    kind: type = str
    choices: tuple[str, ...] = ()
    minimum: float | None = None

    def parse(self, text: str) -> Any:
        """The typed value; raise ArgumentError."""
        if self.choices and text not in self.choices:
            raise ArgumentError(f"{self.name}:={text}: it should be one of {', '.join(filter(None, self.choices))}")
        if self.kind is bool:
            if text.lower() not in ("true", "false"):
                raise ArgumentError(f"{self.name}:={text}: it should be true or false")
            return text.lower() == "true"
        try:
            value = self.kind(text)
        except ValueError:
            raise ArgumentError(f"{self.name}:={text}: it should be a number of type {self.kind.__name__}") from None
        if self.minimum is not None and not value >= self.minimum:
            raise ArgumentError(f"{self.name}:={text}: it should be at least {self.minimum:g}")
        return value


@dataclass(frozen=True)
class NodeSpec:
    """One process of the graph.

    Attributes:
        executable: name of the executable in `package`, and of the module in vital_ros.nodes.
        lifecycle: driven by the supervisor's bring-up.
        motion: its end ends all motion; it is stopped before the devices.
    """

    executable: str
    parameters: dict[str, Any] = field(default_factory=dict)
    package: str = "vital_ros"
    name: str = ""
    remappings: tuple[tuple[str, str], ...] = ()
    lifecycle: bool = False
    motion: bool = False

    @property
    def node_name(self) -> str:
        return self.name or self.executable

    @property
    def enclave(self) -> str:
        """Where SROS 2 finds the keys of this process."""
        return f"/vital_ros/{self.node_name}"


TASK = LaunchArgument("task", None, "task to do: the name of a file in config/tasks")
ROBOT_IP = LaunchArgument("robot_ip", "", "address of the real xArm's controller; empty: the simulated cell")
CONFIG_DIR = LaunchArgument("config_dir", "", "configuration directory; empty: the installed one")
REAL_TIME_FACTOR = LaunchArgument(
    "real_time_factor", "1.0", "speed of the simulated cell; other than 1 the nodes run on /clock", float, minimum=0.05
)
SEED = LaunchArgument("seed", "100000", "seed of the first episode; the next ones count up", int, minimum=0)
VIEW = LaunchArgument("view", "false", "show cameras and touch live on a page for the browser of this machine", bool)
RUN_DIR = LaunchArgument("run_dir", "", "folder for config, metrics, videos and logs; empty: runs/<date>-<task>")

SCENE = LaunchArgument("scene", "", "YAML file of the simulated scene (docs/scenes.md); empty: the green screen")
QUERY = LaunchArgument("query", "", "what to look for; empty: the task's own prompt")
TARGET_YAW = LaunchArgument("target_yaw", "0.0", "rad by which the target is turned beyond its task file", float)
BACKEND = LaunchArgument(
    "backend", "", "arm command backend; empty: as config/robot.yaml says", choices=("", "servo", "online")
)
HEADLESS = LaunchArgument("headless", "false", "plain lines in place of the live terminal view", bool)
VIDEO = LaunchArgument("video", "true", "write a video of every episode", bool)
COMMON = (VIEW, VIDEO, SCENE, CONFIG_DIR, REAL_TIME_FACTOR, RUN_DIR)

DEPLOY = (
    TASK,
    QUERY,
    TARGET_YAW,
    LaunchArgument("policy", "", "policy in models/<task>, or a .safetensors file's path; empty: vital, else vital_bc"),
    LaunchArgument(
        "execution", "", "action executed; empty: as the policy was trained", choices=("", "ensemble", "newest")
    ),
    ROBOT_IP,
    BACKEND,
    LaunchArgument(
        "episodes", "1", "episodes to run; 0: bring the graph up and wait for goals on /execute_task", int, minimum=0
    ),
    SEED,
    LaunchArgument("report", "", "file to write the JSON report to, beside the one in the run folder"),
    HEADLESS,
    LaunchArgument("record", "true", "write every episode as a rosbag2 bag into the run folder", bool),
    *COMMON,
)
PERSONS_TIME = 120.0
"""s that a person has for a demonstration; the task's limit is for policies."""
RECORD = (
    TASK,
    LaunchArgument(
        "operator",
        "keyboard",
        "who moves the arm; expert: only in simulation",
        choices=("keyboard", "gamepad", "expert"),
    ),
    LaunchArgument("device", "", "gamepad or terminal to read; empty: /dev/input/js0, or the terminal of this command"),
    LaunchArgument("episodes", "32", "successful episodes that the folder shall hold in the end", int, minimum=1),
    LaunchArgument(
        "confirm", "", "wait for key n before each further episode; empty: at a real arm", choices=("", "true", "false")
    ),
    LaunchArgument("out", "", "folder of the episodes, continued if it exists; empty: data/<task>"),
    LaunchArgument("seed", "0", "seed of the first episode; the next ones count up", int, minimum=0),
    QUERY,
    TARGET_YAW,
    ROBOT_IP,
    BACKEND,
    HEADLESS,
    *COMMON,
)
LEARN = (
    TASK,
    LaunchArgument("base", "vital_bc", "policy in models/<task> to correct, or the path of a .safetensors file"),
    LaunchArgument("variant", "", "a variant of config/residual.yaml; empty: its defaults"),
    LaunchArgument("episodes", "200", "episodes to run", int, minimum=1),
    LaunchArgument("seed", "0", "seed of the first episode of a new run; the next ones count up", int, minimum=0),
    LaunchArgument("run_dir", "", "folder of all that is learned and recorded, continued; empty: runs/learn_<task>"),
    LaunchArgument(
        "operator", "", "who labels; empty: the judge in simulation, else the keyboard",
        choices=("", "keyboard", "gamepad"),
    ),
    LaunchArgument("device", "", "gamepad or terminal to read; empty: /dev/input/js0, or the terminal of this command"),
    LaunchArgument("video", "false", "write a video of every episode", bool),
    QUERY,
    TARGET_YAW,
    ROBOT_IP,
    BACKEND,
    HEADLESS,
    VIEW,
    SCENE,
    CONFIG_DIR,
    REAL_TIME_FACTOR,
)  # fmt: skip
SIM = (TASK, SEED, VIEW, SCENE, CONFIG_DIR, REAL_TIME_FACTOR, RUN_DIR)

REPLAY = (
    LaunchArgument("bag", None, "directory of a recorded episode of a policy"),
    LaunchArgument("policy", "", "policy in models/<task>, or the path of a .safetensors file; empty: as recorded"),
    LaunchArgument(
        "execution", "", "action executed at a tick; empty: as recorded", choices=("", "ensemble", "newest")
    ),
    LaunchArgument("query", "", "what to look for in the recorded images; empty: the task's own prompt"),
    LaunchArgument("rate", "1.0", "speed: 1 as recorded, large numbers as fast as it goes", float, minimum=0.01),
    LaunchArgument("tolerance", "1e-4", "action error, in network units, that is no divergence", float, minimum=0.0),
    CONFIG_DIR,
    RUN_DIR,
)

LAUNCHES: dict[str, tuple[LaunchArgument, ...]] = {
    "deploy": DEPLOY,
    "learn": LEARN,
    "record": RECORD,
    "sim": SIM,
    "replay": REPLAY,
}


def parse_arguments(launch: str, given: Mapping[str, str]) -> dict[str, Any]:
    """All arguments of a launch, typed, defaults filled in; raise ArgumentError with one line."""
    declared = {argument.name: argument for argument in LAUNCHES[launch]}
    for name in given:
        if name not in declared:
            close = get_close_matches(name, declared, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(declared)}"
            raise ArgumentError(f"unknown argument '{name}'; {hint}")
    values = {}
    for name, argument in declared.items():
        text = given.get(name, argument.default)
        if text is None:
            raise ArgumentError(f"argument '{name}' is missing: {argument.help} (for example {name}:=key_lock)")
        values[name] = argument.parse(text)
    return values


def deployment(arguments: Mapping[str, Any], config: Config) -> list[NodeSpec]:
    """The graph of `deploy`: devices first, then the product nodes, the supervisor last.

    Args:
        arguments: as `parse_arguments("deploy", …)` returns them, with `run_dir` an existing directory.

    Raises:
        ConfigError: the task is unknown or its file unusable.
    """
    policy = {key: arguments[key] for key in ("policy", "execution")}
    recorder = {"record": arguments["record"], "episodes_dir": str(Path(arguments["run_dir"]) / "episodes")}
    return _graph(arguments, config, policy, recorder | policy, policy | {"report": arguments["report"]})


def learning(arguments: Mapping[str, Any], config: Config) -> list[NodeSpec]:
    """The graph of `learn`: a deployment that tries out and learns; whoever labels at a real arm has a device for it.

    Args:
        arguments: as `parse_arguments("learn", …)` returns them, with `run_dir` the folder of what is learned.

    Raises:
        ConfigError: the task or the variant is unknown, or the variant has no base policy.
    """
    simulated, run_dir = not arguments["robot_ip"], Path(arguments["run_dir"])
    variant = arguments["variant"]
    settings = config.residual.variant(variant) if variant else config.residual
    if settings.base == "none":
        raise ConfigError(f"variant:={variant}: without a base policy a robot would begin at random: train in-process")
    policy = {"policy": arguments["base"], "execution": settings.base}
    learner = {
        "episodes_dir": str(run_dir / "episodes"),
        "masks": simulated,
        "learn": str(run_dir),
        "base": arguments["base"],
        "variant": variant,
    }
    operator = arguments["operator"] or ("" if simulated else "keyboard")
    labelling = {"operator": operator, "device": arguments["device"], "task": arguments["task"]}
    operators = [NodeSpec("teleop", labelling, lifecycle=True)] if operator else []
    supervisor = policy | {"patient": True}
    return _graph(arguments, config, policy | {"learning": True}, learner | policy, supervisor, operators)


def recording(arguments: Mapping[str, Any], config: Config) -> list[NodeSpec]:
    """The graph of `record`: a deployment in which a person, or the expert, moves the arm in place of the policy.

    Args:
        arguments: as `parse_arguments("record", …)` returns them, with `run_dir` and `out` directories and `episodes`
            the successes that are still missing.

    Raises:
        ConfigError: the task is unknown or its file unusable, or the expert is asked to move a real arm.
    """
    operator, simulated = arguments["operator"], not arguments["robot_ip"]
    if operator == "expert" and not simulated:
        raise ConfigError("operator:=expert: the expert sees the truth, so it plays in simulation only")
    recorder = {"episodes_dir": str(arguments["out"]), "demonstrator": operator, "masks": simulated}
    teleop = NodeSpec(
        "teleop", {"operator": operator, "device": arguments["device"], "task": arguments["task"]}, lifecycle=True
    )
    operators = [] if operator == "expert" else [teleop]
    confirm = arguments["confirm"] == "true" or (arguments["confirm"] == "" and not simulated)
    supervisor = {"policy": operator, "execution": "demonstration", "count_successes": True, "confirm": confirm}
    if operators:
        supervisor["time_limit"] = PERSONS_TIME
    return _graph(arguments, config, {"person": True}, recorder, supervisor, operators)


def _graph(
    arguments: Mapping[str, Any],
    config: Config,
    executor: dict[str, Any],
    recorder: dict[str, Any],
    supervisor: dict[str, Any],
    operators: Sequence[NodeSpec] = (),
) -> list[NodeSpec]:
    """What deployment and recording have in common; the dictionaries are parameters of single nodes."""
    config.task(arguments["task"])
    simulated = not arguments["robot_ip"]
    common = {
        "config_dir": str(arguments["config_dir"]),
        "use_sim_time": simulated and arguments["real_time_factor"] != 1.0,
    }
    task, turned = {"task": arguments["task"]}, {"target_yaw": arguments["target_yaw"]}
    tactile_port = str(device_directory() / "anyskin") if simulated else config.robot.tactile.port
    camera = f"sim:{device_directory() / 'wrist_camera.sock'}" if simulated else config.cameras.wrist.device
    devices = [sim_cell(arguments)] if simulated else real_drivers(arguments, config)
    product = [
        NodeSpec("wrist_camera", common | {"device": camera}, lifecycle=True),
        NodeSpec("anyskin", common | {"port": tactile_port}, lifecycle=True),
        NodeSpec("localizer", common | task, lifecycle=True),
        NodeSpec("arm_gate", common | {"backend": arguments["backend"]}, lifecycle=True, motion=True),
        NodeSpec("policy_executor", common | task | turned | executor, lifecycle=True, motion=True),
        NodeSpec("residual_learner", common | task | recorder, lifecycle=True),
        *(replace(node, parameters=common | node.parameters) for node in operators),
    ]
    conductor = NodeSpec(
        "supervisor",
        common
        | task
        | {key: arguments[key] for key in ("query", "episodes", "seed", "headless", "video")}
        | {
            "run_dir": str(arguments["run_dir"]),
            "simulated": simulated,
            "episodes_dir": recorder["episodes_dir"] if config.residual.record and recorder.get("record", True) else "",
            "lifecycle_nodes": [node.node_name for node in product],
        }
        | supervisor,
        motion=True,
    )
    views = [viewer(arguments)] if arguments["view"] else []
    return [*devices, *product, *views, conductor]


def simulation(arguments: Mapping[str, Any]) -> list[NodeSpec]:
    """The graph of `sim`: the cell behind the drivers' interfaces, and nothing that uses them but the viewer."""
    wrist = f"sim:{device_directory() / 'wrist_camera.sock'}"
    return [*([viewer(arguments, wrist)] if arguments["view"] else []), sim_cell(arguments)]


def viewer(arguments: Mapping[str, Any], wrist: str = "") -> NodeSpec:
    """The live view; `wrist`: a camera where no node publishes it."""
    names = ("config_dir", "task")
    return NodeSpec("viewer", {name: str(arguments[name]) for name in names} | {"port": view_port(), "wrist": wrist})


def view_port() -> int:
    """Of the live view: one for each ROS domain."""
    return 8642 + int(os.environ.get("ROS_DOMAIN_ID", "0"))


def device_directory() -> Path:
    """Where the simulated cell of this ROS domain puts its serial port and camera socket; one deployment a domain.

    A short path of its own, since the name of a Unix socket may not exceed 107 bytes.
    """
    return Path(gettempdir()) / f"vital_ros_{os.environ.get('ROS_DOMAIN_ID', '0')}"


def sim_cell(arguments: Mapping[str, Any]) -> NodeSpec:
    """The simulated cell alone: the graph of `sim`, and the devices of a simulated deployment."""
    return NodeSpec(
        "sim_cell",
        {
            "config_dir": str(arguments["config_dir"]),
            "task": arguments["task"],
            "seed": arguments["seed"],
            "scene": str(arguments["scene"]),
            "expert": arguments.get("operator") == "expert",
            "device_dir": str(device_directory()),
            "real_time_factor": arguments["real_time_factor"],
        },
    )


def real_drivers(arguments: Mapping[str, Any], config: Config) -> list[NodeSpec]:
    """xarm_ros2's driver with the services the gate needs switched on, and realsense2_camera with aligned depth.

    Source: xarm_api/config/xarm_params.yaml (services are off by default; report_type dev gives 100 Hz),
    realsense-ros launch/rs_launch.py.
    """
    if not config.robot.arm.namespace.startswith("/"):
        raise ConfigError(f"robot.yaml: arm.namespace = '{config.robot.arm.namespace}': it should start with '/'")
    services = (
        "set_servo_cartesian_aa",
        "set_collision_sensitivity",
        "set_tcp_load",
        "set_gripper_enable",
        "set_gripper_mode",
        "set_gripper_speed",
        "set_gripper_position",
        "get_gripper_position",
    )
    driver = NodeSpec(
        "xarm_driver_node",
        {"robot_ip": arguments["robot_ip"], "report_type": "dev", "dof": 7, "add_gripper": True, "hw_ns": "xarm"}
        | {f"services.{name}": True for name in services},
        package="xarm_api",
        name="ufactory_driver",
    )
    camera = NodeSpec(
        "realsense2_camera_node",
        {
            "enable_sync": True,
            "align_depth.enable": True,
            "rgb_camera.color_profile": "640,480,15",
            "camera_name": "camera",
        },
        package="realsense2_camera",
        name="camera",
        remappings=(("__ns", "/camera"),),
    )
    return [driver, camera]
