"""Episodes whose every number says where it came from."""

import numpy as np

from vital_ros.learning.replay_episode import EpisodeFacts, ReplayEpisode

VIEWS = 3


def episode(number=0, length=4, success=None, terminated=False, demonstration=False, contract="c", **facts):
    """z is (episode, time, view) and, of the touch, (episode, time); a_base and a_res are 100 episode + time."""
    frames = np.arange(length + 1)
    z_image = np.zeros((VIEWS, length + 1, 3), np.float16)
    z_image[..., 0], z_image[..., 1], z_image[..., 2] = number, frames, np.arange(VIEWS)[:, None]
    place = np.float32(100 * number + frames)[:, None] * np.ones(7, np.float32)
    return ReplayEpisode(
        EpisodeFacts(
            name=f"episode_{number:03}", contract=contract, success=success, terminated=terminated,
            demonstration=demonstration, **facts,
        ),
        z_image,
        np.column_stack([np.full(length + 1, number), frames]).astype(np.float16),
        place,
        -place[:-1],
        np.float32(0.001 * (1 + frames[:-1])),
    )  # fmt: skip
