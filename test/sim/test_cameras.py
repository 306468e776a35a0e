import threading

import cv2
import mujoco.egl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.config import ConfigError
from vital_ros.geometry import Pose
from vital_ros.geometry.equidistant import distort, undistort
from vital_ros.sim import Appearance, Distractor, RenderError
from vital_ros.sim.appearance import Light
from vital_ros.sim.lens import WIDEST, Fisheye, source_fov
from vital_ros.sim.patterns import Pattern

RED = (1.0, 0.0, 0.0)
small = st.floats(-0.01, 0.01)  # larger ones are no lens: two angles would meet in one pixel


@given(st.floats(0, 1.1), st.tuples(small, small, small, small))
def test_lens_model_inverts(theta, d):
    angle = np.array([theta])
    assert undistort(distort(angle, d), d) == pytest.approx(angle, abs=1e-9)


def test_lens_model_is_opencvs(config):
    camera = config.cameras.wrist.model_copy(update={"d": (0.05, -0.01, 0.003, -0.001)})
    points = np.random.default_rng(0).uniform((-0.2, -0.2, 0.1), (0.2, 0.2, 0.3), (50, 3))
    k = np.array(camera.k).reshape(3, 3)
    expected, _ = cv2.fisheye.projectPoints(points[:, None], np.zeros(3), np.zeros(3), k, np.array(camera.d))
    np.testing.assert_allclose(Fisheye(camera).project(points), expected[:, 0], atol=1e-9)


@pytest.mark.parametrize("focal", [64.0, 96.0, 150.0])
def test_the_pinhole_view_reaches_the_farthest_corner_and_not_much_farther(config, focal):
    wrist = config.cameras.wrist
    k = list(wrist.k)
    k[0] = k[4] = focal
    camera = wrist.model_copy(update={"k": tuple(k)})
    corner = np.hypot(wrist.width - wrist.k[2], wrist.height - wrist.k[5]) / focal  # equidistant: radius is the angle
    fov = source_fov(camera)
    assert fov == WIDEST if 2 * corner > WIDEST else 2 * corner < fov < 2.1 * corner


def test_a_point_is_drawn_where_the_lens_model_says(config, flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell, height=0.08))
    placement = config.cameras.wrist.placement
    flange = cell.tcp_pose() @ Pose((0, 0, -0.172))
    camera = flange @ Pose(placement.position, placement.quaternion)
    cell.appearance = Appearance(table=(0, 0, 0))
    empty = cell.render_wrist().astype(int)
    for x, y in ((0.38, 0.02), (0.40, -0.05), (0.37, 0.04)):
        ball = Distractor(shape="sphere", size=(0.006, 0.006, 0.006), position=(x, y), colour=RED)
        cell.appearance = Appearance(distractors=(ball,), table=(0, 0, 0))
        v, u = np.nonzero(np.abs(cell.render_wrist() - empty).sum(axis=2) > 60)
        centre = camera.inverse().apply((x, y, 0.006))
        expected = Fisheye(config.cameras.wrist).project(centre[None])[0]
        assert len(u) >= 4
        assert np.hypot(u.mean() - expected[0], v.mean() - expected[1]) < 0.6
    cell.appearance = Appearance()


def test_third_camera_sees_the_lock_where_k_and_pose_say(config, flawless_cell, above):
    cell, third = flawless_cell, config.cameras.third
    cell.reset(0, above(cell, height=0.3))
    cell.appearance = Appearance()
    rgb, depth = cell.render_third()
    camera = Pose(third.placement.position, third.placement.quaternion)
    fx, _, cx, _, fy, cy = third.k[:6]
    # the red square of the lock's pattern: centre at (19, 19) mm
    red = (rgb[..., 0] > 100) & (rgb[..., 1] < 60) & (rgb[..., 2] < 60)
    v, u = np.nonzero(red)
    square = camera.inverse().apply(cell.target_pose().apply((0.019, 0.019, 0)))
    assert np.hypot(u.mean() - (fx * square[0] / square[2] + cx), v.mean() - (fy * square[1] / square[2] + cy)) < 0.7
    assert depth[red].mean() == pytest.approx(square[2], abs=1e-3)


def test_depth_has_noise_and_holes(real_cell, above):
    real_cell.reset(0, above(real_cell))
    _, depth = real_cell.render_third()
    assert (depth == 0).mean() == pytest.approx(0.01, abs=0.002)
    assert depth.dtype == np.float32 and depth.shape == (480, 640)


def test_the_policy_sees_key_and_lock(flawless_cell, above):
    """In the left 128 columns, at every corner of the start box."""
    cell = flawless_cell
    cell.appearance = Appearance()
    for x, y in ((-0.03, -0.03), (-0.03, 0.03), (0.03, -0.03), (0.03, 0.03)):
        cell.reset(0, above(cell, x, y, 0.056))
        image = cell.render_wrist()[:, :128].astype(int)
        blue = (image[..., 2] > 80) & (image[..., 0] < 70) & (image[..., 1] < 90)
        brass = (image[..., 0] > 90) & (image[..., 2] < 60) & (image[..., 1] > 50)
        for colour, pixels in ((blue, 200), (brass, 40)):
            assert colour.sum() > pixels
            assert not colour[:, [0, -1]].any() and not colour[[0, -1]].any()


