"""What the run folder of a deployment of one episode tells about a trial: its outcome, and where a failure began."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vital_ros.arm.rules import Rule
from vital_ros.arm.signals import GateState, Source
from vital_ros.bags import EpisodeReader, episode_directories
from vital_ros.bags.messages import image_array, pose_of, stamp_ns, stamp_ns_of
from vital_ros.config.cameras import ThirdCamera
from vital_ros.evaluation.pipeline import Point, first_error
from vital_ros.evaluation.trial import TrialResult
from vital_ros.execution.ending import Phase
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.sim.devices.xarm_driver import COLLISION

STARTS = (Rule.WORKSPACE, Rule.TILT)
"""What stops an arm that was brought to a place where the policy may not begin."""
REPORTED = ("seed", "outcome", "reason", "episode_id", "steps", "phases", "skipped", "max_force")
"""What a trial takes from report.json as it is."""
_NUMBER = r"(-?\d+\.?\d*)"
_PIXEL = re.compile(rf"pixel \({_NUMBER}, {_NUMBER}\)")
_PLACE = re.compile(rf"at \({_NUMBER}, {_NUMBER}, {_NUMBER}\) m")


def read_trial(run: Path, truth: Point, offset: Sequence[float], camera: ThirdCamera) -> TrialResult:
    """The one episode of a run folder, and where its failure began.

    Args:
        truth: the object's point.
        offset: from there to the target frame, in that frame, m.
        camera: the localiser's.

    Raises:
        EpisodeError: the policy has acted, but there is no recording of it that can be read.
    """
    told = reported_episode(run)
    result = TrialResult(**{name: told[name] for name in REPORTED}, progress=math.nan)
    eye, acted = np.asarray(camera.placement.position), result.phases["policy"] > 0
    if result.outcome == "error" and not result.phases["reach"]:
        result.stage = first_error(eye, _pointed_at(result.reason, camera), None, truth)
        result.cause = f"{result.stage}: no answer"
        return result
    bag = _recording(run, result.episode_id if acted else None)
    wrong, stop = "", next((s for s in _messages(bag, "/arm/status")[::-1] if s.state == GateState.STOPPED), None)
    if targets := _messages(bag, "/policy/target"):
        point = pose_of(targets[-1].pose).apply(np.negative(offset))
        wrong = first_error(eye, point, point, truth)  # the answer lies on the line of sight of its pixel
        result.localization_error = float(np.linalg.norm(point - truth))
    if acted and not (stop and stop.rule in STARTS):
        result.stage = wrong or "policy"
        result.cause = "success" if result.success else f"{result.stage}: {_ending(result, stop)}"
    else:
        result.stage = wrong or "reach"
        result.cause = f"{result.stage}: not reached"
    if frames := _messages(bag, "/wrist_camera/image_raw"):
        result.last_view = image_array(frames[-1])[:, :128]
    ticks = [status for status in _messages(bag, "/policy/status") if status.phase == Phase.LOCAL_POLICY]
    result.lateness = [tick.lateness for tick in ticks[1:]]  # the first one announces the phase
    for setpoint in _messages(bag, "/arm/setpoint"):
        if setpoint.source == Source.POLICY and not setpoint.last:
            result.reaction.append(1e-9 * (stamp_ns(setpoint) - stamp_ns_of(setpoint.observation_stamp)))
    return result


def reported_episode(run: Path) -> dict[str, Any]:
    """The one of report.json."""
    episode: dict[str, Any] = json.loads((run / "report.json").read_text())["episodes"][0]
    return episode


def _recording(run: Path, episode_id: str | None) -> EpisodeReader | None:
    """Of an episode, or, where the policy never acted, of the fault that ended it. Raise EpisodeError."""
    if episode_id:
        return EpisodeReader(run / "episodes" / episode_id)
    faults = episode_directories(run / "faults")
    return EpisodeReader(faults[-1]) if faults else None


def _messages(bag: EpisodeReader | None, topic: str) -> list[Any]:
    """Raise EpisodeError: the recording is damaged."""
    return bag.stream(topic).messages if bag and topic in bag.topics else []


def _pointed_at(refusal: str, camera: ThirdCamera) -> Point | None:
    """Anywhere on the line of sight of the pixel whose depth the localiser does not trust, as it says itself."""
    if pixel := _PIXEL.search(refusal):
        lens, pose = camera.k, Pose(camera.placement.position, camera.placement.quaternion)
        return pose.apply(PinholeCamera.from_k(lens).deproject(float(pixel[1]), float(pixel[2]), 1.0))
    place = _PLACE.search(refusal)
    return np.array([float(number) for number in place.groups()]) if place else None


def _ending(result: TrialResult, stop: Any) -> str:
    """What ended the policy's phase, in the words of the trials in-process where they have one for it."""
    if result.outcome != "stopped" or not stop:
        return {"timeout": "time-out", "failure": result.reason}.get(result.outcome, result.outcome)
    if stop.rule == Rule.CONTACT:
        return "touch"
    return "collision" if stop.driver_error == COLLISION else stop.rule.replace("_", " ")
