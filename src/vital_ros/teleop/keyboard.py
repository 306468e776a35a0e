"""A terminal's keyboard: every key press is a step, so that letting go stops the arm."""

from __future__ import annotations

import os
import re
import select
import termios

from vital_ros.device_reader import DeviceError
from vital_ros.teleop.command import Command

FINE, COARSE, TURN = 0.0005, 0.003, 0.02
"""m per press of a small and of a capital letter, rad per press."""
HELP = (
    "w/s forward/back, a/d left/right, r/f up/down (capitals: longer steps), q/e turn, space gripper, "
    "Enter success, Backspace failure, x stop the arm, n next episode"
)
_ESCAPE = re.compile(r"\x1b(\[[0-9;]*[A-Za-z~]|O.)")
"""What arrows and function keys send: letters that nobody has pressed."""
_AXES = {"w": (0, 1), "s": (0, -1), "a": (1, 1), "d": (1, -1), "r": (2, 1), "f": (2, -1)}


def command_of(keys: str) -> Command:
    """What a sequence of key presses asks for; unknown keys ask for nothing."""
    move, turn, toggle = [0.0, 0.0, 0.0], 0.0, False
    verdict, stop, proceed = None, False, False
    for key in _ESCAPE.sub("", keys):
        if key.lower() in _AXES:
            axis, sign = _AXES[key.lower()]
            move[axis] += sign * (COARSE if key.isupper() else FINE)
        elif key in "qe":
            turn += TURN if key == "q" else -TURN
        elif key == " ":
            toggle = not toggle
        elif key in "\r\n":
            verdict = True
        elif key in "\x7f\b":
            verdict = False
        stop |= key in "xX"
        proceed |= key == "n"
    return Command((move[0], move[1], move[2]), turn, toggle, verdict, stop, proceed)


class Keyboard:
    """Reads a terminal key by key, without echo; Ctrl-C still works. `close` gives it back as it was.

    Raises:
        DeviceError: `path` is no terminal.
    """

    def __init__(self, path: str):
        self._path = path
        try:
            self._terminal = os.open(path, os.O_RDONLY | os.O_NOCTTY)
            self._before = termios.tcgetattr(self._terminal)
        except (OSError, termios.error) as error:
            reason = getattr(error, "strerror", None) or error.args[-1]
            raise DeviceError(f"keyboard: '{path}' is no terminal ({reason}); set device to one") from None
        raw = termios.tcgetattr(self._terminal)
        raw[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(self._terminal, termios.TCSANOW, raw)

    def poll(self, period: float) -> Command:
        keys = b""
        while select.select([self._terminal], [], [], 0)[0]:
            try:
                data = os.read(self._terminal, 256)
            except OSError:
                data = b""
            if not data:
                raise DeviceError(f"keyboard: the terminal '{self._path}' is gone")
            keys += data
        return command_of(keys.decode(errors="ignore"))

    def close(self) -> None:
        try:
            termios.tcsetattr(self._terminal, termios.TCSANOW, self._before)
        except termios.error:
            pass  # the terminal has closed
        os.close(self._terminal)
