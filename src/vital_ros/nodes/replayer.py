"""Plays a recorded episode to the live nodes and compares what they do with what they did; see vital_ros.playback.

The executor's deadlines lie on `/clock`, which goes on only when everything that a step saw has arrived: the same
frames reach the same steps at any rate, on any machine.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
import traceback
from pathlib import Path

import rclpy
from lifecycle_msgs.srv import GetState
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future
from std_srvs.srv import Trigger
from vital_msgs.msg import EpisodeLabel, ExecutorStatus
from vital_msgs.srv import Localize

from vital_ros.bags import EpisodeError
from vital_ros.bags.messages import pose_of
from vital_ros.config import ConfigError, load_config
from vital_ros.evaluation.report import EpisodeRecord
from vital_ros.nodes.bringup import Bringup, BringupError
from vital_ros.nodes.calls import CallError, call
from vital_ros.nodes.episode_client import EpisodeClient
from vital_ros.nodes.lifecycle import SENSOR
from vital_ros.nodes.replay_feed import ECHO, ReplayFeed
from vital_ros.nodes.replay_watch import ReplayWatch
from vital_ros.nodes.spinner import Spinner
from vital_ros.playback.comparison import Comparison
from vital_ros.playback.recorded import ARM, IMAGE, RecordedEpisode
from vital_ros.playback.report import Now, report
from vital_ros.playback.schedule import Turn, turns
from vital_ros.policy import PolicyError
from vital_ros.policy.facts import contracts, policy_path

DIVERGED, BAD_ARGUMENTS, GRAPH_FAILED = 1, 2, 3
PATIENCE = 30.0
"""s of wall time for the executor to live one step."""
SPARE_TIME = 10.0
"""s of local policy beyond the recorded ones: the recorded end comes first."""

PARAMETERS: dict[str, object] = {
    "config_dir": "",
    "bag": "",
    "policy": "",
    "execution": "",
    "query": "",
    "rate": 1.0,
    "tolerance": 1e-4,
    "run_dir": "runs/unnamed",
}


class Replayer(Node):
    """Methods that wait run outside the executor's thread."""

    def __init__(self, stop: threading.Event):
        """Raise EpisodeError, ConfigError, PolicyError."""
        super().__init__("replayer")
        self.settings = {name: self.declare_parameter(name, default).value for name, default in PARAMETERS.items()}
        nodes = self.declare_parameter("lifecycle_nodes", [""]).value
        config = load_config(self.settings["config_dir"])
        self.episode = episode = RecordedEpisode(self.settings["bag"])
        episode.check(config)
        self._task = config.task(episode.task)
        card = contracts(policy_path(episode.task, self.settings["policy"]))
        then = episode.policy["observation"]["tactile_scale"] if episode.policy else card.observation.tactile_scale
        self.comparison = Comparison(
            scale_then=then,
            scale_now=card.observation.tactile_scale,
            units=card.action,
            tolerance=self.settings["tolerance"],
            period=episode.period_ns * 1e-9,
            steps=len(episode.steps),
        )
        self._turns = list(turns(episode))
        self._stop = stop
        self._leave = threading.Event()
        self._rebaseline: Future | None = None
        self._result: EpisodeRecord | None = None
        self.problem = ""
        self.feed = ReplayFeed(self, episode, config.cameras.third, lambda: self._await_node("arm_gate"))
        arm = episode.reader.stream(ARM)
        self._arm_ns = arm.stamps_ns
        self.feed.pose, self.feed.opening = pose_of(arm.messages[0].pose), arm.messages[0].gripper_opening
        self._watch = ReplayWatch(self, self.feed, stop)
        self._bringup = Bringup(self, nodes, stop)
        self._client = EpisodeClient(self, self._leave, on_feedback=lambda *_: None)
        watched = ("arm_gate", "policy_executor")
        self._states = {name: self.create_client(GetState, f"/{name}/get_state") for name in watched}
        self._labels = self.create_publisher(EpisodeLabel, "episode/label", 10)
        alone = MutuallyExclusiveCallbackGroup()  # everything else goes on while it waits
        self.create_service(Trigger, "anyskin/rebaseline", self._on_rebaseline, callback_group=alone)
        if not episode.localizable:
            self.create_service(Localize, "localize", self._on_localize)

    def run(self) -> int:
        """Bring up, play, compare, report; the process's exit code."""
        self.feed.start()
        try:
            self._bringup.run()
            goal = threading.Thread(target=self._send_goal, name="goal", daemon=True)
            goal.start()
            for turn in self._turns:
                if not (self._begin(turn) if turn is self._turns[0] else self._lead_to(turn)):
                    break
            self._end_episode()
            goal.join(PATIENCE)
        except (BringupError, CallError) as error:
            self.problem = "" if self._stop.is_set() else str(error)
            return GRAPH_FAILED
        finally:
            self._leave.set()
            self.feed.stop()
        if self.problem:
            return GRAPH_FAILED
        return DIVERGED if self.comparison.diverged else 0

    # one step ------------------------------------------------------------------------------------------------------

    def _begin(self, turn: Turn) -> bool:
        """Lay everything out when a new baseline is asked for, the last call before the policy acts; let it begin.

        From here on time is the recorded one.
        """
        if not self._watch.comes(lambda: self._rebaseline is not None, 10 * PATIENCE):
            return False
        self.feed.stop()
        self.feed.show(turn.events[0].clock_ns)
        self.feed.refresh()
        self.feed.give_baseline(turn.deadline_ns)
        self.feed.play(turn.events)
        self._settle(turn)
        self.feed.show(turn.deadline_ns)
        self.feed.refresh()
        self._rebaseline.set_result(None)
        if not self._watch.comes(lambda: self._watch.phase == ExecutorStatus.LOCAL_POLICY, PATIENCE):
            return False
        self._wall = time.monotonic()
        self.feed.again(IMAGE)  # the executor waits for one more frame, and finds the one it has
        return self._lived(turn)

    def _lead_to(self, turn: Turn) -> bool:
        for event in turn.events:
            self._pace(event.clock_ns)
            self.feed.play([event])
        self._settle(turn)
        self._pace(turn.deadline_ns)
        self.feed.show(turn.deadline_ns)
        self.feed.refresh()
        return self._lived(turn)

    def _pace(self, clock_ns: int) -> None:
        ahead = (clock_ns - self._turns[0].deadline_ns) * 1e-9 / self.settings["rate"]
        self._stop.wait(max(0.0, self._wall + ahead - time.monotonic()))

    def _settle(self, turn: Turn) -> None:
        """Return when the executor has everything that was published.

        The arm's state makes its way through the gate, which may reach the executor later than this node; once the
        gate is heard again, it is done with the first.
        """
        stamp_ns = int(self._arm_ns[turn.step.seen[ARM] - 1])
        for _ in range(round(PATIENCE / ECHO)):
            if self._watch.arm_heard(stamp_ns, ECHO):
                break
            self.feed.again(ARM)  # it got lost
        self.feed.refresh()
        self._await_node("policy_executor")

    def _await_node(self, name: str) -> None:
        """Return when a node has in its hands what was published before.

        It serves subscriptions before services, but only one message of each: as often as messages can queue up.
        """
        for _ in range(SENSOR.depth):
            call(self._states[name], GetState.Request(), PATIENCE, self._stop)

    def _lived(self, turn: Turn) -> bool:
        """Compare what the executor made of the step; False when it has ended the episode or does not answer."""
        lived = self._watch.step(turn.step.index, len(self.comparison.differences), PATIENCE)
        if lived is None:
            return False
        self.comparison.add(turn.step, lived)
        return True

    # the episode ---------------------------------------------------------------------------------------------------

    def _send_goal(self) -> None:
        steps = self.episode.steps
        limit = steps[-1].index * self.comparison.period + SPARE_TIME
        try:
            self._result = self._client.run(self.episode.task, self.settings["query"], self.episode.seed, limit)
        except CallError as error:
            self.problem = str(error)
        finally:
            self._watch.ended.set()

    def _end_episode(self) -> None:
        """As it ended then: by its verdict, or else from outside."""
        label = self.episode.label
        if label is None or len(self.comparison.differences) < len(self._turns):
            self._leave.set()
            return
        said = EpisodeLabel(episode_id=self._watch.episode_id, source=label.source, success=label.success)
        said.reason = label.reason
        self._labels.publish(said)

    def _on_localize(self, _: Localize.Request, response: Localize.Response) -> Localize.Response:
        p = response.pose.pose.position
        p.x, p.y, p.z = self.episode.point(self._task).tolist()
        response.success, response.message = True, "as recorded"
        return response

    async def _on_rebaseline(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        laid_out = self.executor.create_future()
        laid_out.add_done_callback(lambda _: None)  # set_result then wakes the executor
        self._rebaseline = laid_out
        self._watch.tell()
        await laid_out
        response.success = True
        return response

    def now(self) -> Now:
        """What came of it, beside the steps."""
        ended = f"{self._result.outcome}, {self._result.reason}" if self._result else ""
        policy, execution, rate = (self.settings[key] for key in ("policy", "execution", "rate"))
        return Now(policy, execution, rate, self._watch.rule, ended, self._watch.target)


def main() -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = Replayer(stop)
    except (ConfigError, EpisodeError, PolicyError) as error:
        print(f"replayer: {error}", file=sys.stderr)
        rclpy.try_shutdown()
        return BAD_ARGUMENTS
    spinner = Spinner(node, on_end=stop.set)
    spinner.start()
    code = GRAPH_FAILED
    try:
        code = node.run()
        if node.problem:
            print(node.problem, flush=True)
        if code != GRAPH_FAILED:
            lines = report(Path(node.settings["run_dir"]), node.episode, node.comparison, node.now())
            print("\n".join(lines), flush=True)
    except Exception:
        traceback.print_exc()
        code = GRAPH_FAILED
    finally:
        spinner.finish()
        rclpy.try_shutdown()
    if spinner.failure:
        traceback.print_exception(spinner.failure)
    return GRAPH_FAILED if spinner.failure else code


if __name__ == "__main__":
    sys.exit(main())
