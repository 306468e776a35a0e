"""The graph of `replay`: a recorded episode in place of the devices, live nodes, a gate that commands nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vital_ros.bags import EpisodeError
from vital_ros.config import Config
from vital_ros.graph import ArgumentError, NodeSpec
from vital_ros.playback.recorded import RecordedEpisode
from vital_ros.policy import PolicyError
from vital_ros.policy.facts import contracts, policy_path


def recorded_episode(bag: str) -> RecordedEpisode:
    """Raise ArgumentError when it cannot be replayed."""
    try:
        return RecordedEpisode(Path(bag).resolve())
    except EpisodeError as error:
        raise ArgumentError(str(error)) from None


def replaying(arguments: Mapping[str, Any], config: Config, episode: RecordedEpisode) -> list[NodeSpec]:
    """The localizer takes part where its images were recorded; else its answer is repeated.

    Args:
        arguments: as `parse_arguments("replay", …)` returns them, with `run_dir` an existing directory.

    Raises:
        ArgumentError: this configuration cannot replay it, nobody says which policy shall act, or it is not there.
    """
    then = episode.policy or {}
    policy = arguments["policy"] or then.get("name")
    if not policy:
        raise ArgumentError(f"{arguments['bag']} does not say which policy acted: name one")
    try:
        episode.check(config)
        contracts(policy_path(episode.task, policy))
    except (EpisodeError, PolicyError) as error:
        raise ArgumentError(str(error)) from None
    common = {"config_dir": str(arguments["config_dir"])}
    as_then = then.get("execution", "newest") if policy == then.get("name") else ""
    acting = {"policy": policy, "execution": arguments["execution"] or as_then}
    task, clocked = {"task": episode.task}, common | {"use_sim_time": True}
    turned = {"target_yaw": episode.target_yaw(config.task(episode.task))}
    product = [
        NodeSpec("arm_gate", clocked | {"dry_run": True}, lifecycle=True),
        NodeSpec("policy_executor", clocked | task | turned | acting, lifecycle=True),
    ]
    if episode.localizable:
        product.insert(0, NodeSpec("localizer", clocked | task, lifecycle=True))
    replayer = common | acting | {key: arguments[key] for key in ("query", "rate", "tolerance")}
    replayer |= {"bag": str(episode.reader.directory), "run_dir": str(arguments["run_dir"])}
    return [*product, NodeSpec("replayer", replayer | {"lifecycle_nodes": [node.node_name for node in product]})]
