"""Demonstrations as episodes of the replay: what RLPD draws one half of every batch from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.config import ResidualConfig, TaskConfig
from vital_ros.geometry import Pose
from vital_ros.learning.episode_samples import actions_between
from vital_ros.learning.foreground import SOURCES, Masks
from vital_ros.learning.inspection import check_metadata
from vital_ros.learning.replay_episode import EpisodeFacts, ReplayEpisode
from vital_ros.learning.resample import interpolate, interpolate_scalar, newest, ticks
from vital_ros.learning.residual.playing import base_action
from vital_ros.learning.residual.views import Views
from vital_ros.policy import LocalPolicy


def demonstration_names(folder: Path) -> dict[str, Path]:
    """Episodes of a folder by the name they get in the replay."""
    found = sorted({path.parent for path in folder.glob("*/metadata.yaml")})
    return {f"demonstration_{path.name}": path for path in found}


def demonstrations(
    names: dict[str, Path],
    policy: LocalPolicy,
    views: Views,
    settings: ResidualConfig,
    task: TaskConfig,
    rate: float,
    contract: str,
    masks: Masks,
) -> Iterator[ReplayEpisode]:
    """The successful ones, with the base action that the policy would have said, and as residual what is missing.

    Raises:
        EpisodeError: a recording that cannot be used.
        MaskError: one without masks, where views need them.
    """
    for name, path in names.items():
        episode = EpisodeReader(path)
        check_metadata(episode, task.name, policy.card.observation)
        if episode.metadata.get("success"):
            yield _converted(name, episode, policy, views, settings, task, rate, contract, masks)


def _converted(
    name: str,
    episode: EpisodeReader,
    policy: LocalPolicy,
    views: Views,
    settings: ResidualConfig,
    task: TaskConfig,
    rate: float,
    contract: str,
    masks: Masks,
) -> ReplayEpisode:
    if not (said := episode.metadata.get("target")):
        raise EpisodeError(f"{episode.directory} does not say where its target was")
    target = Pose(said["position"], said["quaternion"])
    camera, arm = episode.images("/wrist_camera/image_raw"), episode.stream("/arm/state")
    tactile, baseline = episode.stream("/anyskin/tactile"), episode.stream("/anyskin/baseline").messages[-1].field
    streams = (camera.stamps_ns, tactile.stamps_ns, arm.stamps_ns)
    times = ticks(max(s[0] for s in streams), min(s[-1] for s in streams), rate, 0)
    if len(times) < 2:
        raise EpisodeError(f"{episode.directory} is shorter than two ticks of {rate:g} Hz")
    poses = interpolate(arm.stamps_ns, [m.pose_of(msg.pose) for msg in arm.messages], times)
    openings = interpolate_scalar(arm.stamps_ns, [msg.gripper_opening for msg in arm.messages], times)
    seen, touched = newest(camera.stamps_ns, times), newest(tactile.stamps_ns, times)
    policy.reset()
    steps = [
        policy.act(m.image_array(camera.messages[i]), tactile.messages[j].field, baseline)
        for i, j in zip(seen, touched, strict=True)
    ]
    a_base = np.stack([base_action(step, settings, task) for step in steps])
    actions = actions_between(poses, openings, policy.card.action.frame)[:-1]
    distance = [np.abs((target.inverse() @ pose).position - task.goal).sum() for pose in poses[1:]]
    image, *touch = (np.stack(z) for z in zip(*(step.features for step in steps), strict=True))
    alpha = SOURCES[masks](episode, camera.stamps_ns[seen], views.spec) if views.wanted else None
    facts = EpisodeFacts(name=name, contract=contract, demonstration=True, terminated=True, success=True)
    return ReplayEpisode(
        facts,
        views.encode(image, [step.image for step in steps], alpha, name),
        (touch[0] if touch else np.zeros((len(steps), 0))).astype(np.float16),
        a_base.astype(np.float32),
        (actions - a_base[:-1]).astype(np.float32),
        np.array(distance, np.float32),
    )
