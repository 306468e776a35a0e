import os

import numpy as np
import pytest

from vital_ros.device_reader import DeviceError
from vital_ros.teleop import Command, Gamepad
from vital_ros.teleop.gamepad import AXIS, BUTTON, EVENT, INITIAL, SPEED, TURN_SPEED

PERIOD = 1 / 6


@pytest.fixture
def pad(tmp_path):
    """A pipe in the device's place, and the gamepad that reads it."""
    path = tmp_path / "js0"
    os.mkfifo(path)
    gamepad = Gamepad(str(path))
    writer = os.open(path, os.O_WRONLY)

    def send(*events):
        os.write(writer, b"".join(EVENT.pack(0, value, kind, number) for value, kind, number in events))

    send.writer = writer
    send((0, AXIS | INITIAL, 0))
    yield gamepad, send
    gamepad.close()


def test_at_rest_nothing_is_asked_for(pad):
    gamepad, send = pad
    assert gamepad.poll(PERIOD) == Command()
    send((2000, AXIS, 0), (-3000, AXIS, 4))  # a worn stick
    assert gamepad.poll(PERIOD) == Command()


def test_a_held_stick_moves_until_it_is_let_go(pad):
    gamepad, send = pad
    send((-32767, AXIS, 1))
    for _ in range(3):
        np.testing.assert_allclose(gamepad.poll(PERIOD).move, (SPEED * PERIOD, 0, 0))
    send((0, AXIS, 1))
    assert gamepad.poll(PERIOD) == Command()


@pytest.mark.parametrize(
    ("axis", "move", "turn"),
    [(0, (0, -1, 0), 0), (1, (-1, 0, 0), 0), (3, (0, 0, 0), -1), (4, (0, 0, -1), 0), (2, (0, 0, 0), 0)],
)
def test_sticks_to_directions(pad, axis, move, turn):
    gamepad, send = pad
    send((32767, AXIS, axis))
    command = gamepad.poll(PERIOD)
    np.testing.assert_allclose(command.move, np.array(move) * SPEED * PERIOD)
    assert command.turn == pytest.approx(turn * TURN_SPEED * PERIOD)


def test_a_button_counts_once_and_when_pressed_only(pad):
    gamepad, send = pad
    send((1, BUTTON, 0), (0, BUTTON, 0), (1, BUTTON, 7))
    assert gamepad.poll(PERIOD) == Command(toggle=True, verdict=True)
    assert gamepad.poll(PERIOD) == Command()
    send((1, BUTTON | INITIAL, 1))  # the state at plug-in is no press
    assert gamepad.poll(PERIOD) == Command()
    send((1, BUTTON, 1), (1, BUTTON, 6))
    assert gamepad.poll(PERIOD) == Command(verdict=False, stop=True)
    send((1, BUTTON, 3))
    assert gamepad.poll(PERIOD) == Command(proceed=True)


def test_an_event_in_two_pieces_is_one(pad):
    gamepad, send = pad
    event = EVENT.pack(0, -32767, AXIS, 1)
    os.write(send.writer, event[:3])
    assert gamepad.poll(PERIOD) == Command()
    os.write(send.writer, event[3:])
    assert gamepad.poll(PERIOD).move[0] > 0


def test_an_unplugged_gamepad_lets_go(pad):
    gamepad, send = pad
    send((-32767, AXIS, 1))
    gamepad.poll(PERIOD)
    os.close(send.writer)
    with pytest.raises(DeviceError, match="is gone"):
        gamepad.poll(PERIOD)


def test_no_gamepad_is_one_line():
    with pytest.raises(DeviceError, match="gamepad: '/dev/input/js99' cannot be opened .*plugged in"):
        Gamepad("/dev/input/js99")
