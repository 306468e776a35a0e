"""The terminal that a launch was started from."""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from collections.abc import Iterator


@contextlib.contextmanager
def terminal_kept() -> Iterator[None]:
    """Give the terminal back as it was: a node that reads its keys and gets killed cannot."""
    terminal = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
    if terminal is None or _in_background(terminal):
        yield
        return
    before = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # it has closed
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _in_background(terminal: int) -> bool:
    """Whether it is somebody else's turn: who sets a terminal then is stopped by it."""
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:  # not the terminal that controls this process
        return False