def test_mask_is_the_foreground(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell))
    cell.appearance = Appearance(table=(1, 0, 1))
    mask = cell.render_wrist_mask()
    magenta = cell.render_wrist().astype(int)
    cell.appearance = Appearance(table=(0, 1, 0))
    green = cell.render_wrist().astype(int)
    changed = np.abs(magenta - green).sum(axis=2) > 90
    assert mask.shape == (128, 160) and set(np.unique(mask)) == {0, 255}
    assert 0.1 < (mask[:, :128] == 255).mean() < 0.5
    assert (changed & (mask == 255)).sum() < 0.06 * (mask == 255).sum()  # blended borders


def test_texture_from_a_file(tmp_path, flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell))
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::8] = 255
    cv2.imwrite(str(tmp_path / "stripes.png"), stripes)
    cell.appearance = Appearance(texture=tmp_path / "stripes.png")
    assert cell.render_wrist()[70:120, 20:110].std() > 40
    cell.appearance = Appearance(texture=tmp_path / "absent.png")
    with pytest.raises(ConfigError, match="absent.png' is not a readable picture"):
        cell.render_wrist()
    cell.appearance = Appearance()


def test_each_episode_draws_its_own_texture(tmp_path, flawless_cell, above):
    cell, seen = flawless_cell, set()
    for name, grey in (("dark.png", 30), ("light.png", 220)):
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), grey, np.uint8))
    cell.appearance = Appearance(textures=(tmp_path / "dark.png", tmp_path / "light.png"))
    for seed in range(8):
        cell.reset(seed, above(cell))
        seen.add(int(cell.render_wrist()[100, 12, 0] > 100))
    assert seen == {0, 1}
    cell.appearance = Appearance()


def test_a_pattern_covers_the_table_and_the_light_has_a_colour(flawless_cell, above):
    cell = flawless_cell
    cell.reset(0, above(cell))
    tiles = Pattern(kind="tiles", colours=((1, 1, 1), (0, 0, 0)), size=0.03)
    cell.appearance = Appearance(pattern=tiles)
    white = cell.render_wrist()[60:120, 2:28].astype(float)
    assert white.std() > 40 and np.abs(white[..., 0] - white[..., 2]).max() < 12
    cell.appearance = Appearance(pattern=tiles, light=Light(colour=(1, 0.8, 0.2)))
    warm = cell.render_wrist()[60:120, 2:28].astype(float)
    assert (warm[..., 0] - warm[..., 2]).mean() > 10
    cell.appearance = Appearance()


@pytest.mark.parametrize(
    ("shape", "size", "yaw", "extent"),
    [
        ("box", (0.02, 0.01, 0.015), 0, (0.02, 0.01, 0.030)),
        ("box", (0.02, 0.01, 0.015), np.pi / 2, (0.01, 0.02, 0.030)),
        ("cylinder", (0.02, 0.01, 0.015), 0, (0.02, 0.02, 0.030)),
        ("sphere", (0.02, 0.01, 0.015), 0, (0.02, 0.02, 0.040)),
        ("ellipsoid", (0.02, 0.01, 0.015), 0, (0.02, 0.01, 0.030)),
        ("capsule", (0.02, 0.01, 0.005), 0, (0.025, 0.005, 0.010)),
        ("capsule", (0.02, 0.01, 0.005), np.pi / 2, (0.005, 0.025, 0.010)),
    ],
)
def test_a_distractor_is_as_large_as_it_says_and_stands_on_its_underside(
    config, flawless_cell, shape, size, yaw, extent
):
    """Seen by the third camera, whose depth gives its points: half extents along x and y, and its top."""
    cell, third = flawless_cell, config.cameras.third
    cell.reset(0)
    thing = Distractor(shape=shape, size=size, position=(0.60, 0.20), yaw=yaw, bottom=0.05, colour=RED)
    cell.appearance = Appearance(distractors=(thing,))
    rgb, depth = cell.render_third()
    cell.appearance = Appearance()
    v, u = np.nonzero((rgb[:, 330:, 0] > 90) & (rgb[:, 330:, 1] < 60))
    u = u + 330
    fx, _, cx, _, fy, cy = third.k[:6]
    z = depth[v, u]
    camera = Pose(third.placement.position, third.placement.quaternion)
    points = camera.apply(np.column_stack([(u - cx) / fx * z, (v - cy) / fy * z, z])) - (0.60, 0.20, 0.05)
    assert points[:, 2].max() == pytest.approx(extent[2], abs=0.002)
    assert points[:, 0].max() == pytest.approx(extent[0], abs=0.003)
    assert points[:, 1].max() == pytest.approx(extent[1], abs=0.003)


def test_a_renderer_in_another_thread_draws_the_same(real_cell, above):
    real_cell.reset(0, above(real_cell))
    real_cell.appearance = Appearance()
    snapshot, drawn = real_cell.snapshot(), []

    def work():
        renderer = real_cell.renderer()
        drawn.extend([renderer.wrist(snapshot), renderer.third(snapshot)[0]])
        renderer.close()

    thread = threading.Thread(target=work)
    thread.start()
    real_cell.step(above(real_cell, 0.01), 0.0)  # physics goes on meanwhile
    thread.join(60)
    real_cell.reset(0, above(real_cell))
    np.testing.assert_array_equal(drawn[0], real_cell.render_wrist())
    np.testing.assert_array_equal(drawn[1], real_cell.render_third()[0])


def test_no_egl_is_one_clear_line(monkeypatch, flawless_cell):
    def broken(*_):
        raise AttributeError("'NoneType' object has no attribute 'eglQueryString'")

    monkeypatch.setattr(mujoco.egl, "GLContext", broken)
    with pytest.raises(RenderError, match="no EGL here .* install libegl1, libgl1-mesa-dri and libgles2") as error:
        flawless_cell.renderer().wrist(flawless_cell.snapshot())
    assert "\n" not in str(error.value)
