"""The one list of nodes and launch arguments."""

from pathlib import Path

import pytest

from vital_ros.config import ConfigError, load_config
from vital_ros.graph import ArgumentError, deployment, learning, parse_arguments, simulation


def arguments(tmp_path: Path, **given: str):
    return parse_arguments("deploy", {"task": "key_lock", "run_dir": str(tmp_path)} | given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tsak": "key_lock"}, "unknown argument 'tsak'; did you mean 'task'"),
        ({"task": "key_lock", "episodes": "many"}, "episodes:=many: it should be a number of type int"),
        ({"task": "key_lock", "episodes": "-1"}, "episodes:=-1: it should be at least 0"),
        ({"task": "key_lock", "headless": "yes"}, "headless:=yes: it should be true or false"),
        ({"task": "key_lock", "execution": "both"}, "execution:=both: it should be one of ensemble, newest"),
        ({"task": "key_lock", "real_time_factor": "nan"}, "real_time_factor:=nan: it should be at least"),
        ({}, "argument 'task' is missing"),
    ],
)
def test_bad_arguments_are_one_line(given, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        parse_arguments("deploy", given)
    assert "\n" not in str(caught.value)


def test_unknown_task_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="unknown task 'key_look'.*did you mean 'key_lock'"):
        deployment(arguments(tmp_path, task="key_look"), load_config())


def test_simulation_swaps_devices_never_nodes(tmp_path):
    config = load_config()
    simulated = deployment(arguments(tmp_path), config)
    real = deployment(arguments(tmp_path, robot_ip="192.0.2.1"), config)
    product = [node.executable for node in real if node.package == "vital_ros"]
    assert [node.executable for node in simulated if node.executable != "sim_cell"] == product
    assert {"xarm_driver_node", "realsense2_camera_node"} == {n.executable for n in real if n.package != "vital_ros"}


def test_every_node_has_its_module():
    import vital_ros.nodes

    present = {path.stem for path in Path(vital_ros.nodes.__file__).parent.glob("*.py")}
    specs = deployment(arguments(Path("run")), load_config())
    assert {node.executable for node in specs} <= present


def test_other_real_time_factors_run_on_clock(tmp_path):
    specs = deployment(arguments(tmp_path, real_time_factor="0.5"), load_config())
    assert all(node.parameters["use_sim_time"] for node in specs if node.executable != "sim_cell")
    specs = deployment(arguments(tmp_path), load_config())
    assert not any(node.parameters.get("use_sim_time") for node in specs)


def test_the_viewer_is_asked_for_and_is_never_the_last(tmp_path):
    assert "viewer" not in [node.executable for node in deployment(arguments(tmp_path), load_config())]
    assert [node.executable for node in deployment(arguments(tmp_path, view="true"), load_config())][-2:] == [
        "viewer",
        "supervisor",
    ]
    alone = parse_arguments("sim", {"task": "key_lock", "view": "true"})
    assert [node.executable for node in simulation(alone)] == ["viewer", "sim_cell"]
    assert simulation(alone)[0].parameters["wrist"].startswith("sim:")


def test_learning_is_a_deployment_that_tries_out(tmp_path):
    config = load_config()

    def graph(**given: str):
        given = {"task": "key_lock", "run_dir": str(tmp_path)} | given
        return {node.executable: node.parameters for node in learning(parse_arguments("learn", given), config)}

    simulated, real = graph(), graph(robot_ip="192.0.2.1")
    assert simulated["policy_executor"]["learning"] and simulated["policy_executor"]["execution"] == "ensemble"
    assert simulated["residual_learner"]["masks"] and not real["residual_learner"]["masks"]
    assert simulated["residual_learner"]["learn"] == str(tmp_path) and "teleop" not in simulated
    assert real["teleop"]["operator"] == "keyboard" and real["supervisor"]["patient"]
    assert not deployment(arguments(tmp_path), config)[0].parameters.get("learning")
    with pytest.raises(ConfigError, match="variant:=rlpd: without a base policy"):
        graph(variant="rlpd")


def test_several_robots_share_the_learner_of_the_first(tmp_path):
    def graph(namespace: str):
        given = {"task": "key_lock", "run_dir": str(tmp_path / namespace), "robots": "left,right"}
        return learning(parse_arguments("learn", given | {"namespace": namespace}), load_config())

    left, right = graph("left"), graph("right")
    (learner,) = (node for node in left if node.executable == "residual_learner")
    assert learner.namespace == "" and learner.parameters["robots"] == "left,right"
    assert learner.parameters["learn"] == str(tmp_path)
    assert {node.namespace for node in left if node is not learner} == {"left"}
    assert {node.namespace for node in right} == {"right"}
    assert "residual_learner" not in {node.executable for node in right}
    assert "/residual_learner" in left[-1].parameters["lifecycle_nodes"]
    assert "/residual_learner" not in right[-1].parameters["lifecycle_nodes"]
    cells = [next(node for node in nodes if node.executable == "sim_cell") for nodes in (left, right)]
    assert [cell.remappings for cell in cells] == [[("/clock", "/left/clock")], [("/clock", "/right/clock")]]
    assert learner.parameters["use_sim_time"] is False and learner.remappings == []
    assert cells[0].parameters["device_dir"] != cells[1].parameters["device_dir"]


def test_a_namespace_that_is_no_name_is_refused(tmp_path):
    given = {"task": "key_lock", "run_dir": str(tmp_path), "namespace": "a/b"}
    with pytest.raises(ConfigError, match="a/b: it should be a name of letters, digits and _"):
        deployment(parse_arguments("deploy", given), load_config())
