import os
import termios

import pytest

from vital_ros.device_reader import DeviceError
from vital_ros.teleop import Command, Keyboard
from vital_ros.teleop.keyboard import COARSE, FINE, TURN, command_of


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        ("", Command()),
        ("w", Command(move=(FINE, 0, 0))),
        ("WW", Command(move=(2 * COARSE, 0, 0))),
        ("sa", Command(move=(-FINE, FINE, 0))),
        ("ws", Command()),
        ("F", Command(move=(0, 0, -COARSE))),
        ("q", Command(turn=TURN)),
        (" ", Command(toggle=True)),
        ("  ", Command()),
        ("\n", Command(verdict=True)),
        ("\x7f", Command(verdict=False)),
        ("x", Command(stop=True)),
        ("n", Command(proceed=True)),
        ("z?5\x1b[A", Command()),
    ],
)
def test_what_keys_ask_for(keys, command):
    assert command_of(keys) == command


@pytest.fixture
def terminal():
    person, device = os.openpty()
    yield person, os.ttyname(device)
    for end in (person, device):
        try:
            os.close(end)
        except OSError:
            pass  # the test has closed it


def test_keys_come_without_enter_and_without_echo(terminal):
    person, path = terminal
    keyboard = Keyboard(path)
    assert keyboard.poll(1 / 6) == Command()
    os.write(person, b"ww")
    assert keyboard.poll(1 / 6) == Command(move=(2 * FINE, 0, 0))
    assert keyboard.poll(1 / 6) == Command()  # what was taken is gone
    os.set_blocking(person, False)
    with pytest.raises(BlockingIOError):
        os.read(person, 10)  # an echo would be here
    keyboard.close()


def test_the_terminal_is_given_back_as_it_was(terminal):
    _, path = terminal
    device = os.open(path, os.O_RDWR | os.O_NOCTTY)
    before = termios.tcgetattr(device)
    keyboard = Keyboard(path)
    assert termios.tcgetattr(device) != before
    keyboard.close()
    assert termios.tcgetattr(device) == before
    os.close(device)


def test_a_closed_terminal_is_said(terminal):
    person, path = terminal
    keyboard = Keyboard(path)
    os.close(person)
    with pytest.raises(DeviceError, match="is gone"):
        keyboard.poll(1 / 6)
    keyboard.close()


@pytest.mark.parametrize("path", ["/dev/null", "/nowhere"])
def test_what_is_no_terminal_is_refused(path):
    with pytest.raises(DeviceError, match=f"keyboard: '{path}' is no terminal"):
        Keyboard(path)
