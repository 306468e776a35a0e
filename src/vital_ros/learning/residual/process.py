"""The process that learns beside a robot, and the other one's end of it. It is never waited for."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import traceback
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import TYPE_CHECKING

from vital_ros.learning.residual.news import Assignment, News

if TYPE_CHECKING:
    from vital_ros.learning.residual.online import OnlineLearner

_PR_SET_PDEATHSIG = 1
IDLE = 0.2
"""s between two looks for orders when there is nothing to learn from."""
NEWS_EVERY = 1.0
"""s between two reports at least, while nothing happens."""
NICE = 5
"""Whoever controls the arm goes first."""
PATIENCE = 10.0
"""s that the process has to save and end."""
PAUSE = 2.0
"""s before a process that died is started again."""


class LearningProcess:
    """Starts it, and again when it dies. No method waits for it but `close`."""

    def __init__(self, assignment: Assignment):
        self._assignment = assignment
        self._failed = False
        self._died: float | None = None
        self._process, self._connection = self._start()

    def order(self, what: str, *arguments: object) -> bool:
        """Have something done; False when there is nobody to do it."""
        try:
            self._connection.send((what, arguments))
        except OSError:
            return False
        return not self._failed

    def poll(self) -> list[News]:
        """What has been reported since the last call."""
        news: list[News] = []
        try:
            while self._connection.poll():
                news.append(self._connection.recv())
                self._failed |= news[-1].state == "failed"
        except (EOFError, OSError):
            pass
        if not self._failed and not self._process.is_alive():
            if self._died is None:
                self._died = monotonic()
                code = self._process.exitcode
                said = f"the learner's process died (exit code {code}); it is started again, the robot goes on"
                news.append(News("restarting", said))
            elif monotonic() - self._died > PAUSE:
                self._connection.close()
                self._died = None
                self._process, self._connection = self._start()
        return news

    def close(self) -> None:
        """Have it save and end."""
        self.order("end")
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._connection.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def _start(self) -> tuple[BaseProcess, Connection]:
        os.environ["OMP_NUM_THREADS"] = "1"
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(self._assignment, theirs), name="learner", daemon=True)
        process.start()
        theirs.close()
        return process, ours


def _serve(assignment: Assignment, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(NICE)
    import torch

    from vital_ros.learning.residual.online import OnlineLearner

    torch.set_num_threads(1)
    try:
        learner = OnlineLearner(assignment)
        reported = -NEWS_EVERY
        while True:
            if connection.poll(0 if learner.busy else IDLE):
                what, arguments = connection.recv()
                if what == "end":
                    learner.close()
                    return
                connection.send(_obey(learner, what, arguments))
            elif learner.busy:
                learner.learn()
            news = learner.news()
            if news.weights or news.problems or monotonic() - reported > NEWS_EVERY:
                connection.send(news)
                reported = monotonic()
    except (BrokenPipeError, EOFError):
        return  # the other end is gone
    except Exception as error:
        if not type(error).__module__.startswith("vital_ros.") and not isinstance(error, OSError):
            traceback.print_exc()
        connection.send(News("failed", f"the learner has stopped: {error}; what was learned is kept"))


def _obey(learner: OnlineLearner, what: str, arguments: tuple[object, ...]) -> News:
    """Carry out an order; what came of it."""
    from vital_ros.learning.state import TrainingError

    try:
        message, done = getattr(learner, what)(*arguments) or "", True
    except TrainingError as error:
        message, done = str(error), False
    return replace(learner.news(), message=message, answer=True, done=done)
