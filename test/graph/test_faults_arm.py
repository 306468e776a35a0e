"""An arm that fails or is stopped by somebody else, and messages that should not have come: what the driver got."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import pytest
from std_srvs.srv import Trigger
from vital_msgs.action import ExecuteTask
from vital_msgs.msg import ArmStatus, Setpoint

from vital_ros.config import load_config

from .client import wait_until
from .whole_graph import LIMITS, POLICY, REACH, Graph, whole_graph

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    with whole_graph(tmp_path_factory.mktemp("arm")) as graph:
        yield graph


@pytest.mark.parametrize("phase", [REACH, POLICY])
@pytest.mark.parametrize(
    ("change", "rules", "limit"),
    [
        ({"error": 31}, {"driver_error"}, 0.01),
        ({"error": 1}, {"driver_error"}, 0.01),
        ({"mode": 0}, {"driver_mode"}, 0.01),
        ({"state": 3}, {"driver_state"}, 0.01),
        ({"refusal": 9}, {"driver_refused"}, 0.0),
        ({"frozen": True}, {"stale_arm_state"}, LIMITS["arm_state"]),
    ],
    ids=["collision", "emergency stop", "mode", "paused", "refuses", "no reports"],
)
def test_arm_fails(graph: Graph, change: dict[str, int], rules: set[str], limit: float, phase: int) -> None:
    graph.episode(phase)
    cleared = len(graph.driver.requests("clean_error"))
    begin = time.monotonic()
    for name, value in change.items():
        setattr(graph.driver, name, value)
    graph.assert_stopped(rules, limit, begin)
    assert graph.result().outcome in (ExecuteTask.Result.STOPPED, ExecuteTask.Result.ERROR)
    graph.driver.error = 0  # the button is released: that alone moves nothing, and nothing was cleared
    graph.assert_at_rest()
    assert len(graph.driver.requests("clean_error")) == cleared


@pytest.mark.parametrize("phase", [REACH, POLICY])
@pytest.mark.parametrize(("index", "number"), [(1, math.nan), (4, math.inf)], ids=["position", "rotation"])
def test_pose_is_not_finite(graph: Graph, index: int, number: float, phase: int) -> None:
    """Neither a good pose nor a new goal leads out, and no recovery while the pose is none: only one after that."""
    graph.episode(phase)
    begin = time.monotonic()
    graph.driver.spoiled = {index: number}
    graph.assert_stopped({"non_finite"}, 0.01, begin)
    assert graph.result().outcome in (ExecuteTask.Result.STOPPED, ExecuteTask.Result.ERROR)
    assert not graph.trigger("/arm/recover").success
    graph.driver.spoiled = {}
    graph.assert_at_rest()
    graph.send_goal()
    refused = graph.result()
    assert refused.outcome == ExecuteTask.Result.STOPPED and "/arm/recover" in refused.reason
    graph.assert_at_rest()
    assert graph.trigger("/arm/recover").success
    graph.episode(phase)


@pytest.mark.parametrize("phase", [REACH, POLICY])
def test_reports_slow_down_to_5_hz(graph: Graph, phase: int) -> None:
    """Between two reports the arm gets no more commands than the limit allows, or the gate has stopped it."""
    graph.episode(phase)
    slow = 50  # one report in 0.5 s, as much beyond this configuration's limit as 5 Hz is beyond the product's
    graph.driver.every = slow
    begin = time.monotonic()
    graph.status.wait(1, lambda s: s.state == ArmStatus.HOLDING and "arm state" in s.reason)
    graph.driver.frozen = True
    graph.assert_stopped({"stale_arm_state"}, LIMITS["arm_state"] + slow / 100, begin)


@pytest.mark.parametrize("phase", [REACH, POLICY])
def test_driver_takes_commands_without_answering(graph: Graph, phase: int) -> None:
    graph.episode(phase)
    begin = time.monotonic()
    graph.driver.hang.clear()
    status = graph.status.wait(1, lambda s: s.state == ArmStatus.STOPPED)[0]
    assert status.rule in ("driver_silent", "stale_arm_state")  # the stand-in reports from the thread that hangs
    graph.driver.hang.set()
    wait_until(lambda: any(r.time > begin for r in graph.stops), "no stop arrived")
    assert len(graph.motions_since(begin)) <= 5  # what was open; nothing piled up


def test_driver_dies_and_comes_back(graph: Graph) -> None:
    graph.episode(POLICY)
    graph.driver.close()
    status = graph.status.wait(1, lambda s: s.state == ArmStatus.STOPPED)[0]
    graph.new_driver()
    assert status.rule in ("stale_arm_state", "driver_silent")
    wait_until(lambda: graph.client.node.count_subscribers("/xarm/robot_states") > 0, "the gate is gone")
    graph.assert_at_rest()
    assert graph.driver.motions == []
    graph.episode(POLICY)


def test_a_recovery_whose_calls_hang_moves_nothing(graph: Graph) -> None:
    graph.episode(POLICY)
    begin = time.monotonic()
    graph.trigger("/arm/stop")
    graph.assert_stopped({"operator"}, 0.0, begin)
    graph.driver.hang.clear()
    graph.driver.hanging = {"set_mode"}
    answer = graph.trigger("/arm/recover")
    assert not answer.success
    assert "/xarm/set_mode did not answer within 2 s" in answer.message
    graph.driver.hang.set()
    graph.assert_at_rest()


@pytest.mark.parametrize("phase", [REACH, POLICY])
def test_setpoints_that_are_late_repeated_or_out_of_order_move_nothing(graph: Graph, phase: int) -> None:
    """Somebody repeats what was asked before, with a place far away in it: the arm never goes there."""
    graph.episode(phase)
    asked = graph.client.subscribe(Setpoint, "/arm/setpoint")
    readers = graph.client.node.count_subscribers("/arm/setpoint")  # the gate is one of them
    publisher = graph.client.publisher(Setpoint, "/arm/setpoint", readers=readers)
    begin = time.monotonic()
    source = Setpoint.POLICY if phase == POLICY else Setpoint.REACH
    for age in (5.0, 2.0, -30.0):
        late = Setpoint(source=source, sequence=10**6, duration=1 / 6)
        late.header.frame_id = "link_base"
        now = graph.client.node.get_clock().now().nanoseconds * 1e-9 - age
        late.header.stamp.sec, late.header.stamp.nanosec = int(now), int(now % 1 * 1e9)
        late.pose.position.x, late.pose.position.z = 0.45, 0.10
        late.pose.orientation.x, late.pose.orientation.w = 1.0, 0.0
        publisher.publish(late)
    if phase == POLICY:
        (newest,) = asked.wait(1, lambda m: m.source == source and m.sequence < 10**6)
        newest.pose.position.z += 0.008
        newest.sequence -= 1
        publisher.publish(newest)
    wait_until(lambda: len(graph.motions_since(begin)) > 40, "the arm does not go on")
    steps = np.linalg.norm(np.diff(graph.motions_since(begin), axis=0), axis=1)
    assert steps.max() <= 0.25 * 3 / load_config().robot.arm.servo_rate
    assert all(s.state != ArmStatus.STOPPED for s in graph.status.messages)
    graph.client.node.destroy_publisher(publisher)


@pytest.mark.parametrize(("x", "rule"), [(float("nan"), "non_finite"), (0.30, "step"), (1e9, "step")])
def test_absurd_actions_stop_the_arm(graph: Graph, x: float, rule: str) -> None:
    """As a network's numbers would arrive: as the stream's next setpoint."""
    graph.episode(POLICY)
    readers = graph.client.node.count_subscribers("/arm/setpoint")  # the gate is one of them
    publisher = graph.client.publisher(Setpoint, "/arm/setpoint", readers=readers)
    huge = Setpoint(source=Setpoint.POLICY, sequence=10**6, duration=1 / 6)
    huge.header.frame_id = "link_base"
    huge.header.stamp = graph.client.node.get_clock().now().to_msg()
    huge.pose.position.x, huge.pose.position.z = x, 0.15
    huge.pose.orientation.x, huge.pose.orientation.w = 1.0, 0.0
    before = np.array(graph.driver.pose[:3]) * 1e-3
    begin = time.monotonic()

    def stopped() -> bool:
        """Say it again until it is heard: on a busy machine the policy's own overtakes it in the gate's queue."""
        huge.sequence += 1
        publisher.publish(huge)
        return any(s.state == ArmStatus.STOPPED for s in graph.status.messages)

    wait_until(stopped, "nothing stopped the arm")
    graph.assert_stopped({rule}, 0.0, begin)
    assert np.abs(graph.motions_since(begin) - before).max(initial=0.0) < 0.25 * 0.15
    graph.client.node.destroy_publisher(publisher)


def test_two_operators_at_once(graph: Graph) -> None:
    """The second goal is refused; of two recoveries one finds nothing to do, and the arm is made ready once."""
    graph.episode(POLICY)
    assert not graph.send_goal()
    begin = time.monotonic()
    clients = [graph.client.node.create_client(Trigger, "/arm/stop") for _ in range(2)]
    for answer in [client.call_async(Trigger.Request()) for client in clients]:
        assert graph.client.result(answer).success
    graph.assert_stopped({"operator"}, 0.0, begin)
    graph.driver.received.clear()
    clients = [graph.client.node.create_client(Trigger, "/arm/recover") for _ in range(2)]
    answers = [graph.client.result(a) for a in [client.call_async(Trigger.Request()) for client in clients]]
    assert sorted(answer.success for answer in answers) == [False, True]
    assert [answer.message for answer in answers if not answer.success] == [
        "nothing to recover: the arm is not stopped"
    ]
    assert [len(graph.driver.requests(name)) for name in ("clean_error", "set_mode")] == [1, 1]
    graph.assert_at_rest()
