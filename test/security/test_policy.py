"""The SROS 2 policy file. That it fits the graph: test/graph/test_scenarios.py."""

import importlib.util
import xml.etree.ElementTree as ElementTree

import pytest

from vital_ros.cli.main import main
from vital_ros.config import load_config
from vital_ros.graph import deployment, parse_arguments
from vital_ros.security.access import access, graph_access, on_demand


@pytest.fixture
def policy(tmp_path):
    assert main(["security", str(tmp_path / "policy.xml")]) == 0
    return tmp_path / "policy.xml"


def test_every_process_of_a_deployment_has_its_enclave(policy, tmp_path):
    arguments = parse_arguments("deploy", {"task": "key_lock", "run_dir": str(tmp_path), "view": "true"})
    started = {spec.enclave for spec in deployment(arguments, load_config())}
    paths = [element.get("path") for element in ElementTree.parse(policy).iter("enclave")]
    assert set(paths) == started | {"/vital_ros/teleop"} and len(paths) == len(set(paths))


def test_the_gate_alone_may_command_the_arm():
    nodes = graph_access(load_config())
    commanding = {name for name, given in nodes.items() if any(s.startswith("/xarm/") for s in given.request)}
    assert commanding == {"arm_gate"}
    assert {name for name, given in nodes.items() if "/arm/setpoint" in given.publish} == {"policy_executor"}
    assert {name for name, given in nodes.items() if "/arm/recover" in given.request} == {"supervisor"}


def test_what_is_on_demand_is_allowed():
    nodes = graph_access(load_config())
    for name, part in on_demand(load_config()).items():
        assert part - nodes[name] == access()


def test_verbs_stand_over_their_own_kind(policy):
    kinds = {"publish": "topic", "subscribe": "topic", "reply": "service", "request": "service"}
    kinds |= {"execute": "action", "call": "action"}
    groups = [group for profile in ElementTree.parse(policy).iter("profile") for group in profile]
    for group in groups:
        ((verb, rule),) = group.items()
        assert rule == "ALLOW" and group.tag == f"{kinds[verb]}s"
        assert {entry.tag for entry in group} == {kinds[verb]} and all(entry.text.startswith("/") for entry in group)
    assert {verb for group in groups for verb in group.attrib} == set(kinds)


def test_an_unwritable_file_is_one_line(tmp_path, capsys):
    assert main(["security", str(tmp_path / "nowhere" / "policy.xml")]) == 2
    assert "No such file" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("sros2") is None, reason="sros2 is not installed")
def test_sros2_makes_keys_and_permissions_of_it(policy, tmp_path):
    from sros2.api._artifact_generation import generate_artifacts

    keystore = tmp_path / "keystore"
    generate_artifacts(keystore, policy_files=[policy])  # as `ros2 security generate_artifacts` does
    permissions = ElementTree.parse(keystore / "enclaves/vital_ros/arm_gate/permissions.xml")
    topics = {topic.text for topic in permissions.iter("topic")}
    assert {"rt/arm/status", "rq/xarm/set_stateRequest", "rr/arm/stopReply"} <= topics
    assert "rr/xarm/set_stateRequest" not in topics
