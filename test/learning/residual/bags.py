"""Bags as a deployment of an untrained policy writes them, without a graph."""

import numpy as np

from vital_ros.bags import messages as m
from vital_ros.bags.types import message
from vital_ros.bags.writer import EpisodeWriter
from vital_ros.geometry import Pose

PERIOD = 166_666_667
TARGET = Pose((0.4, 0.1, 0.02), (0.0, 0.0, 0.0, 1.0))
DOWN = (1.0, 0.0, 0.0, 0.0)


def frame(index, seed=0):
    """A camera frame that no other tick has, (128, 160, 3)."""
    return np.random.default_rng([seed, index]).integers(0, 255, (128, 160, 3)).astype(np.uint8)


def write_bag(folder, name, policy, ticks=4, success=True, terminated=True, masks=True, change=lambda rows: rows):
    """An episode of `ticks` actions; `change` may spoil the rows it tells. Returns the steps that were lived."""
    policy.reset()
    baseline, rows, lived = np.zeros((1, 5, 3)), [], []
    with EpisodeWriter(folder / name, {"task": "pick_block", "seed": 3, "success": success}) as writer:
        for index in range(ticks + 1):
            stamp = 10**9 + index * PERIOD
            image = frame(index)
            for earlier in (30_000_000, 0):  # one that came too early to be seen, and the one that was
                shown = frame(index + 100) if earlier else image
                writer.write(
                    "/wrist_camera/image_raw", m.image_message(shown, "rgb8", stamp - earlier, "camera"), stamp
                )
                if masks:
                    mask = np.full((128, 160), 255, np.uint8)
                    writer.write("/sim/wrist_mask", m.image_message(mask, "mono8", stamp - earlier, "camera"), stamp)
            step = policy.act(image, np.full((1, 5, 3), 10.0 * index), baseline)
            lived.append(step)
            last = index == ticks
            rows.append(
                {
                    "header": m.header(stamp + 5_000_000, "link_base"),
                    "task": "pick_block",
                    "episode_id": name,
                    "step": index,
                    "image": step.image.reshape(-1),
                    "tactile": step.tactile.astype(np.float32),
                    "pose": m.pose_message(Pose((0.4, 0.1 + 0.001 * index, 0.05), DOWN)),
                    "target": m.pose_message(TARGET),
                    "base_action": step.base_action.astype(np.float32),
                    "residual_action": np.full(7, 0.001 * index, np.float32),
                    "weights_version": 1,
                    "terminated": last and terminated,
                    "truncated": last and not terminated,
                }
            )
        for row in change(rows):
            writer.write(
                "/policy/transition", message("vital_msgs/msg/Transition", **row), 10**9 + row["step"] * PERIOD
            )
    return lived
