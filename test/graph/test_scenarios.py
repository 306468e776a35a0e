"""One list of scenarios, two runners: the processes of `./vital deploy`, and launch_testing where it is installed."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rclpy.action import get_action_client_names_and_types_by_node, get_action_server_names_and_types_by_node
from rclpy.node import Node

from vital_ros.config import load_config
from vital_ros.security.access import Access, access, graph_access, on_demand

from ..launch.scenarios import SCENARIOS, assert_stopped_before_the_end, launch_arguments
from .client import Client
from .conftest import SOURCE, Launch, nodes_of, own_domain

LAUNCH_TEST = Path(__file__).parents[1] / "launch" / "deployment.py"


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    return launch_arguments(tmp_path_factory.mktemp("deployment"))


@pytest.fixture(scope="module")
def run_dir(arguments):
    return Path(arguments["run_dir"])


@pytest.fixture(scope="module")
def deployment(arguments, tmp_path_factory):
    with own_domain(tmp_path_factory.mktemp("ros_log")):
        launch = Launch("deploy", *(f"{name}:={value}" for name, value in arguments.items()))
        yield launch
        if launch.process.poll() is None:
            launch.process.send_signal(signal.SIGINT)
            launch.wait()


@pytest.fixture(scope="module")
def guest(deployment):
    client = Client()
    yield client
    client.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario(scenario, guest, deployment):
    assert deployment.process.poll() is None, deployment.output
    scenario(guest)


def test_the_security_policy_allows_what_the_graph_does_and_no_more(guest, deployment):
    """Apart from /clock and what is used on demand: then it may be used, and need not be."""
    assert deployment.process.poll() is None, deployment.output
    config = load_config()
    allowed, at_times = graph_access(config), on_demand(config)
    found = observed_access(guest.node)
    assert set(found) == set(allowed) - {"teleop"}
    optional = access(subscribe="/clock", publish="/clock")
    forbidden = {name: used - allowed[name] for name, used in found.items()}
    idle = {name: allowed[name] - used - at_times.get(name, Access()) - optional for name, used in found.items()}
    assert {name: part for name, part in forbidden.items() if part != Access()} == {}
    assert {name: part for name, part in idle.items() if part != Access()} == {}


def observed_access(node: Node) -> dict[str, Access]:
    """What the processes of the graph do, by the last word of their enclaves, as DDS discovery shows it."""
    found: dict[str, Access] = {}
    for name, namespace, enclave in node.get_node_names_and_namespaces_with_enclaves():
        if enclave.startswith("/vital_ros/"):
            asked = (
                node.get_publisher_names_and_types_by_node(name, namespace),
                node.get_subscriber_names_and_types_by_node(name, namespace),
                node.get_service_names_and_types_by_node(name, namespace),
                node.get_client_names_and_types_by_node(name, namespace),
                get_action_server_names_and_types_by_node(node, name, namespace),
                get_action_client_names_and_types_by_node(node, name, namespace),
            )
            names = (frozenset(n for n, _ in pairs if "/_action/" not in n) for pairs in asked)
            process = enclave.rpartition("/")[2]
            found[process] = found.get(process, Access()) | Access(*names)
    return found


def test_ctrl_c_stops_the_arm_first_and_leaves_nothing(deployment, run_dir):
    assert nodes_of(run_dir), deployment.output
    os.kill(deployment.process.pid, signal.SIGINT)
    assert deployment.wait() == 130, deployment.output
    assert nodes_of(run_dir) == []
    assert_stopped_before_the_end((run_dir / "logs" / "sim_cell.log").read_text())


@pytest.mark.skipif(importlib.util.find_spec("launch_testing") is None, reason="launch_testing is not installed")
def test_the_same_scenarios_pass_under_launch_testing(ros_domain, tmp_path):
    path = os.pathsep.join(filter(None, (str(SOURCE), os.environ.get("PYTHONPATH"))))
    report = tmp_path / "launch_test.xml"
    command = [sys.executable, "-m", "launch_testing.launch_test", str(LAUNCH_TEST), "--junit-xml", str(report)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert all(scenario.__name__ in report.read_text() for scenario in SCENARIOS)
