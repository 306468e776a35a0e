"""Trials of the whole pipeline through the graph: a deployment of one episode each, told by what it leaves behind.

Seeds, scenes, truth and attribution are those of the trials in-process.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from vital_ros.bags import EpisodeError
from vital_ros.config import Config
from vital_ros.evaluation.pipeline import object_point
from vital_ros.evaluation.trial import TrialResult
from vital_ros.evaluation.trial_record import read_trial, reported_episode
from vital_ros.evaluation.trials import TrialFailed, Trials
from vital_ros.graph import parse_arguments
from vital_ros.policy.local_policy import Execution
from vital_ros.sim.conditions import Condition
from vital_ros.sim.scenes import write_scene

GRAPH_FAILED = 3
"""Exit code of `./vital deploy`, also where an episode ended without a verdict."""


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
    outcome = reported_episode(run)["outcome"] if (run / "report.json").is_file() else ""
    if graph.returncode != 0 and not (graph.returncode == GRAPH_FAILED and outcome == "error"):
        how = f"exit code {graph.returncode}"
        raise TrialFailed(
            f"seed {arguments['seed']}: the graph failed ({how}): {' '.join(said[-1:])}  Run folder: {run}"
        )
