"""The graphs with product nodes: of deployment, of learning, of recording; and that of the simulated cell alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vital_ros.config import Config, ConfigError
from vital_ros.graph.devices import device_directory, real_drivers, sim_cell, viewer
from vital_ros.graph.node_spec import NodeSpec

PERSONS_TIME = 120.0
"""s that a person has for a demonstration; the task's limit is for policies."""


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
        arguments: as `parse_arguments("learn", …)` returns them, with `run_dir` the folder of what is learned; one
            of several robots has its own inside that.

    Raises:
        ConfigError: the task or the variant is unknown, or the variant has no base policy.
    """
    simulated, own = not arguments["robot_ip"], Path(arguments["run_dir"])
    learned = own.parent if arguments["namespace"] else own
    variant = arguments["variant"]
    settings = config.residual.variant(variant) if variant else config.residual
    if settings.base == "none":
        raise ConfigError(f"variant:={variant}: without a base policy a robot would begin at random: train in-process")
    policy = {"policy": arguments["base"], "execution": settings.base}
    learner = {
        "episodes_dir": str(learned / "episodes"),
        "masks": simulated,
        "learn": str(learned),
        "base": arguments["base"],
        "variant": variant,
        "robots": arguments["robots"],
    }
    operator = arguments["operator"] or ("" if simulated else "keyboard")
    labelling = {"operator": operator, "device": arguments["device"], "task": arguments["task"]}
    operators = [NodeSpec("teleop", labelling, lifecycle=True)] if operator else []
    supervisor = policy | {"patient": True}
    nodes = _graph(arguments, config, policy | {"learning": True}, learner | policy, supervisor, operators)
    return _share_learner(nodes, arguments) if arguments["robots"] else nodes


def _share_learner(nodes: list[NodeSpec], arguments: Mapping[str, Any]) -> list[NodeSpec]:
    """One learner for all robots, in the root namespace; only the first robot's machine runs it."""
    first = arguments["namespace"] == arguments["robots"].split(",")[0]
    *others, conductor = (
        _in_root(node) if node.executable == "residual_learner" else node
        for node in nodes
        if first or node.executable != "residual_learner"
    )
    names = [node.node_name if node.namespace else f"/{node.node_name}" for node in others if node.lifecycle]
    elsewhere = {} if first else {"episodes_dir": ""}
    return [*others, replace(conductor, parameters=conductor.parameters | {"lifecycle_nodes": names} | elsewhere)]


def _in_root(learner: NodeSpec) -> NodeSpec:
    """Of no robot's clock."""
    return replace(learner, namespace="", parameters=learner.parameters | {"use_sim_time": False})


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
    namespace = _namespace(arguments)
    common = {
        "config_dir": str(arguments["config_dir"]),
        "use_sim_time": simulated and arguments["real_time_factor"] != 1.0,
    }
    task, turned = {"task": arguments["task"]}, {"target_yaw": arguments["target_yaw"]}
    files = device_directory(namespace)
    tactile_port = str(files / "anyskin") if simulated else config.robot.tactile.port
    camera = f"sim:{files / 'wrist_camera.sock'}" if simulated else config.cameras.wrist.device
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
    return [replace(node, namespace=_below(namespace, node)) for node in (*devices, *product, *views, conductor)]


def _namespace(arguments: Mapping[str, Any]) -> str:
    namespace: str = arguments.get("namespace", "")
    if not re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)?", namespace):
        raise ConfigError(f"namespace:={namespace}: it should be a name of letters, digits and _")
    return namespace


def _below(namespace: str, node: NodeSpec) -> str:
    return "/".join(filter(None, (namespace, node.namespace)))


def simulation(arguments: Mapping[str, Any]) -> list[NodeSpec]:
    """The graph of `sim`: the cell behind the drivers' interfaces, and nothing that uses them but the viewer."""
    wrist = f"sim:{device_directory() / 'wrist_camera.sock'}"
    return [*([viewer(arguments, wrist)] if arguments["view"] else []), sim_cell(arguments)]
