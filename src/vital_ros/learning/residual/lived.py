"""Deployed episodes, as their bags tell them, as episodes of the replay."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.bags import messages as m
from vital_ros.config import TaskConfig
from vital_ros.learning.foreground import true_alpha
from vital_ros.learning.replay_episode import EpisodeFacts, ReplayEpisode, ReplayError
from vital_ros.learning.residual.views import Views
from vital_ros.observation import preprocess_image
from vital_ros.policy import LocalPolicy

WINDOW_NS = 500_000_000
"""Before a tick, in which the frame that it saw was taken."""
CLOSING = 1
"""Rows of an episode that tell what its last action led to."""


def lived_episode(
    directory: Path,
    policy: LocalPolicy,
    views: Views,
    task: TaskConfig,
    contract: str,
    tell: Callable[[str], object] = lambda message: None,
) -> ReplayEpisode:
    """What the executor published of an episode, tick by tick; features are made of the very images it saw.

    No transition leads across a tick that was skipped or lost: the episode begins after the last of these.

    Args:
        views: with more than one, the bag has to hold the masks of its frames.
        tell: told how much was left out.

    Raises:
        EpisodeError: the recording cannot be read, or lacks what is needed.
        ReplayError: it is of another task, not whole, or its numbers are no numbers.
    """
    episode = EpisodeReader(directory)
    name = directory.name
    rows = [row for row in episode.stream("/policy/transition").messages if row.episode_id == name]
    _check(rows, task.name)
    if gap := _last_gap(rows):
        rows = rows[gap:]
        if len(rows) <= CLOSING:
            raise ReplayError("a tick before its last one is missing, so that nothing is left to learn from")
        tell(f"episode {name}: a tick before step {rows[0].step} is missing; it is learned from that step on")
    spec = policy.card.observation
    shape = (spec.image_size, spec.image_size, 3)
    try:
        images = [np.array(row.image, np.uint8).reshape(shape) for row in rows]
        features = [
            policy.features(image, np.array(row.tactile)[: spec.tactile_values])
            for image, row in zip(images, rows, strict=True)
        ]
    except (ValueError, RuntimeError):
        raise ReplayError(f"{directory}: its images or readings are not those of {policy.card.policy}") from None
    image, *touch = (np.stack(z) for z in zip(*features, strict=True))
    alpha = true_alpha(episode, _stamps(episode, rows, images, policy), views.spec) if views.wanted else None
    success, seed = episode.metadata.get("success"), episode.metadata.get("seed")
    facts = EpisodeFacts(
        name=name,
        contract=contract,
        terminated=bool(rows[-1].terminated),
        success=success if isinstance(success, bool) else None,
        seed=seed if isinstance(seed, int) else -1,
    )
    return ReplayEpisode(
        facts,
        views.encode(image, images, alpha, name),
        (touch[0] if touch else np.zeros((len(rows), 0))).astype(np.float16),
        np.array([row.base_action for row in rows], np.float32),
        np.array([row.residual_action for row in rows[:-CLOSING]], np.float32),
        np.array([_distance(row, task) for row in rows[CLOSING:]], np.float32),
    )


def _check(rows: list[Any], task: str) -> None:
    """Raise ReplayError unless these are ticks of one episode, in order, each once, to its end."""
    if len(rows) <= CLOSING:
        raise ReplayError("it ended before the policy did anything")
    if other := next((row.task for row in rows if row.task != task), None):
        raise ReplayError(f"it is of task '{other}', not '{task}'")
    steps = [row.step for row in rows]
    if any(later <= earlier for earlier, later in pairwise(steps)):
        raise ReplayError(f"its {len(rows)} ticks are not in order: some came late or twice")
    if not (rows[-1].terminated or rows[-1].truncated) or any(row.terminated or row.truncated for row in rows[:-1]):
        raise ReplayError("it does not tell how it ended")


def _last_gap(rows: list[Any]) -> int:
    """Index of the row behind the last missing one; 0 when none is missing."""
    gaps = [index for index, (row, following) in enumerate(pairwise(rows), 1) if following.step != row.step + 1]
    return gaps[-1] if gaps else 0


def _stamps(
    episode: EpisodeReader, rows: list[Any], images: list[NDArray[np.uint8]], policy: LocalPolicy
) -> NDArray[np.int64]:
    """Of the camera frame that each tick saw: the newest that becomes the very image the network got."""
    camera = episode.images("/wrist_camera/image_raw")
    found = []
    for row, image in zip(rows, images, strict=True):
        tick = m.stamp_ns(row)
        begin, end = np.searchsorted(camera.stamps_ns, (tick - WINDOW_NS, tick + 1))
        for index in range(end - 1, begin - 1, -1):
            if np.array_equal(preprocess_image(m.image_array(camera.messages[index]), policy.card.observation), image):
                found.append(camera.stamps_ns[index])
                break
        else:
            raise EpisodeError(f"{episode.directory} lacks the frame that tick {row.step} saw")
    return np.array(found, np.int64)


def _distance(row: Any, task: TaskConfig) -> float:
    """m, L1, of link_tcp to the goal, as the arm measured it."""
    tcp = (m.pose_of(row.target).inverse() @ m.pose_of(row.pose)).position
    return float(np.abs(tcp - task.goal).sum())
