"""Product nodes killed and frozen while the arm reaches and while a policy acts; what counts is what the driver got.

Every case has a graph of its own: DDS believes in the dead for some seconds more, and answers get lost meanwhile.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest
from vital_msgs.action import ExecuteTask
from vital_msgs.msg import ArmStatus

from vital_ros.config import load_config

from .client import wait_until
from .whole_graph import LIMITS, POLICY, REACH, TARGET, Graph, whole_graph

pytestmark = pytest.mark.faults
Result = ExecuteTask.Result
HOLD_AFTER = 1.5 / load_config().robot.executor.rate
"""s without a setpoint after which the gate holds."""

both_ways = pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
both_phases = pytest.mark.parametrize("phase", [REACH, POLICY], ids=["reach", "policy"])


@pytest.fixture
def graph(tmp_path) -> Iterator[Graph]:
    with whole_graph(tmp_path) as graph:
        yield graph


def strike(graph: Graph, node: str, how: signal.Signals, phase: int) -> float:
    """When it happened, with the arm in motion."""
    graph.episode(phase)
    os.kill(graph.processes[node].pid, how)
    return time.monotonic()


def strike_gate(graph: Graph, how: signal.Signals, phase: int) -> None:
    """The arm gets what was in flight and no more, and the episode ends."""
    begin = strike(graph, "arm_gate", how, phase)
    graph.come_to_rest()
    graph.assert_rested_within(0.0, begin)
    assert graph.result().outcome in (Result.STOPPED, Result.ERROR)


def assert_the_reach_ends_above(graph: Graph) -> None:
    """Comes to rest, nowhere lower than where a policy would begin."""
    graph.come_to_rest()
    assert graph.driver.pose[2] * 1e-3 - TARGET[2] >= 0.10 - 2e-3


@both_ways
def test_executor_dies_while_a_policy_acts(graph: Graph, how: signal.Signals) -> None:
    begin = strike(graph, "policy_executor", how, POLICY)
    graph.assert_stopped({"late_setpoint"}, HOLD_AFTER, begin)


@both_ways
def test_executor_dies_while_the_arm_reaches(graph: Graph, how: signal.Signals) -> None:
    """The motion under way is bounded and is finished; nothing comes after it."""
    strike(graph, "policy_executor", how, REACH)
    assert_the_reach_ends_above(graph)


@both_ways
@both_phases
def test_recorder_dies(graph: Graph, how: signal.Signals, phase: int) -> None:
    """The arm goes on: recording and learning are no part of control."""
    begin = strike(graph, "residual_learner", how, phase)
    stops = len(graph.stops)
    wait_until(lambda: len(graph.motions_since(begin)) > 30, "the arm does not go on")
    assert len(graph.stops) == stops


@both_ways
@pytest.mark.parametrize(("node", "word"), [("wrist_camera", "wrist camera"), ("anyskin", "tactile")])
def test_device_node_dies_while_a_policy_acts(graph: Graph, node: str, word: str, how: signal.Signals) -> None:
    begin = strike(graph, node, how, POLICY)
    graph.status.wait(1, lambda s: s.state == ArmStatus.HOLDING and word in s.reason)
    limit = LIMITS["camera" if node == "wrist_camera" else "tactile"]
    graph.assert_stopped({"stale_camera", "stale_tactile", "late_setpoint"}, limit, begin)
    assert graph.result().outcome in (Result.STOPPED, Result.ERROR)


@both_ways
@pytest.mark.parametrize("node", ["wrist_camera", "anyskin"])
def test_device_node_dies_while_the_arm_reaches(graph: Graph, node: str, how: signal.Signals) -> None:
    """A reach needs neither: it ends where it was to end, and no policy moves the arm after it."""
    strike(graph, node, how, REACH)
    result = graph.result()
    assert result.outcome in (Result.ERROR, Result.STOPPED) and result.steps == 0
    assert_the_reach_ends_above(graph)


@both_phases
def test_gate_is_killed(graph: Graph, phase: int) -> None:
    """The arm rests at its last target, and the episode ends; nobody else commands it."""
    strike_gate(graph, signal.SIGKILL, phase)
    graph.assert_at_rest()


@both_phases
def test_gate_is_frozen_and_continued(graph: Graph, phase: int) -> None:
    """The arm rests meanwhile; afterwards it goes on without a jump, or stops."""
    strike_gate(graph, signal.SIGSTOP, phase)
    rest = np.array(graph.driver.motions[-1].request.pose[:3]) * 1e-3
    continued = time.monotonic()
    os.kill(graph.processes["arm_gate"].pid, signal.SIGCONT)
    graph.status.clear()
    graph.status.wait(5)  # most of a second
    path = np.vstack([rest, graph.motions_since(continued)])
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert np.max(steps, initial=0.0) <= 0.010 + 1e-6, "a held-up tick advances by 10 mm at most"
