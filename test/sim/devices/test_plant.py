"""The running cell: real physics as fast as the machine allows, observed through what it calls."""

import threading
import time

import numpy as np
import pytest

from vital_ros.config import load_config
from vital_ros.geometry import Pose
from vital_ros.sim import Cell
from vital_ros.sim.devices import AnySkinBoard, Photographer, Plant
from vital_ros.sim.devices.xarm_driver import STOPPED

FAST = 20.0


class Watch:
    """Collects the plant's calls; `wait(n)` returns when n reports have come."""

    def __init__(self):
        self.times, self.ticks, self.error = [], [], None
        self._news = threading.Condition()

    def on_tick(self, simulated):
        self.ticks.append(simulated)

    def on_report(self):
        with self._news:
            self.times.append(self.plant.time)
            self._news.notify_all()
        if self.error:
            raise self.error

    def wait(self, count):
        with self._news:
            goal = len(self.times) + count
            assert self._news.wait_for(lambda: len(self.times) >= goal, 60)


@pytest.fixture(scope="module")
def cell():
    cell = Cell("key_lock", load_config())
    yield cell
    cell.close()


@pytest.fixture
def watch(cell, tmp_path):
    """A plant that is not started yet, as `watch.plant`."""
    cell.reset(3)
    board = AnySkinBoard(tmp_path / "anyskin")
    watch = Watch()
    watch.plant = Plant(cell, board, FAST, watch.on_tick, watch.on_report)
    yield watch
    if watch.plant.running:
        watch.plant.close()
    board.close()


def test_ticks_and_reports_follow_simulated_time(watch):
    watch.plant.start()
    watch.wait(50)
    watch.plant.close()
    assert np.diff(watch.ticks) == pytest.approx(0.004)
    times = np.array(watch.times)
    assert (times[-1] - times[0]) / (len(times) - 1) == pytest.approx(0.01, rel=0.02)


def test_reset_keeps_a_high_arm_and_does_not_turn_time_back(watch, cell):
    watch.plant.start()
    watch.wait(5)
    before, fixture = cell.tcp_pose(), cell.target_pose()
    assert watch.plant.reset(4) is False
    watch.wait(20)
    watch.plant.close()
    assert min(np.diff(watch.ticks)) > 0
    assert not cell.target_pose().allclose(fixture, 1e-6)
    assert before.distance(cell.tcp_pose())[0] < 0.001


def test_reset_puts_a_low_arm_home_and_stops_its_controller(watch, cell):
    home = cell.tcp_pose()
    cell.reset(3, start=Pose((0.40, -0.20, 0.12), (1, 0, 0, 0)))
    watch.plant.driver.reseat()
    watch.plant.driver.motion_enable(8, 1)
    watch.plant.driver.set_state(0)
    watch.plant.start()
    assert watch.plant.reset(4) is True
    watch.wait(5)
    watch.plant.close()
    assert watch.plant.driver.report().state == STOPPED
    assert home.distance(cell.tcp_pose())[0] < 0.002


def test_snapshots_are_of_the_time_asked_for(watch):
    watch.plant.start()
    _, moment = watch.plant.snapshot_at(0.1)
    assert 0.1 <= moment.simulated < 0.1 + 0.004 + 1e-9
    assert moment.wall <= time.time()
    results = []
    waiter = threading.Thread(target=lambda: results.append(watch.plant.snapshot_at(1e9)))
    waiter.start()
    watch.plant.close()
    waiter.join(60)
    assert results == [None]


def test_an_error_in_the_loop_is_kept_and_frees_who_waits(watch):
    watch.error = ValueError("broken")
    watch.plant.start()
    with pytest.raises(RuntimeError, match="shutting down"):
        watch.plant.reset(5)
    assert watch.plant.failure is watch.error
    assert watch.plant.snapshot_at(0.0) is None


class Audience:
    def __init__(self):
        self.wrist, self.masks, self.third = [], [], []
        self.wants = {"wrist": True, "mask": False}
        self.viewers = 0
        self._news = threading.Condition()

    def wants_wrist(self):
        return self.wants["wrist"]

    def wants_mask(self):
        return self.wants["mask"]

    def third_viewers(self):
        return self.viewers

    def show_wrist(self, image, taken):
        with self._news:
            self.wrist.append((image.shape, taken.simulated))
            self._news.notify_all()

    def show_mask(self, mask, taken):
        with self._news:
            self.masks.append((mask, taken.simulated))
            self._news.notify_all()

    def show_third(self, image, depth, taken):
        with self._news:
            self.third.append((image.shape, depth.shape, taken.simulated))
            self._news.notify_all()

    def wait(self, condition):
        with self._news:
            assert self._news.wait_for(condition, 120)


def test_pictures_are_drawn_on_time_and_only_when_wanted(cell, tmp_path):
    cell.reset(3)
    board, audience = AnySkinBoard(tmp_path / "anyskin"), Audience()
    plant = Plant(cell, board, 0.3, lambda _: None, lambda: None)
    photographer = Photographer(plant, audience, (30.0, 5.0))
    plant.start()
    photographer.start()
    audience.wait(lambda: len(audience.wrist) >= 8)
    assert not audience.third and not audience.masks
    audience.wants.update(mask=True)
    audience.wait(lambda: len(audience.masks) >= 2)
    audience.wants.update(wrist=False, mask=False)
    audience.viewers = 1
    audience.wait(lambda: len(audience.third) >= 2)
    plant.close()
    photographer.join()
    board.close()
    assert photographer.failure is None
    assert audience.wrist[0][0] == (128, 160, 3) and audience.third[0][:2] == ((480, 640, 3), (480, 640))
    assert {moment for _, moment in audience.masks} <= {moment for _, moment in audience.wrist}
    assert set(np.unique(audience.masks[0][0])) == {0, 255}
    periods = [int(t * 30 + 1e-6) for _, t in audience.wrist]
    assert len(set(periods)) == len(periods)  # one picture a period at most, however slow the machine is


def test_who_begins_to_look_at_the_third_camera_need_not_wait_for_its_period(cell, tmp_path):
    cell.reset(3)
    board, audience = AnySkinBoard(tmp_path / "anyskin"), Audience()
    audience.viewers = 1
    plant = Plant(cell, board, 1.0, lambda _: None, lambda: None)
    photographer = Photographer(plant, audience, (30.0, 1e-3))
    plant.start()
    photographer.start()
    audience.wait(lambda: len(audience.third) == 1)
    audience.viewers = 2
    audience.wait(lambda: len(audience.third) == 2)
    audience.viewers = 1
    seen = len(audience.wrist)
    audience.wait(lambda: len(audience.wrist) >= seen + 3)
    plant.close()
    photographer.join()
    board.close()
    assert len(audience.third) == 2
