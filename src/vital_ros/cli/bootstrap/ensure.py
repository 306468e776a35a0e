"""Runs the steps whose stamps are missing or old: nothing at all on a later start."""

from __future__ import annotations

import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vital_ros.cli.bootstrap.process import SetupError
from vital_ros.cli.bootstrap.stamps import Stamps
from vital_ros.cli.bootstrap.steps import steps
from vital_ros.cli.bootstrap.workspace import Workspace


def ensure(workspace: Workspace, tests: bool = False) -> None:
    """Bring the clone up to date, with `tests` for running those; raise SetupError with one line."""
    if is_ready(workspace, tests):
        return
    if (workspace.root / ".vital").is_symlink():
        raise SetupError(
            f"{workspace.root / '.vital'} is a link: another clone's environment would be made anew; remove it"
        )
    plan, stamps = steps(workspace, tests), Stamps(workspace.state / "stamps")
    with _only_one(workspace):
        if not workspace.python.exists():  # deleted, or the Python it was made with is gone
            for step in steps(workspace, tests=True):
                stamps.clear(step.name)
        for number, step in enumerate(plan, start=1):
            if stamps.done(step.name, step.made_from):
                continue
            stamps.clear(step.name)
            _announce(f"[{number}/{len(plan)}] {step.title}")
            started = time.monotonic()
            step.run()
            stamps.write(step.name, step.made_from)
            _announce(f"[{number}/{len(plan)}] {step.title}: done in {time.monotonic() - started:.0f} s")


def is_ready(workspace: Workspace, tests: bool = False) -> bool:
    """Whether every step is done; all that a later start looks at."""
    stamps = Stamps(workspace.state / "stamps")
    return workspace.python.exists() and all(stamps.done(step.name, step.made_from) for step in steps(workspace, tests))


def _announce(text: str) -> None:
    """On a terminal the finished line replaces the begun one."""
    on_terminal = sys.stderr.isatty()
    done = ": done in" in text
    if on_terminal:
        print(f"\r{text}{'' if done else ' …'}", end="\n" if done else "", file=sys.stderr, flush=True)
    elif done:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def _only_one(workspace: Workspace) -> Iterator[None]:
    """Hold the clone's set-up lock; the kernel drops it with the process."""
    workspace.state.mkdir(parents=True, exist_ok=True)
    with (workspace.state / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("vital: another ./vital is setting this clone up; waiting for it", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
