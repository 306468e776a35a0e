"""Trials of the whole pipeline through the graph: a deployment of one episode each, told by what it leaves behind.

Seeds, scenes, truth and attribution are those of the trials in-process.
"""

from __future__ import annotations

import json
import math
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vital_ros.arm.rules import Rule
from vital_ros.arm.signals import GateState, Source
from vital_ros.bags import EpisodeError, EpisodeReader, episode_directories
from vital_ros.bags.messages import image_array, pose_of, stamp_ns, stamp_ns_of
from vital_ros.config import Config
from vital_ros.config.cameras import ThirdCamera
from vital_ros.evaluation.pipeline import Point, first_error, object_point
from vital_ros.evaluation.trial import TrialResult
from vital_ros.evaluation.trials import TrialFailed, Trials
from vital_ros.execution.ending import Phase
from vital_ros.geometry import Pose
from vital_ros.geometry.camera import PinholeCamera
from vital_ros.graph import parse_arguments
from vital_ros.policy.local_policy import Execution
from vital_ros.sim.conditions import Condition
from vital_ros.sim.devices.xarm_driver import COLLISION
from vital_ros.sim.scenes import write_scene

GRAPH_FAILED = 3
"""Exit code of `./vital deploy`, also where an episode ended without a verdict."""
STARTS = (Rule.WORKSPACE, Rule.TILT)
"""What stops an arm that was brought to a place where the policy may not begin."""
REPORTED = ("seed", "outcome", "reason", "episode_id", "steps", "phases", "skipped", "max_force")
"""What a trial takes from report.json as it is."""
_NUMBER = r"(-?\d+\.?\d*)"
_PIXEL = re.compile(rf"pixel \({_NUMBER}, {_NUMBER}\)")
_PLACE = re.compile(rf"at \({_NUMBER}, {_NUMBER}, {_NUMBER}\) m")


class GraphTrials(Trials):
    """To be played in one process, one by one: they take the time that the robot would take.

    Args:
        run_dir: gets a run folder for each trial.
        real_time_factor: speed of the simulated cell.

    Raises:
        ConfigError, PolicyError: as `Trials`.
        ArgumentError: `real_time_factor` is too small.
    """

    def __init__(
        self,
        task: str,
        policy: str | Path,
        seeds: Sequence[int],
        config: Config,
        execution: Execution | None = None,
        *,
        condition: Condition,
        run_dir: Path,
        real_time_factor: float = 1.0,
    ):
        super().__init__(task, policy, seeds, config, execution, condition=condition, pipeline=True)
        self.run_dir, self._factor = run_dir, real_time_factor
        parse_arguments("deploy", self.arguments(0))

    def arguments(self, index: int) -> dict[str, str]:
        """Of the deployment that a trial is."""
        run, yaw = self._run_dir(index), self.condition.of_episode(index).scene.target.yaw
        return {
            "task": self.task,
            "scene": str(run / "scene.yaml"),
            "target_yaw": str(yaw),
            "policy": str(Path(self.policy).with_suffix(".safetensors").absolute()),
            "execution": self.execution,
            "episodes": "1",
            "seed": str(self.seeds[index]),
            "real_time_factor": str(self._factor),
            "config_dir": str(self._config.directory),
            "headless": "true",
            "video": "false",
            "run_dir": str(run),
        }

    def __call__(self, index: int) -> TrialResult:
        """Play one. Raise TrialFailed: the graph failed."""
        run, combination = self._run_dir(index), self.condition.of_episode(index)
        run.mkdir(parents=True, exist_ok=True)
        write_scene(combination.scene, run / "scene.yaml")
        deploy(self.arguments(index))
        cell = self._cell(combination)
        cell.reset(self.seeds[index], target=combination.scene.target.pose(cell.task))
        try:
            result = read_trial(run, object_point(cell), cell.limits.target_offset, self._config.cameras.third)
        except EpisodeError as error:
            raise TrialFailed(str(error)) from None
        result.scene, result.place, result.object = combination[:3]
        return result

    def _run_dir(self, index: int) -> Path:
        return self.run_dir / f"seed_{self.seeds[index]}"


def deploy(arguments: dict[str, str]) -> None:
    """One episode of `./vital deploy`, whose run folder exists; whatever happens, nothing of it runs afterwards.

    Raises:
        TrialFailed: the graph failed. That the episode had no verdict is no such failure.
    """
    run = Path(arguments["run_dir"])
    words = [f"{name}:={value}" for name, value in arguments.items()]
    command = [sys.executable, "-m", "vital_ros.cli.main", "deploy", *words]
    with (run / "deploy.log").open("w+") as log:
        graph = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.PIPE, text=True)
        try:
            complaint = graph.communicate()[1]
        finally:
            if graph.poll() is None:
                graph.send_signal(signal.SIGINT)
                graph.communicate()
        log.seek(0)
        said = [line.strip() for line in (complaint or log.read()).splitlines() if line.strip()]
    outcome = _episode(run)["outcome"] if (run / "report.json").is_file() else ""
    if graph.returncode != 0 and not (graph.returncode == GRAPH_FAILED and outcome == "error"):
        how = f"exit code {graph.returncode}"
        raise TrialFailed(
            f"seed {arguments['seed']}: the graph failed ({how}): {' '.join(said[-1:])}  Run folder: {run}"
        )


def read_trial(run: Path, truth: Point, offset: Sequence[float], camera: ThirdCamera) -> TrialResult:
    """The one episode of a run folder, and where its failure began.

    Args:
        truth: the object's point.
        offset: from there to the target frame, in that frame, m.
        camera: the localiser's.

    Raises:
        EpisodeError: the policy has acted, but there is no recording of it that can be read.
    """
    told = _episode(run)
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


def _episode(run: Path) -> dict[str, Any]:
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
