"""Run folders as a deployment of one episode leaves them."""

import json

import numpy as np

from vital_ros.bags import EpisodeWriter
from vital_ros.bags.messages import header, image_message, pose_message, time_message
from vital_ros.bags.types import message
from vital_ros.geometry import Pose

TRUTH = np.array([0.36, 0.13, 0.05])
OFFSET = (0.0, 0.0, 0.02)
EPISODE = "key_lock-20260101-000000-000000-s7"
ACTED = {"localize": 0.2, "reach": 3.0, "policy": 5.0}
REACHED_FOR = {"localize": 0.2, "reach": 3.0, "policy": 0.0}
LOOKED = {"localize": 0.2, "reach": 0.0, "policy": 0.0}


def leave(run, outcome, phases, reason="", seed=7):
    """What a deployment of one episode reports."""
    told = {"seed": seed, "outcome": outcome, "reason": reason, "episode_id": EPISODE, "steps": 2, "phases": phases}
    run.mkdir(parents=True, exist_ok=True)
    (run / "report.json").write_text(json.dumps({"episodes": [told | {"skipped": 1, "max_force": 2.5}]}))


def record(directory, localised=TRUTH, rule="", driver_error=0):
    """A recording with all that a trial is told by."""
    with EpisodeWriter(directory, {}) as bag:
        target = Pose(np.add(localised, OFFSET))
        stamped = {"header": header(1, "link_base"), "pose": pose_message(target)}
        bag.write("/policy/target", message("geometry_msgs/msg/PoseStamped", **stamped), 1)
        for stamp, phase, lateness in ((2, 3, 0.0), (3, 3, 0.001), (4, 3, 0.003), (5, 0, 0.0)):
            status = {"step": 0, "tactile_norm": 0.0, "skipped": 0, "weights_version": 0, "task": "", "episode_id": ""}
            facts = status | {"header": header(stamp, ""), "phase": phase, "lateness": lateness}
            bag.write("/policy/status", message("vital_msgs/msg/ExecutorStatus", **facts), stamp)
        for stamp, source in ((60_000_000, 0), (70_000_000, 1)):
            asked = {"sequence": 1, "gripper_opening": 0.0, "duration": 0.0, "last": False, "source": source}
            seen = {"header": header(stamp, "link_base"), "observation_stamp": time_message(10_000_000)}
            bag.write(
                "/arm/setpoint", message("vital_msgs/msg/Setpoint", pose=pose_message(target), **asked, **seen), stamp
            )
        for state in (2, 4) if rule else (2,):
            driver = {"driver_mode": 1, "driver_state": 1, "driver_error": driver_error if state == 4 else 0}
            facts = {"header": header(state, ""), "state": state, "rule": rule if state == 4 else "", "task": ""}
            bag.write("/arm/status", message("vital_msgs/msg/ArmStatus", reason="", **facts, **driver), state)
        for stamp in (1, 2):
            frame = np.full((128, 160, 3), stamp, np.uint8)
            bag.write("/wrist_camera/image_raw", image_message(frame, "rgb8", stamp, "wrist"), stamp)
