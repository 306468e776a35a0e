import numpy as np
import pytest

from vital_ros.sim.config import TactileModel
from vital_ros.sim.tactile import Indentation, Pad

QUIET = TactileModel(noise=(0, 0, 0), drift=0, offset=0)
REST = np.zeros(3)


def pad(model=QUIET, seed=0):
    return Pad(model, np.random.default_rng(seed))


def read(skin, shift=REST, turn=REST, rotation=None, samples=1):
    rng = np.random.default_rng(1)
    for _ in range(samples):
        moved = skin.carried(Indentation(np.array(shift, float), np.array(turn, float)))
        value = skin.sample(moved, _turn(rotation), rng)
    return value


def _turn(rotation):
    return np.eye(3) if rotation is None else rotation


def change(shift=REST, turn=REST, seed=0):
    return np.linalg.norm(read(pad(seed=seed), shift, turn) - read(pad(seed=seed)))


def test_static_field_is_of_the_sensors_size():
    chips = np.linalg.norm(read(pad()).reshape(5, 3), axis=1)
    assert chips.min() > 500 and chips.max() < 4000  # 1 - 3 mT


@pytest.mark.parametrize(("shift", "low", "high"), [
    ((0, 0, -0.0002), 200, 600),
    ((0.0003, 0, 0), 100, 450),
    ((0, 0.0003, 0), 100, 450),
])  # fmt: skip
def test_a_press_or_shear_of_a_fraction_of_a_millimetre_is_felt(shift, low, high):
    assert low < change(shift) < high


def test_more_press_is_more_signal():
    steps = [change((0, 0, -depth)) for depth in (0.0001, 0.0002, 0.0004, 0.0008)]
    assert steps == sorted(steps)


def test_pulling_away_leaves_no_more_than_letting_go():
    assert change((0, 0, 0.002)) == change((0, 0, 0.0004))


def test_twist_moves_the_outer_chips_and_not_the_centre():
    difference = (read(pad(), turn=(0, 0, 0.1)) - read(pad())).reshape(5, 3)
    size = np.linalg.norm(difference, axis=1)
    assert size[0] < 0.2 * size[1:].max()


def test_the_earth_field_turns_with_the_wrist():
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    difference = (read(pad(), rotation=quarter) - read(pad())).reshape(5, 3)
    horizontal = np.hypot(20 - 5, 20 + 5)  # uT, of (20, 5) turned by 90 degrees
    np.testing.assert_allclose(np.linalg.norm(difference, axis=1), horizontal, rtol=0.25)


def test_noise_and_drift_are_as_configured():
    model = TactileModel()
    skin, rng = pad(model), np.random.default_rng(3)
    values = np.array([skin.sample(skin.carried(Indentation(REST, REST)), np.eye(3), rng) for _ in range(2000)])
    jumps = np.diff(values, axis=0).std(axis=0) / np.sqrt(2)
    np.testing.assert_allclose(jumps.reshape(5, 3).mean(axis=0), model.noise, rtol=0.1)


def test_creep_ends_at_the_elastic_value():
    skin = pad()
    rest = read(skin)
    first = np.linalg.norm(read(skin, (0, 0, -0.0004)) - rest)
    last = np.linalg.norm(read(skin, (0, 0, -0.0004), samples=300) - rest)
    assert 0.85 < first / last < 0.97


def test_skins_differ_and_repeat():
    assert np.abs(read(pad(seed=0)) - read(pad(seed=1))).max() > 50
    np.testing.assert_array_equal(read(pad(seed=0)), read(pad(seed=0)))


def test_readings_are_clipped():
    assert np.abs(read(pad(TactileModel(offset=1e5)))).max() == 4900


def touched(points, forces):
    skin, rng = pad(), np.random.default_rng(1)
    nothing = pad().sample(np.zeros((3, 243)), np.eye(3), np.random.default_rng(1))
    return skin.sample(skin.pressed(np.array(points, float), np.array(forces, float)), np.eye(3), rng) - nothing


def test_a_finger_tip_of_one_newton_is_felt_at_the_chip_below_it():
    centre = np.linalg.norm(touched([(0, 0, 0)], [(0, 0, -1)]).reshape(5, 3), axis=1)
    left = np.linalg.norm(touched([(-0.007, 0, 0)], [(0, 0, -1)]).reshape(5, 3), axis=1)
    assert 100 < centre[0] < 600 and centre.argmax() == 0
    assert left.argmax() == 1


def test_a_wide_contact_presses_less_deep():
    corners = [(x, y, 0) for x in (-0.008, 0.008) for y in (-0.006, 0.006)]
    wide = pad().pressed(np.array(corners), np.array([(0, 0, -0.25)] * 4))
    narrow = pad().pressed(np.zeros((1, 3)), np.array([(0, 0, -1.0)]))
    assert 0 < np.abs(wide).max() < 0.3 * np.abs(narrow).max()
    assert np.abs(wide[2]).max() == np.abs(wide).max()


def test_no_contact_is_no_displacement():
    assert not pad().pressed(np.empty((0, 3)), np.empty((0, 3))).any()


def test_the_pads_feel_a_press_on_the_key(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell, 0.010, 0, 0.001))
    baseline = cell.baseline()
    cell.step(above(cell, 0.010, 0, -0.001), 0.0, 0.5)
    felt = np.linalg.norm(cell.tactile() - baseline, axis=1)
    assert cell.contact_force() > 3 and (felt > 200).all()
