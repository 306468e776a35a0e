"""What a deployment that waits for goals must do: functions of a client node, listed once in SCENARIOS.

Two runners call them in order: test/graph/test_scenarios.py on the processes of `./vital deploy`, and
test/launch/deployment.py on launch/deploy.launch.py under launch_testing. Each scenario leaves a graph that serves
the next; the last one leaves the arm moving, for the runner to shut down.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from action_msgs.msg import GoalStatus
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_srvs.srv import Trigger
from vital_msgs.action import ExecuteTask
from vital_msgs.msg import ArmStatus, ExecutorStatus
from vital_msgs.srv import LabelEpisode, Localize, ResetCell

from vital_ros.config import load_config, share_directory
from vital_ros.graph import deployment, parse_arguments

ARGUMENTS = {"task": "key_lock", "episodes": "0", "video": "false", "headless": "true", "view": "true"}
"""Of the launch that the scenarios need."""
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
SEED = 30000
LOCK = (0.45, 0.0, 0.05)  # m, where the cell puts the key lock
LIMITS = {"arm_state": 0.4, "camera": 1.0, "tactile": 0.4, "setpoint": 3.0}
"""s; wider than the product's, for machines on which everything at once is slow."""
START_UP = 240.0  # s
EPISODE = 200.0  # s

Result = ExecuteTask.Result


def every_node_becomes_active(client: Any) -> None:
    client.wait_for_message(ArmStatus, "/arm/status", lambda s: s.state != ArmStatus.INACTIVE, LATCHED, START_UP)
    arguments = parse_arguments("deploy", ARGUMENTS | {"run_dir": "unused"})
    product = [spec.node_name for spec in deployment(arguments, load_config()) if spec.lifecycle]
    states: dict[str, str] = {}
    for _ in range(100):  # the last may still be on their way
        states = {name: client.state(name) for name in product}
        if set(states.values()) == {"active"}:
            return
        threading.Event().wait(0.2)
    pytest.fail(f"not all became active: {states}")


def what_is_asked_for_is_found(client: Any) -> None:
    begin_episode(client)
    found = client.call(Localize, "/localize", Localize.Request(query="key lock"))
    assert found.success, found.message
    assert found.pose.header.frame_id == "link_base"
    p = found.pose.pose.position
    assert (p.x, p.y, p.z) == pytest.approx(LOCK, abs=0.02)
    missing = client.call(Localize, "/localize", Localize.Request(query="zebra"))
    assert not missing.success and "zebra" in missing.message


def a_whole_task_runs_to_a_verdict(client: Any) -> None:
    begin_episode(client)
    phases = client.subscribe(ExecutorStatus, "/policy/status", 100)
    result = result_of(client, send(client))
    assert result.outcome in (Result.SUCCESS, Result.FAILURE, Result.TIMEOUT), result.reason
    assert result.steps > 5
    came = [s.phase for s in phases.messages]
    order = [phase for phase, before in zip(came, [None, *came], strict=False) if phase != before]
    expected = [ExecutorStatus.LOCALIZE, ExecutorStatus.REACH, ExecutorStatus.LOCAL_POLICY]
    assert [phase for phase in order if phase in expected] == expected
    labelled = client.call(LabelEpisode, "/episode/label_episode", LabelEpisode.Request(success=True))
    assert labelled.accepted and labelled.message == f"{result.episode_id}: success"


def a_second_goal_is_refused_and_the_first_can_be_cancelled(client: Any) -> None:
    begin_episode(client)
    first = send(client)
    in_phase(client, ExecutorStatus.LOCAL_POLICY)
    assert not send(client).accepted
    client.result(first.cancel_goal_async())
    assert result_of(client, first).outcome == Result.CANCELLED
    at_rest(client)


def a_task_of_another_policy_is_refused(client: Any) -> None:
    goal = send(client, task="plug_socket")
    result = result_of(client, goal)
    assert result.outcome == Result.ERROR and "plug_socket" in result.reason


