"""A localizer that is killed or frozen while it is asked, and while a policy acts; what counts is what the arm got.

Every case has a graph of its own: DDS believes in the dead for some seconds more, and answers get lost meanwhile.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
from std_msgs.msg import String
from vital_msgs.action import ExecuteTask

from .client import LATCHED, wait_until
from .third_camera import ALL, COLOR, Camera
from .whole_graph import LOCALIZE_TIMEOUT, NODES, POLICY, Graph, whole_graph

pytestmark = pytest.mark.faults

both_ways = pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])


@pytest.fixture
def graph(tmp_path) -> Iterator[Graph]:
    with whole_graph(tmp_path, ("localizer", *NODES)) as graph:
        yield graph


@pytest.fixture
def camera(graph: Graph) -> Camera:
    return Camera(graph.client.node)


def start_again(graph: Graph) -> None:
    """A new localizer, once the old one is gone and forgotten."""
    process = graph.processes["localizer"]
    if process.runs:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: "localizer" not in graph.client.node.get_node_names(), "DDS still believes in the localizer")
    graph.start("localizer")
    graph.client.bring_up("localizer")


@both_ways
def test_localizer_dies_while_it_is_asked(graph: Graph, camera: Camera, how: signal.Signals) -> None:
    """The arm is told nothing at all; the episode ends in time and says why, and a new localizer serves the next."""
    faults = graph.client.subscribe(String, "/policy_executor/fault", LATCHED)
    graph.mend()
    told = len(graph.driver.received)
    camera.silent = ALL  # so that it waits for a picture
    graph.send_goal()
    wait_until(lambda: graph.client.node.count_subscribers(COLOR) > 0, "the localizer was not asked")
    os.kill(graph.processes["localizer"].pid, how)
    result = graph.result()
    reason = f"service /localize did not answer within {LOCALIZE_TIMEOUT:g} s"
    assert (result.outcome, result.reason) == (ExecuteTask.Result.ERROR, reason)
    assert LOCALIZE_TIMEOUT <= result.localize_time < LOCALIZE_TIMEOUT + 2
    faults.wait(1, lambda fault: fault.data == reason)
    graph.assert_at_rest()
    assert len(graph.driver.received) == told
    camera.silent = set()
    start_again(graph)
    graph.episode(POLICY)
    assert "Traceback" not in graph.processes["policy_executor"].output


@both_ways
def test_localizer_dies_while_a_policy_acts(graph: Graph, camera: Camera, how: signal.Signals) -> None:
    """The arm goes on: after the reach has begun nobody needs it."""
    graph.episode(POLICY)
    begin, stops = time.monotonic(), len(graph.stops)
    os.kill(graph.processes["localizer"].pid, how)
    wait_until(lambda: len(graph.motions_since(begin)) > 30, "the arm does not go on")
    assert len(graph.stops) == stops
    assert graph.phases.messages[-1].phase == POLICY
