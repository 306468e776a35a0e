"""Demonstrations as samples: (image, mask, touch) and the chunk of actions that followed. Views of episodes.

Every row is computed from indices within one phase of one episode, so a chunk can neither cross an episode's border
nor be off by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.geometry import Pose
from vital_ros.learning.resample import PHASES, interpolate, interpolate_scalar, newest, ticks
from vital_ros.observation import ObservationSpec, baseline_of, pad, preprocess_image, preprocess_mask
from vital_ros.policy import delta
from vital_ros.policy.actions import Frame

GRIPPER_OPEN = 0.88
"""Opening above which the hand counts as open; else it is, or is being, closed (release: 750 of 850 pulses).

What a hand holds decides how far it closes; the label is what it was told. To repeat the width would be to let go.
"""


@dataclass(frozen=True)
class Samples:
    """Rows of one or many episodes; row i of every array belongs to the same tick."""

    images: NDArray[np.uint8]
    """(n, size, size, 3), channels as the observation contract says."""
    masks: NDArray[np.uint8]
    """(n, size, size), 255: foreground (gripper, held object, fixture), kept when the background is replaced."""
    touch: NDArray[np.float32]
    """(n, values), uT, baseline subtracted, not scaled."""
    chunks: NDArray[np.float32]
    """(n, chunk, 7), physical: the actions from this tick on."""
    episodes: NDArray[np.int64]
    """(n,), number of the episode."""

    def __len__(self) -> int:
        return len(self.images)

    def of(self, episodes: Sequence[int]) -> Samples:
        """The rows of some episodes."""
        chosen = np.isin(self.episodes, episodes)
        return Samples(*(array[chosen] for array in vars(self).values()))


def actions_between(poses: list[Pose], openings: NDArray[np.float64], frame: Frame) -> NDArray[np.float64]:
    """The action of each tick, (n, 7): the motion to the next tick's pose, the hand's state there; last: stay."""
    motions = [delta(a, b, frame) for a, b in pairwise(poses)]
    hand_open = np.append(openings[1:], openings[-1]) > GRIPPER_OPEN
    return np.column_stack([np.vstack([*motions, np.zeros(6)]), hand_open])


def chunks_of(actions: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Windows over one trajectory's actions, (n, 7) to (n, length, 7).

    Past the end the arm stays where it is and the gripper as it was: zeros would say "close" (the release's tails).
    """
    stay = np.concatenate([np.zeros(6), actions[-1, 6:]])
    padded = np.vstack([actions, np.tile(stay, (length - 1, 1))])
    return padded[np.arange(len(actions))[:, None] + np.arange(length)]


def episode_samples(
    episode: EpisodeReader, number: int, spec: ObservationSpec, frame: Frame, chunk: int, rate: float = 6.0
) -> Samples:
    """All phases of one episode at the policy's rate.

    Raises:
        EpisodeError: a stream is missing, too short, or not of the contract's shape.
    """
    camera = episode.images("/wrist_camera/image_raw")
    tactile = episode.stream("/anyskin/tactile")
    arm = episode.stream("/arm/state")
    masks = episode.images("/sim/wrist_mask")
    poses = [m.pose_of(msg.pose) for msg in arm.messages]
    openings = [msg.gripper_opening for msg in arm.messages]
    fields = np.stack([pad(msg.field, spec) for msg in tactile.messages])
    baseline = (
        pad(episode.stream("/anyskin/baseline").messages[-1].field, spec)
        if "/anyskin/baseline" in episode.topics
        else baseline_of(fields[:5])
    )
    if not np.array_equal(masks.stamps_ns, camera.stamps_ns):
        raise EpisodeError(f"{episode.directory}: /sim/wrist_mask does not carry the stamps of /wrist_camera/image_raw")
    streams = (camera.stamps_ns, tactile.stamps_ns, arm.stamps_ns)
    start, end = max(s[0] for s in streams), min(s[-1] for s in streams)
    views = []
    for phase in range(PHASES):
        times = ticks(start, end, rate, phase)
        if len(times) < 2:
            raise EpisodeError(f"{episode.directory} is shorter than two ticks of {rate:g} Hz")
        frames = newest(camera.stamps_ns, times)
        actions = actions_between(
            interpolate(arm.stamps_ns, poses, times), interpolate_scalar(arm.stamps_ns, openings, times), frame
        )
        views.append(
            Samples(
                np.stack([preprocess_image(m.image_array(camera.messages[i]), spec) for i in frames]),
                np.stack([preprocess_mask(m.image_array(masks.messages[i]), spec) for i in frames]),
                (fields[newest(tactile.stamps_ns, times)] - baseline).astype(np.float32),
                chunks_of(actions, chunk).astype(np.float32),
                np.full(len(times), number),
            )
        )
    return concatenate(views)


def concatenate(parts: Sequence[Samples]) -> Samples:
    return Samples(*(np.concatenate(arrays) for arrays in zip(*(vars(part).values() for part in parts), strict=True)))


@dataclass(frozen=True)
class Demonstrations:
    """The successful episodes of a task in a folder."""

    samples: Samples
    names: list[str]
    """Directory of each episode; the index is the episode's number."""
    sha256: str
    """Of all their bags' bytes."""

    @classmethod
    def load(
        cls, folder: str | Path, task: str, spec: ObservationSpec, frame: Frame = "tool", chunk: int = 10
    ) -> Demonstrations:
        """Read every episode of the folder (`<folder>/<episode>/metadata.yaml`), in the order of their names.

        Raises:
            EpisodeError: none is there, one is damaged, or one is of another task.
        """
        digest = hashlib.sha256()
        parts: list[Samples] = []
        names: list[str] = []
        for metadata in sorted(Path(folder).glob("*/metadata.yaml")):
            episode = EpisodeReader(metadata.parent)
            if episode.metadata.get("task") != task:
                raise EpisodeError(f"{metadata.parent} is of task {episode.metadata.get('task')!r}, not {task!r}")
            if not episode.metadata.get("success"):
                continue
            try:
                parts.append(episode_samples(episode, len(names), spec, frame, chunk))
            except ValueError as error:
                raise EpisodeError(f"{metadata.parent}: {error}") from None
            names.append(metadata.parent.name)
            for bag in sorted(metadata.parent.glob("*.mcap")):
                digest.update(bag.read_bytes())
        if not names:
            raise EpisodeError(
                f"no successful episode of {task} in {folder}: make some with ./vital demos --task {task}"
            )
        return cls(concatenate(parts), names, digest.hexdigest())
