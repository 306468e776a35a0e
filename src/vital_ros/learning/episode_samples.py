"""One episode as samples: (image, alpha, touch) and the chunk of actions that followed. Views of the episode.

Every row is computed from indices within one phase of one episode, so a chunk can neither cross an episode's border
nor be off by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vital_ros.bags import EpisodeError, EpisodeReader, Stream
from vital_ros.bags import messages as m
from vital_ros.geometry import Pose
from vital_ros.learning.inspection import check_motion, check_rates
from vital_ros.learning.resample import PHASES, interpolate, interpolate_scalar, newest, ticks
from vital_ros.observation import ObservationSpec, baseline_of, pad, preprocess_image
from vital_ros.policy import delta
from vital_ros.policy.actions import Frame

GRIPPER_OPEN = 0.88
"""Opening above which the hand counts as open; else it is, or is being, closed (release: 750 of 850 pulses).

What a hand holds decides how far it closes; the label is what it was told. To repeat the width would be to let go.
"""

AlphaSource = Callable[[EpisodeReader, NDArray[np.int64], ObservationSpec], NDArray[np.uint8]]
"""Episode, stamps of some of its frames (n,), contract -> foreground (n, size, size), 255 inside, soft at its edge."""


@dataclass(frozen=True)
class Samples:
    """Rows of one or many episodes; row i of every array belongs to the same tick."""

    images: NDArray[np.uint8]
    """(n, size, size, 3), channels as the observation contract says, the view not yet masked."""
    alpha: NDArray[np.uint8]
    """(n, size, size), 255: foreground (gripper, held object, fixture), kept when the background is replaced.

    (n, 0, 0) where no background ever is."""
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


def concatenate(parts: Sequence[Samples]) -> Samples:
    return Samples(*(np.concatenate(arrays) for arrays in zip(*(vars(part).values() for part in parts), strict=True)))


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


def images_of(camera: Stream, frames: NDArray[np.int64], spec: ObservationSpec) -> NDArray[np.uint8]:
    """What the network is shown of some frames, by their numbers in the stream, (n, size, size, 3)."""
    return np.stack([preprocess_image(m.image_array(camera.messages[index]), spec) for index in frames])


def touch_of(episode: EpisodeReader, tactile: Stream, spec: ObservationSpec) -> NDArray[np.float64]:
    """All readings of the pad, uT, (n, values), less the episode's baseline, or else its first readings."""
    fields = np.stack([pad(msg.field, spec) for msg in tactile.messages])
    said = episode.stream("/anyskin/baseline").messages if "/anyskin/baseline" in episode.topics else []
    return fields - (pad(said[-1].field, spec) if said else baseline_of(fields[:5]))


def episode_samples(
    episode: EpisodeReader,
    number: int,
    spec: ObservationSpec,
    frame: Frame,
    chunk: int,
    alpha: AlphaSource | None = None,
    rate: float = 6.0,
) -> Samples:
    """All phases of one episode at the policy's rate.

    Raises:
        EpisodeError: a stream is missing, too short, of a wrong rate, or not of the contract's shape.
        MaskError: the source has no masks for it.
    """
    camera = episode.images("/wrist_camera/image_raw")
    tactile = episode.stream("/anyskin/tactile")
    arm = episode.stream("/arm/state")
    check_rates(episode, {"camera": camera, "tactile": tactile, "arm_state": arm})
    poses = [m.pose_of(msg.pose) for msg in arm.messages]
    openings = [msg.gripper_opening for msg in arm.messages]
    if not np.isfinite(openings).all():
        raise EpisodeError(f"{episode.directory}: the gripper's opening is not finite")
    readings = touch_of(episode, tactile, spec)
    streams = (camera.stamps_ns, tactile.stamps_ns, arm.stamps_ns)
    start, end = max(s[0] for s in streams), min(s[-1] for s in streams)
    unmasked = spec.model_copy(update={"view_mask": False})  # after the crop, not before
    frames, touch, chunks = [], [], []
    for phase in range(PHASES):
        times = ticks(start, end, rate, phase)
        if len(times) < 2:
            raise EpisodeError(f"{episode.directory} is shorter than two ticks of {rate:g} Hz")
        actions = actions_between(
            interpolate(arm.stamps_ns, poses, times), interpolate_scalar(arm.stamps_ns, openings, times), frame
        )
        check_motion(episode, actions)
        frames.append(newest(camera.stamps_ns, times))
        touch.append(readings[newest(tactile.stamps_ns, times)])
        chunks.append(chunks_of(actions, chunk))
    seen = np.concatenate(frames)
    return Samples(
        images_of(camera, seen, unmasked),
        alpha(episode, camera.stamps_ns[seen], unmasked) if alpha else np.zeros((len(seen), 0, 0), np.uint8),
        np.concatenate(touch).astype(np.float32),
        np.concatenate(chunks).astype(np.float32),
        np.full(len(seen), number),
    )
