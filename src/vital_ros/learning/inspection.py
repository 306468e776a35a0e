"""What a demonstration must be to be learned from: of the right task, whole, and recorded like all others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vital_ros.bags import EpisodeError, EpisodeReader, Stream
from vital_ros.observation import ObservationSpec

RATES = {"camera": 30.0, "tactile": 100.0, "arm_state": 100.0}
"""Hz, of the streams, unless an episode's metadata says otherwise; the camera's is the paper's (A1.1) and fixed."""
TOLERANCE = 0.2
"""Share by which a stream's rate may be off."""
LONGEST_GAP = 0.5
"""s without a sample of a stream that is still no reason to refuse an episode."""
LARGEST_STEP = np.array([0.05, 0.5])
"""m and rad between two ticks of the policy; a larger motion is a glitch, and would spoil the action scale of all."""


def check_metadata(episode: EpisodeReader, task: str, spec: ObservationSpec) -> None:
    """Raise EpisodeError when the episode is of another task, or was made for other observations."""
    facts = episode.metadata
    if facts.get("task") != task:
        raise EpisodeError(f"{episode.directory} is of task {facts.get('task')!r}, not {task!r}")
    image = facts.get("image")
    crop = image.get("policy_crop_right") if isinstance(image, Mapping) else None
    if crop is None:
        return
    if not isinstance(crop, int | float) or abs(crop - spec.crop_right) > 1e-9:
        raise EpisodeError(f"{episode.directory} was recorded for crop_right {crop!r}, not {spec.crop_right:g}")


def check_rates(episode: EpisodeReader, streams: Mapping[str, Stream]) -> None:
    """Raise EpisodeError when a stream (`RATES`) is too short, does not have its rate or stood still for a while."""
    said = episode.metadata.get("rates")
    rates = dict(RATES)
    if isinstance(said, Mapping):
        rates |= {k: v for k in ("tactile", "arm_state") if isinstance(v := said.get(k), int | float) and v > 0}
    for name, stream in streams.items():
        if len(stream.stamps_ns) < 2:
            raise EpisodeError(f"{episode.directory}: {name} has {len(stream.stamps_ns)} messages")
        gaps = np.diff(stream.stamps_ns) / 1e9
        if gaps.max() > LONGEST_GAP:
            at = (stream.stamps_ns[gaps.argmax()] - stream.stamps_ns[0]) / 1e9
            raise EpisodeError(f"{episode.directory}: {name} stands still for {gaps.max():.2f} s after {at:.2f} s")
        rate = 1 / max(float(gaps.mean()), 1e-9)
        if abs(rate - rates[name]) > TOLERANCE * rates[name]:
            raise EpisodeError(f"{episode.directory}: {name} comes at {rate:.1f} Hz, not at {rates[name]:g} Hz")


def check_motion(episode: EpisodeReader, actions: NDArray[np.float64]) -> None:
    """Raise EpisodeError when (n, 7) actions are not finite or leap."""
    if not np.all(np.isfinite(actions)):
        raise EpisodeError(f"{episode.directory}: the arm's pose is not finite")
    steps = np.linalg.norm(actions[:, :6].reshape(-1, 2, 3), axis=2)
    if np.any(steps > LARGEST_STEP):
        moved, turned = steps.max(axis=0)
        raise EpisodeError(
            f"{episode.directory}: the arm leaps by up to {1e3 * moved:.0f} mm and {turned:.2f} rad between two ticks; "
            f"at most {1e3 * LARGEST_STEP[0]:.0f} mm and {LARGEST_STEP[1]:g} rad are a demonstration"
        )


def recording_contract(episode: EpisodeReader) -> dict[str, str]:
    """What must be equal in all episodes of a folder: what the camera is and which frames poses are in."""
    contract = {"frames": str(episode.metadata.get("frames"))}
    if "/wrist_camera/camera_info" in episode.topics:
        for info in episode.stream("/wrist_camera/camera_info").messages[:1]:
            size, lens = (info.width, info.height), np.concatenate([info.k, info.d])
            contract["/wrist_camera/camera_info"] = f"{size} {info.distortion_model} {lens.round(3).tolist()}"
    return contract
