import numpy as np
import pytest

from vital_ros.config import ConfigError
from vital_ros.execution.plan import start_pose
from vital_ros.geometry import Pose
from vital_ros.sim import Cell, CellConfig
from vital_ros.sim.experts import make_expert
from vital_ros.sim.inverse_kinematics import Unreachable
from vital_ros.sim.tasks import TASKS

from .conftest import FLAWLESS


def play(cell, seed, start):
    """A second of motion; everything it leaves to see."""
    cell.reset(seed, start)
    for i in range(4):
        cell.step(start @ Pose((0, 0.003 * i, 0.004 * i)), 0.0)
    return cell.data.qpos.copy(), cell.tactile(), cell.part_pose().matrix, cell.render_wrist(), *cell.render_third()


def test_equal_seeds_give_equal_episodes(config, real_cell, above):
    start = above(real_cell)
    first = play(real_cell, 5, start)
    play(real_cell, 6, start)
    other = Cell("key_lock", config, seed=9)
    for again in (play(real_cell, 5, start), play(other, 5, start)):
        for a, b in zip(first, again, strict=True):
            np.testing.assert_array_equal(a, b)
    other.close()


@pytest.mark.parametrize("task", TASKS)
def test_equal_seeds_give_equal_episodes_of_every_task(config, task):
    """Through contact, up to the verdict, in cells that have lived differently."""
    outcomes = []
    for before in (1, 2):
        cell = Cell(task, config, seed=before)
        expert = make_expert(cell.task, cell.limits)
        cell.reset(7, start_pose(cell.limits, cell.nominal, 7))
        expert.reset(np.random.default_rng(7))
        while cell.verdict().success is None and cell.time < cell.limits.time_limit:
            cell.step(*expert.act(cell.truth()))
        outcomes.append((cell.verdict(), cell.time, cell.data.qpos.copy(), cell.tactile()))
    (verdict, time, qpos, tactile), again = outcomes
    assert verdict == again[0] == (True, "success") and time == again[1]
    np.testing.assert_array_equal(qpos, again[2])
    np.testing.assert_array_equal(tactile, again[3])


def test_the_camera_shows_the_past(config, above):
    settings = CellConfig(imperfections=FLAWLESS.model_copy(update={"camera_latency": (0.06, 0.06)}))
    cell = Cell("key_lock", config, settings=settings)
    cell.reset(0, above(cell))
    times = []
    for _ in cell.motion(above(cell, 0.03), 0.0, 0.5):
        times.append((cell.time, cell.camera_snapshot().time))
    assert times[0][1] == 0.0
    lags = [now - then for now, then in times[20:]]
    assert lags == pytest.approx([0.06] * len(lags), abs=0.0021)


def test_episodes_draw_their_skins(config):
    cell = Cell("key_lock", config)
    pairs = set()
    for seed in range(12):
        cell.reset(seed)
        pairs.add(id(cell._pads))
    assert len(pairs) == cell.settings.imperfections.skins


def test_seeds_differ(real_cell, above):
    start = above(real_cell)
    a, b = play(real_cell, 1, start), play(real_cell, 2, start)
    assert all(not np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_starts_where_asked_and_holds(flawless_cell, above):
    cell, start = flawless_cell, above(flawless_cell, 0.02, -0.03)
    cell.reset(0, start)
    cell.step(start, 0.0, 0.5)
    metres, radians = cell.tcp_pose().distance(start)
    assert metres < 2e-5 and radians < 1e-4


def test_follows_with_little_lag(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell))
    for i in range(1, 7):
        cell.step(above(cell, 0.008 * i), 0.0)  # 5 cm/s
        assert cell.tcp_pose().distance(above(cell, 0.008 * i))[0] < 1e-3
    cell.step(above(cell, 0.048), 0.0, 0.4)
    assert cell.tcp_pose().distance(above(cell, 0.048))[0] < 2e-5


def test_six_steps_take_one_second_at_any_rate(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell))
    for _ in range(12):
        cell.step(above(cell), 0.0, 1 / 6)  # a step is no multiple of the servo period
    assert cell.time == pytest.approx(2.0, abs=0.0041)


def test_touch_is_sampled_at_its_rate(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell))
    times = set()
    for _ in cell.motion(above(cell), 0.0, 2.0):
        times.add(cell.tactile_time)
    assert len(times) == pytest.approx(200, abs=2)  # 100 Hz does not divide the servo's 250 Hz


def test_target_can_be_moved(real_cell):
    target = Pose.from_rotvec((0.40, 0.12, 0.05), (0, 0, 0.4))
    real_cell.reset(3, target=target)
    metres, radians = real_cell.target_pose().distance(target)
    assert metres < 2e-3 and radians == pytest.approx(0, abs=1e-6)


def test_baseline_is_the_reading_at_rest(flawless_cell, above):
    cell = flawless_cell
    cell.reset(4, above(cell))
    baseline = cell.baseline(5)
    assert baseline.shape == (2, 15)
    cell.step(above(cell), 0.0, 0.3)
    assert np.abs(cell.tactile() - baseline).max() < 8  # noise and drift


def test_tool_is_down_at_zero_joints(flawless_cell):
    # the DH table by hand: x = sum of a = 0.0525 + 0.0775 + 0.076, z = 0.267 + 0.293 - 0.3425 - 0.097 - 0.172
    ik = flawless_cell._ik
    ik.joints = np.zeros(7)
    assert ik.pose().allclose(Pose((0.206, 0, -0.0515), (1, 0, 0, 0)), 1e-9)


def test_a_place_out_of_reach_is_refused(flawless_cell):
    with pytest.raises(Unreachable, match=r"cannot reach \(1.200, 0.000, 0.200\) m"):
        flawless_cell.reset(0, Pose((1.2, 0, 0.2), (1, 0, 0, 0)))


def test_unknown_task(config):
    names = "plug_socket, usb_insertion, card_swipe, key_lock, pick_block"
    with pytest.raises(ConfigError, match=f"task 'sewing' has no simulation; simulated are: {names}"):
        Cell("sewing", config)
