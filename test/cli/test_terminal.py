import os
import termios

import pytest

from vital_ros.cli.terminal import terminal_kept


@pytest.fixture
def terminal(monkeypatch):
    """A pseudo-terminal as standard input."""
    person, device = os.openpty()
    with os.fdopen(device) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield device
    os.close(person)


def silence(terminal):
    attributes = termios.tcgetattr(terminal)
    attributes[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)


def test_a_terminal_that_somebody_changed_is_put_right_even_after_an_error(terminal):
    before = termios.tcgetattr(terminal)
    with pytest.raises(ValueError, match="killed"), terminal_kept():
        silence(terminal)
        assert termios.tcgetattr(terminal) != before
        raise ValueError("killed")
    assert termios.tcgetattr(terminal) == before


def test_in_the_background_the_terminal_is_left_alone(terminal, monkeypatch):
    monkeypatch.setattr("os.tcgetpgrp", lambda _: os.getpgrp() + 1)
    with terminal_kept():
        silence(terminal)
        changed = termios.tcgetattr(terminal)
    assert termios.tcgetattr(terminal) == changed


def test_without_a_terminal_nothing_happens(monkeypatch):
    with open(os.devnull) as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        with terminal_kept():
            pass