def an_operator_stops_and_recovers(client: Any) -> None:
    begin_episode(client)
    goal = send(client)
    in_phase(client, ExecutorStatus.LOCAL_POLICY)
    assert client.call(Trigger, "/arm/stop").success
    assert result_of(client, goal).outcome == Result.STOPPED
    stopped = client.wait_for_message(ArmStatus, "/arm/status", qos=LATCHED)
    assert (stopped.state, stopped.rule) == (ArmStatus.STOPPED, "operator")
    refused = result_of(client, send(client))
    assert refused.outcome == Result.STOPPED and "/arm/recover" in refused.reason
    assert client.call(Trigger, "/arm/recover").success
    client.wait_for_message(ArmStatus, "/arm/status", lambda s: s.state == ArmStatus.READY, LATCHED)


def the_arm_moves_when_the_end_comes(client: Any) -> None:
    begin_episode(client)
    assert send(client).accepted
    in_phase(client, ExecutorStatus.LOCAL_POLICY)


SCENARIOS: tuple[Callable[[Any], None], ...] = (
    every_node_becomes_active,
    what_is_asked_for_is_found,
    a_whole_task_runs_to_a_verdict,
    a_second_goal_is_refused_and_the_first_can_be_cancelled,
    a_task_of_another_policy_is_refused,
    an_operator_stops_and_recovers,
    the_arm_moves_when_the_end_comes,
)


def patient_config(directory: Path, limits: dict[str, float]) -> Path:
    """A copy of the configuration in which streams may be later."""
    shutil.copytree(share_directory("config"), directory, dirs_exist_ok=True)
    path = directory / "robot.yaml"
    robot = yaml.safe_load(path.read_text())
    robot["arm"]["staleness"] = limits
    path.write_text(yaml.safe_dump(robot))
    return directory


def launch_arguments(directory: Path) -> dict[str, str]:
    """With a patient configuration and the run folder in `directory`."""
    config = patient_config(directory / "config", LIMITS)
    return ARGUMENTS | {"config_dir": str(config), "run_dir": str(directory / "run")}


def assert_stopped_before_the_end(driver_log: str) -> None:
    """The cell, which lives as a driver does, heard the gate's stop after it was last made ready."""
    assert driver_log.rfind("set_state 4") > driver_log.rfind("set_state 0") > 0


def begin_episode(client: Any) -> None:
    """Put everything back, as a person does; a simulated arm that was put back has stopped."""
    reset = client.call(ResetCell, "/sim/reset", ResetCell.Request(seed=SEED))
    assert reset.success, reset.message
    status = client.subscribe(ArmStatus, "/arm/status", LATCHED)
    status.wait(3)  # the latched one may be from before
    if reset.arm_stopped:
        status.wait(1, match=lambda message: message.state == ArmStatus.STOPPED)
    if status.messages[-1].state == ArmStatus.STOPPED:
        assert client.call(Trigger, "/arm/recover").success


def send(client: Any, task: str = ARGUMENTS["task"]) -> Any:
    """The handle of a new goal."""
    actions = client.action_client(ExecuteTask, "/execute_task")
    assert actions.wait_for_server(START_UP)
    return client.result(actions.send_goal_async(ExecuteTask.Goal(task=task, seed=SEED)))


def result_of(client: Any, handle: Any) -> Any:
    assert handle.accepted
    response = client.result(handle.get_result_async(), "no result", EPISODE)
    statuses = {Result.SUCCESS: GoalStatus.STATUS_SUCCEEDED, Result.CANCELLED: GoalStatus.STATUS_CANCELED}
    assert response.status == statuses.get(response.result.outcome, GoalStatus.STATUS_ABORTED)
    return response.result


def in_phase(client: Any, phase: int) -> None:
    """Wait until the episode that was just begun is two ticks into the phase."""
    client.wait_for_message(ExecutorStatus, "/policy/status", lambda s: s.phase == phase and s.step >= 2)


def at_rest(client: Any) -> None:
    client.wait_for_message(ArmStatus, "/arm/status", lambda s: s.state != ArmStatus.MOVING)
