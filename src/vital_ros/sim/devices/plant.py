"""The running cell: physics, arm controller and AnySkin board on one thread, in step with wall time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vital_ros.geometry import Pose
from vital_ros.sim.cell import Cell
from vital_ros.sim.devices.anyskin_board import AnySkinBoard
from vital_ros.sim.devices.pacer import Pacer
from vital_ros.sim.devices.xarm_driver import STOPPED, XArmDriver
from vital_ros.sim.renderer import Snapshot


class Shot(NamedTuple):
    """What the cameras see at once: the present, and what the slower wrist camera delivers now."""

    present: Snapshot
    wrist: Snapshot


class Moment(NamedTuple):
    """When something was."""

    simulated: float
    """s of simulation since the start."""
    wall: float
    """s since the epoch."""


REPORT_PERIOD = 0.01
"""s: the xArm's `dev` reports and AnySkin's frames."""
CLEARANCE = 0.01
"""m from the start box towards the goal, up to which the arm stays where it is when the cell is reset."""


class Plant:
    """Everything that moves by itself.

    Args:
        cell: the physics; touched by the plant's thread alone from now on.
        board: gets each tactile sample.
        factor: simulated seconds per wall second.
        on_tick: called each servo period with the simulated time, in the plant's thread.
        on_report: called every 10 ms of simulated time, in the plant's thread.

    Attributes:
        driver: the arm controller.
        time: s of simulation since the start; a reset does not turn it back.
        failure: what ended the thread, None while it runs.
        dropped: wall seconds the simulation has lost to a machine that is too slow.
    """

    def __init__(
        self,
        cell: Cell,
        board: AnySkinBoard,
        factor: float,
        on_tick: Callable[[float], None],
        on_report: Callable[[], None],
    ):
        self.cell = cell
        self._board, self._factor, self._on_tick, self._on_report = board, factor, on_tick, on_report
        self._period = 1.0 / cell.settings.physics.servo_rate
        self.driver = XArmDriver(cell, self._period, cell.limits.collision_force)
        self.time = 0.0
        self.failure: Exception | None = None
        self.dropped = 0.0
        self._news = threading.Condition()
        self._closing = False
        self._reset_seed: int | None = None
        self._reset_moved = False
        self._snapshot_due: float | None = None
        self._snapshot: tuple[Shot, Moment] | None = None
        self._thread = threading.Thread(target=self._run, name="plant", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop; waits for the tick in progress."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._thread.join()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def reset(self, seed: int) -> bool:
        """Begin a new episode, as a person does at a real cell: a fixture that stands anew, the part back in the grip.

        The arm stays where it is when its tool is high enough for that. Otherwise it is put home and its controller
        stops, as after any motion by hand.

        Returns:
            whether the arm was put home.

        Raises:
            RuntimeError: the plant is closing.
        """
        with self._news:
            self._reset_seed = seed
            self._news.wait_for(lambda: self._reset_seed is None or self._ended)
            if self._ended:
                raise RuntimeError("the cell is shutting down")
            return self._reset_moved

    def snapshot_at(self, due: float) -> tuple[Shot, Moment] | None:
        """Wait until simulated time `due`; the state then. None at the end."""
        with self._news:
            self._snapshot, self._snapshot_due = None, due
            self._news.wait_for(lambda: self._snapshot is not None or self._ended)
            return self._snapshot

    @property
    def _ended(self) -> bool:
        return self._closing or self.failure is not None

    def _run(self) -> None:
        try:
            self._loop()
        except Exception as error:
            with self._news:
                self.failure = error
                self._news.notify_all()

    def _loop(self) -> None:
        pacer = Pacer(self._factor)
        report_due = 0.0
        while not self._closing:
            pacer.wait(self._period)
            self.dropped = pacer.dropped
            self.driver.tick()
            self.time += self._period
            self._on_tick(self.time)
            if self.time >= report_due - 1e-9:
                report_due += REPORT_PERIOD
                self._board.send(self.cell.tactile())
                self._on_report()
            with self._news:
                self._serve()

    def _serve(self) -> None:
        """What other threads wait for."""
        if self._reset_seed is not None:
            self._reset_moved = self._reset_cell(self._reset_seed)
            self._reset_seed = None
            self._news.notify_all()
        if self._snapshot_due is not None and self.time >= self._snapshot_due:
            moment = Moment(self.time, time.time())
            shot = Shot(self.cell.snapshot(), self.cell.camera_snapshot())
            self._snapshot, self._snapshot_due = (shot, moment), None
            self._news.notify_all()

    def _reset_cell(self, seed: int) -> bool:
        tcp, limits = self.cell.tcp_pose(), self.cell.limits
        box = limits.start_box
        way = np.asarray(box.center) - limits.goal
        away = way / np.linalg.norm(way)
        place = (self.cell.target_pose().inverse() @ tcp).position
        stays = (place - box.center) @ away >= -np.abs(away) @ box.size / 2 - CLEARANCE
        self.cell.reset(seed, start=Pose(tcp.position, tcp.quaternion) if stays else None)
        self.driver.reseat()
        if not stays:
            self.driver.set_state(STOPPED)
        return not stays
