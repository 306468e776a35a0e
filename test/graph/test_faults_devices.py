"""Cameras and skins that fail while the arm moves; what counts is what the driver was told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from std_msgs.msg import String
from vital_msgs.action import ExecuteTask
from vital_msgs.msg import ArmStatus

from vital_ros.config import load_config

from .client import LATCHED
from .whole_graph import LIMITS, POLICY, REACH, TARGET, Graph, whole_graph

Result = ExecuteTask.Result
LENS = {
    "silent": 0.0,
    "repeats": load_config().cameras.wrist.frozen_after,
    "black": 0.0,
    "size": 0.0,
}
SKIN = {"unplugged": 0.0, "garbage": 0.0, "repeats": load_config().robot.tactile.frozen_after}
"""Faults, and the s after which the device's node gives nothing more."""


pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    with whole_graph(tmp_path_factory.mktemp("devices")) as graph:
        yield graph


@pytest.mark.parametrize("fault", LENS)
def test_camera_fails_while_a_policy_acts(graph: Graph, fault: str) -> None:
    graph.episode(POLICY)
    graph.lens.fault = fault
    begin = time.monotonic()
    graph.status.wait(1, lambda s: s.state == ArmStatus.HOLDING and "wrist camera" in s.reason)
    graph.assert_stopped({"stale_camera", "late_setpoint"}, LENS[fault] + LIMITS["camera"], begin)
    assert graph.result().outcome in (Result.STOPPED, Result.ERROR)
    fault_line = graph.client.wait_for_message(String, "/wrist_camera/fault", lambda m: bool(m.data), LATCHED)
    assert "wrist camera gives nothing" in fault_line.data


@pytest.mark.parametrize("fault", SKIN)
def test_skin_fails_while_a_policy_acts(graph: Graph, fault: str) -> None:
    graph.episode(POLICY)
    graph.skin.fault = fault
    begin = time.monotonic()
    graph.status.wait(1, lambda s: s.state == ArmStatus.HOLDING and "tactile" in s.reason)
    graph.assert_stopped({"stale_tactile", "late_setpoint"}, SKIN[fault] + LIMITS["tactile"], begin)
    assert graph.result().outcome in (Result.STOPPED, Result.ERROR)
    fault_line = graph.client.wait_for_message(String, "/anyskin/fault", lambda m: bool(m.data), LATCHED)
    assert "AnySkin gives nothing" in fault_line.data


@pytest.mark.parametrize(("device", "fault"), [("lens", "repeats"), ("lens", "size"), ("skin", "unplugged")])
def test_device_fails_while_the_arm_reaches(graph: Graph, device: str, fault: str) -> None:
    """A reach needs neither: it ends where it was to end, and no policy moves the arm after it."""
    graph.episode(REACH)
    getattr(graph, device).fault = fault
    result = graph.result()
    assert result.outcome in (Result.ERROR, Result.STOPPED)
    assert result.steps == 0
    if device == "lens":  # the executor hands over to the gate, which finds no camera
        graph.status.wait(1, lambda s: s.rule == "stale_camera")
    graph.come_to_rest()  # the reach's last motion may be under way
    graph.assert_at_rest()
    start = np.array(graph.driver.pose[:3]) * 1e-3 - TARGET
    assert np.abs(start[:2]).max() < 0.031 and start[2] == pytest.approx(0.10, abs=2e-3)


def test_a_skin_that_is_plugged_in_again_serves_the_next_episode(graph: Graph) -> None:
    graph.episode(POLICY)
    graph.skin.fault = "unplugged"
    graph.assert_stopped({"stale_tactile", "late_setpoint"}, LIMITS["tactile"], time.monotonic())
    graph.skin.fault = ""
    graph.client.wait_for_message(String, "/anyskin/fault", lambda m: not m.data, LATCHED)
    graph.assert_at_rest()  # plugging in alone moves nothing
    graph.episode(POLICY)


@pytest.mark.parametrize("fault", ["past", "future"])
def test_camera_whose_clock_has_jumped(graph: Graph, fault: str) -> None:
    """The executor asks for nothing on pictures of another time: the gate holds, then the episode ends at rest."""
    graph.episode(POLICY)
    graph.lens.fault = fault
    begin = time.monotonic()
    graph.status.wait(1, lambda s: s.state == ArmStatus.HOLDING and "no setpoint" in s.reason)
    assert graph.result().outcome in (Result.STOPPED, Result.ERROR)
    graph.status.clear()
    graph.status.wait(5)  # most of a second, in which the executor's last setpoint, to stay, is over
    period = 1 / load_config().robot.executor.rate  # of the last step before it, its lateness, the farewell to rest
    graph.assert_rested_within((1 + 1.5 + 1) * period, begin)
