"""What a person pressed just before the local phase: a stop is never lost, all else asks for nothing."""

from types import SimpleNamespace

import pytest
from vital_msgs.msg import ExecutorStatus

from vital_ros.config import load_config
from vital_ros.nodes.teleop import Teleop
from vital_ros.teleop import Command


@pytest.mark.parametrize("command", [Command(stop=True), Command(verdict=True)])
def test_pressed_before_the_local_phase(command):
    told = []
    node = SimpleNamespace(
        _steering=None,
        _task=load_config().task("key_lock"),
        _poll=lambda: command,
        _stop_arm=lambda: told.append("stop"),
    )
    Teleop._on_status(node, ExecutorStatus(phase=ExecutorStatus.LOCAL_POLICY))
    assert told == (["stop"] if command.stop else [])
    assert node._steering is not None
