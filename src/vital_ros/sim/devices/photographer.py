"""The cell's cameras, drawn beside the physics on a thread of their own."""

from __future__ import annotations

import os
import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vital_ros.sim.devices.plant import Moment, Plant

NICENESS = 5
"""Of the drawing thread, which takes half of the cell's time: a picture may be late, the arm's controller may not."""


class Viewer(Protocol):
    """Who looks at the pictures; every method is called in the photographer's thread."""

    def wants_wrist(self) -> bool: ...
    def wants_mask(self) -> bool: ...
    def third_viewers(self) -> int: ...
    def show_wrist(self, image: NDArray[np.uint8], taken: Moment) -> None:
        """(height, width, 3) RGB"""

    def show_mask(self, mask: NDArray[np.uint8], taken: Moment) -> None:
        """(height, width), 255 where the wrist camera sees gripper, part or fixture"""

    def show_third(self, image: NDArray[np.uint8], depth: NDArray[np.float32], taken: Moment) -> None:
        """(height, width, 3) RGB, (height, width) m"""


class Photographer:
    """Draws what somebody wants to see, at the cameras' rates in simulated time.

    The third camera is slower than a real one, since drawing costs much. Who begins to look gets a picture at once.

    Args:
        rates: Hz of the wrist and of the third camera.
    """

    def __init__(self, plant: Plant, viewer: Viewer, rates: tuple[float, float]):
        """Raise RenderError when nothing can be drawn on this machine; the plant need not run yet."""
        self._plant, self._viewer = plant, viewer
        self._periods = tuple(1.0 / rate for rate in rates)
        self._started = threading.Event()
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._first = plant.cell.snapshot()
        self._renderer = plant.cell.renderer()
        self._thread = threading.Thread(target=self._run, name="photographer", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def start(self) -> None:
        """Take pictures from now on; ends with the plant."""
        self._started.set()

    def join(self) -> None:
        """Wait for the end, after the plant has closed."""
        self._started.set()
        self._thread.join()

    @property
    def failure(self) -> Exception | None:
        """What ended the thread early."""
        return self._failure

    def _run(self) -> None:
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS  # nobody but root may lower it
        os.setpriority(os.PRIO_PROCESS, thread, min(niceness, 19))
        try:
            try:
                self._renderer.wrist(self._first)  # a GL context belongs to one thread: this one
            finally:
                if self._failure is None:
                    self._ready.set()
            self._started.wait()
            self._shoot()
        except Exception as error:
            self._failure = error
            self._ready.set()
        finally:
            self._renderer.close()

    def _shoot(self) -> None:
        wrist_due = third_due = 0.0
        viewers = 0
        while (taken := self._plant.snapshot_at(min(wrist_due, third_due))) is not None:
            shot, moment = taken
            before, viewers = viewers, self._viewer.third_viewers()
            if viewers > before:
                third_due = moment.simulated
            if moment.simulated >= wrist_due:
                wrist_due = _next(wrist_due, self._periods[0], moment.simulated)
                if self._viewer.wants_wrist():
                    self._viewer.show_wrist(self._renderer.wrist(shot.wrist), moment)
                if self._viewer.wants_mask():
                    self._viewer.show_mask(self._renderer.wrist_mask(shot.wrist), moment)
            if moment.simulated >= third_due:
                third_due = _next(third_due, self._periods[1], moment.simulated)
                if viewers:
                    self._viewer.show_third(*self._renderer.third(shot.present), moment)


def _next(due: float, period: float, now: float) -> float:
    """The first due time after `now`; what could not be drawn in time is left out."""
    return due + period * max(1, int((now - due) / period) + 1)
