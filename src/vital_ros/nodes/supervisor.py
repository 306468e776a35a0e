"""Runs a deployment: brings the graph up, runs the episodes, shows them, writes the run folder.

What a person does between episodes at a real cell (put the key back, clear a stop) happens here only in simulation.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
import traceback
from pathlib import Path

import rclpy
from rcl_interfaces.msg import Log
from rclpy.logging import LoggingSeverity
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.signals import SignalHandlerOptions
from rclpy.time import Time
from std_srvs.srv import Trigger
from vital_msgs.msg import ArmStatus
from vital_msgs.srv import ResetCell

from vital_ros.config import Config, ConfigError, load_config
from vital_ros.console.terminal import Progress, Terminal
from vital_ros.evaluation.figures import summary_figure
from vital_ros.evaluation.report import EpisodeRecord, run_report, write_json
from vital_ros.evaluation.video import write_video
from vital_ros.nodes.bringup import Bringup, BringupError
from vital_ros.nodes.calls import CallError, call
from vital_ros.nodes.episode_client import EpisodeClient
from vital_ros.nodes.episode_views import EpisodeViews
from vital_ros.nodes.lifecycle import LATCHED
from vital_ros.nodes.spinner import Spinner

GRAPH_FAILED = 3
CELL_PATIENCE = 60.0  # s for the simulated cell to start
STATUS_PATIENCE = 10.0  # s; the gate repeats its status five times a second
BAG_PATIENCE = 15.0  # s for the recorder to close an episode
VIDEO_FPS = 10.0

PARAMETERS: dict[str, object] = {
    "config_dir": "",
    "task": "",
    "query": "",
    "policy": "",
    "execution": "",
    "episodes": 1,
    "count_successes": False,
    "confirm": False,
    "patient": False,
    "seed": 0,
    "report": "",
    "time_limit": 0.0,
    "episodes_dir": "",
    "headless": False,
    "video": True,
    "run_dir": "runs/unnamed",
    "simulated": True,
}


class Supervisor(Node):
    """The operator's end of the graph. Its methods that wait run outside the executor's thread."""

    def __init__(self, stop: threading.Event):
        super().__init__("supervisor")
        values = {name: self.declare_parameter(name, default).value for name, default in PARAMETERS.items()}
        self.settings = values
        nodes = self.declare_parameter("lifecycle_nodes", [""]).value
        self.stop = stop
        self.config: Config = load_config(values["config_dir"])
        self.task = self.config.task(values["task"])
        self.run_dir = Path(values["run_dir"])
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.terminal = Terminal(f"vital_ros: {self.task.title}", live=not values["headless"])
        self.bringup = Bringup(self, nodes, stop, slow={"localizer": self.config.localizer.loading_time})
        self.progress = Progress(episodes=values["episodes"], tactile_limit=self.task.tactile_limit)
        self.client = EpisodeClient(self, stop, on_feedback=self._on_feedback)
        self.views = EpisodeViews(self, self.config, self.task.tactile_limit) if values["video"] else None
        self._recover = self.create_client(Trigger, "arm/recover")
        self._reset = self.create_client(ResetCell, "sim/reset")
        self._proceed = threading.Event()
        if values["confirm"] or values["patient"]:
            self.create_service(Trigger, "record/next", self._on_next)
        self.arm = ArmStatus()
        self.create_subscription(ArmStatus, "arm/status", self._on_arm, LATCHED)
        history = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.create_subscription(Log, "/rosout", self._on_log, history)

    def run(self) -> int:
        """Bring up, run all episodes, report; the process's exit code."""
        episodes: list[EpisodeRecord] = []
        code = 0
        with self.terminal:
            try:
                self.terminal.update(self.progress)
                if self.settings["simulated"]:
                    self._await_cell()
                self.bringup.run()
                if self.settings["episodes"] == 0:
                    self._wait_for_goals()
                while self._done(episodes) < self.settings["episodes"]:
                    episodes.append(self._episode(len(episodes)))
                    self.terminal.episode(episodes[-1])
                    self._save(episodes)
                    if episodes[-1].outcome == "cancelled":
                        break
            except (BringupError, CallError) as error:
                if not self.stop.is_set():
                    self.terminal.error(str(error))
                    code = GRAPH_FAILED
        if episodes:
            self._conclude(episodes)
        recording = self.settings["count_successes"]  # an attempt without a verdict is nothing special there
        unjudged = not recording and any(not episode.has_verdict for episode in episodes)
        unjudged |= self._done(episodes) < self.settings["episodes"]
        return code or (GRAPH_FAILED if unjudged and not self.stop.is_set() else 0)

    def _done(self, episodes: list[EpisodeRecord]) -> int:
        """How many of the episodes asked for have been; a recording asks for successes."""
        return sum(episode.success for episode in episodes) if self.settings["count_successes"] else len(episodes)

    def _await_cell(self) -> None:
        """Wait for the simulated devices: the cell's reset service appears after them."""
        deadline = time.monotonic() + CELL_PATIENCE
        while not self._reset.wait_for_service(timeout_sec=0.1):
            if self.stop.is_set():
                raise CallError("interrupted")
            if time.monotonic() > deadline:
                raise CallError(f"the simulated cell did not start within {CELL_PATIENCE:g} s")

    def _await_arm_status(self, stopped: bool) -> None:
        """Wait for a status younger than this call and, when the driver has stopped, for the gate to know."""
        begin, deadline = self.get_clock().now(), time.monotonic() + STATUS_PATIENCE
        while Time.from_msg(self.arm.header.stamp) <= begin or (stopped and self.arm.state != ArmStatus.STOPPED):
            if self.stop.wait(0.02):
                raise CallError("interrupted")
            if time.monotonic() > deadline:
                what = "no stop" if stopped else "nothing"
                raise CallError(f"{what} on /arm/status for {STATUS_PATIENCE:g} s")

    def _episode(self, index: int) -> EpisodeRecord:
        self.bringup.check()
        seed = self.settings["seed"] + index
        self.progress = Progress(index + 1, self.settings["episodes"], "reset", tactile_limit=self.task.tactile_limit)
        self.terminal.update(self.progress)
        if self.settings["simulated"]:
            reset = call(self._reset, ResetCell.Request(seed=seed), 30.0, self.stop)
            self._await_arm_status(reset.arm_stopped)
            if self.arm.state == ArmStatus.STOPPED:
                call(self._recover, Trigger.Request(), 15.0, self.stop)
        stopped = not self.settings["simulated"] and self.arm.state == ArmStatus.STOPPED
        if (self.settings["confirm"] and index > 0) or (self.settings["patient"] and stopped):
            self._await_person()
        elif stopped:
            raise CallError(f"the arm is stopped ({self.arm.reason}); look at it, then call /arm/recover")
        if self.views:
            self.views.start()
        record = self.client.run(self.task.name, self.settings["query"], seed, self.settings["time_limit"])
        self._await_bag(record)
        self.bringup.check()
        if self.views:
            self.views.stop()
            write_video(self.run_dir / "videos" / f"episode_{index:03d}.mp4", self.views.frames, VIDEO_FPS)
        return record

    def _await_person(self) -> None:
        """Wait for /record/next: a person puts everything back, and recovers an arm that has stopped."""
        self._proceed.clear()
        self.progress.phase = "waiting"
        while not self._proceed.wait(0.1):
            self.bringup.check()
            if self.stop.is_set():
                raise CallError("interrupted")
            stopped = self.arm.state == ArmStatus.STOPPED
            what = f"the arm is stopped ({self.arm.reason}): call /arm/recover" if stopped else "put everything back"
            self.progress.message = f"{what}, then press n"
            self.terminal.update(self.progress)

    def _on_next(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        if self.arm.state == ArmStatus.STOPPED:
            response.message = f"the arm is stopped ({self.arm.reason}): call /arm/recover first"
        else:
            self._proceed.set()
            response.success = True
        return response

    def _await_bag(self, record: EpisodeRecord) -> None:
        """Wait for the recorder, which still listens: what comes next, such as a reset, is no part of the episode."""
        if not self.settings["episodes_dir"] or not record.phases["policy"]:
            return
        bag = Path(self.settings["episodes_dir"]) / record.episode_id
        deadline = time.monotonic() + BAG_PATIENCE
        while not (bag / "metadata.yaml").is_file():
            if self.stop.wait(0.02):
                return
            if time.monotonic() > deadline:
                problem = f"episode {bag} was not written; see residual_learner's log"
                if self.settings["count_successes"]:
                    raise CallError(problem)
                self.terminal.error(problem)
                return

    def _wait_for_goals(self) -> None:
        self.progress.phase, self.progress.message = "waiting", "send a goal to /execute_task; Ctrl-C ends"
        while not self.stop.wait(0.5):
            self.terminal.update(self.progress)
            self.bringup.check()

    def _save(self, episodes: list[EpisodeRecord]) -> None:
        report = run_report(self.settings, episodes)
        write_json(self.run_dir / "report.json", report)
        if self.settings["report"]:
            write_json(Path(self.settings["report"]), report)

    def _conclude(self, episodes: list[EpisodeRecord]) -> None:
        views = self.views.last_views if self.views else []
        views += [None] * (len(episodes) - len(views))
        picture = self.run_dir / "summary.png"
        summary_figure(picture, self.task.title, episodes, views)
        successes = sum(episode.success for episode in episodes)
        self.terminal.line(f"{successes} of {len(episodes)} succeeded. Run folder: {self.run_dir}  Picture: {picture}")

    def _on_feedback(self, phase: str, step: int, tactile_norm: float, lateness: float, message: str) -> None:
        p = self.progress
        p.phase, p.step, p.tactile_norm, p.lateness, p.message = phase, step, tactile_norm, lateness, message
        if self.views:
            self.views.tactile.append(tactile_norm)
            self.views.caption = f"{phase} {step}"
        self.terminal.update(p)

    def _on_arm(self, status: ArmStatus) -> None:
        names = {0: "inactive", 1: "ready", 2: "moving", 3: "holding", 4: "stopped"}
        self.arm = status
        self.progress.arm = names[status.state] + (f": {status.reason}" if status.reason else "")

    def _on_log(self, entry: Log) -> None:
        # putting the simulated arm back stops its driver: that the gate trips then is no news
        robot, _, name = entry.name.rpartition(".")
        if robot not in ("", self.get_namespace().strip("/")):
            return  # another robot's
        expected = self.progress.phase == "reset" and name == "arm_gate"
        if entry.level >= LoggingSeverity.ERROR and not expected and not self.stop.is_set():
            self.terminal.error(f"{name}: {entry.msg}")
        elif name == "teleop" and entry.level >= LoggingSeverity.INFO:  # which keys there are
            self.terminal.line(entry.msg)


def main() -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = Supervisor(stop)
    except ConfigError as error:
        print(f"supervisor: {error}", file=sys.stderr)
        rclpy.try_shutdown()
        return 2
    spinner = Spinner(node, on_end=stop.set)
    spinner.start()
    code = GRAPH_FAILED
    try:
        code = node.run()
    except Exception as error:
        traceback.print_exc()
        node.terminal.error(f"supervisor: {type(error).__name__}: {error}")
    finally:
        spinner.finish()
        rclpy.try_shutdown()
    if spinner.failure:
        traceback.print_exception(spinner.failure)
    return GRAPH_FAILED if spinner.failure else code


if __name__ == "__main__":
    sys.exit(main())
