"""Processes that share a long job: all cores stay busy, Ctrl-C ends them at once, none outlives its parent."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Any

_PR_SET_PDEATHSIG = 1


class Workers:
    """Fresh processes that each call `setup(*arguments)` first. Left by an exception, it ends them at once.

    A worker that dies shows as BrokenProcessPool in the futures, an exception in `setup` too (its traceback goes to
    stderr).
    """

    def __init__(self, processes: int, setup: Callable[..., None], *arguments: Any):
        os.environ["OMP_NUM_THREADS"] = "1"  # threads of several processes would spin against each other
        self._others = multiprocessing.active_children()
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, context, initializer=_start, initargs=(setup, arguments))

    def submit(self, job: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have the next free process call `job(*arguments)`."""
        with _ctrl_c_ignored():
            return self._pool.submit(job, *arguments)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for worker in multiprocessing.active_children():
                if worker not in self._others:
                    worker.terminate()
        self._pool.shutdown(cancel_futures=True)


def _start(setup: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    setup(*arguments)


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    """Processes that start meanwhile inherit it: Ctrl-C is the parent's affair from their first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
