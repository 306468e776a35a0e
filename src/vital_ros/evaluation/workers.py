"""Processes that share a long job: both cores stay busy, Ctrl-C ends all of them, none outlives its parent."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

_PR_SET_PDEATHSIG = 1


def worker_pool(processes: int, setup: Callable[..., None], *arguments: Any) -> ProcessPoolExecutor:
    """A pool of fresh processes that each call `setup(*arguments)` first; leaving it waits for the jobs under way.

    A worker that dies shows as BrokenProcessPool, an exception in `setup` too (its traceback goes to stderr).
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # threads of several processes would spin against each other
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=(setup, arguments))


def _start(setup: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    setup(*arguments)
