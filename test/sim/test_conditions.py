"""The shipped conditions can be done, are seen, and differ from the demonstrations as they say."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from vital_ros.config import Config, ConfigError, load_config
from vital_ros.execution.plan import start_pose
from vital_ros.geometry import Pose
from vital_ros.sim.appearance import Appearance
from vital_ros.sim.conditions import load_condition, scene_condition
from vital_ros.sim.instance import Instance
from vital_ros.sim.lens import Fisheye
from vital_ros.sim.place import Place
from vital_ros.sim.scenes import Scene, load_scene
from vital_ros.sim.tasks import TASKS, make_task
from vital_ros.sim.xarm7 import TCP_OFFSET

CONFIG = load_config()
NAMES = ("in_domain", "spatial", "scene", "combined", "reaching", "yaw", "height", "instance", "development")
SIZES = dict(zip(NAMES, (1, 3, 3, 9, 15, 2, 2, 3, 3), strict=True))
CLUTTERED = ("workbench", "kitchen", "desk")
HOUSING, MACHINE = 0.0385, 0.100
"""m: half width of the widest housing, length of the card machine along x."""


def combinations(name, task="key_lock"):
    return load_condition(CONFIG, name, task).combinations


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", NAMES)
def test_every_condition_suits_every_task_and_the_third_camera_sees_the_target(name, task):
    found = combinations(name, task)
    assert len(found) == SIZES[name] - (name == "height" and task == "pick_block")
    third = CONFIG.cameras.third
    camera = Pose(third.placement.position, third.placement.quaternion)
    fx, _, cx, _, fy, cy = third.k[:6]
    for combination in found:
        scene = combination.scene
        x, y, z = camera.inverse().apply(scene.target.pose(make_task(task, scene.object)).position)
        u, v = fx * x / z + cx, fy * y / z + cy
        assert 60 < u < third.width - 60 and 60 < v < third.height - 60


def test_in_domain_is_the_demonstrations_and_the_others_are_not():
    assert combinations("in_domain")[0].scene.model_copy(update={"title": ""}) == Scene()
    home = Place()
    for combination in (*combinations("spatial"), *combinations("combined")):
        assert np.hypot(*np.subtract(combination.scene.target.position, home.position)) > 0.05
    for combination in (*combinations("scene"), *combinations("combined")):
        assert combination.scene.appearance.pattern != Appearance().pattern
        assert combination.scene.appearance.light != Appearance().light
    assert {c.scene.target.yaw for c in combinations("yaw")} == {0.7854, -0.7854}
    assert {c.scene.target.lift for c in combinations("height")} == {0.03, -0.02}
    things = [c.scene.object for c in combinations("instance")]
    assert len({*things, Instance()}) == 4 and {thing.shape for thing in things} == {"box", "cylinder"}


@pytest.mark.parametrize("name", CLUTTERED)
def test_clutter_stands_around_the_target_in_view_of_the_wrist_and_not_in_it(name):
    scene = load_scene(CONFIG.directory / "scenes" / f"{name}.yaml")
    assert scene.target == Place()
    things = scene.appearance.distractors
    offsets = np.array([thing.position for thing in things]) - scene.target.position
    near = np.hypot(*offsets.T)
    assert np.count_nonzero((near > 0.05) & (near < 0.20)) >= 8

    limits = CONFIG.task("key_lock")
    hand = start_pose(limits, scene.target.pose(make_task("key_lock")), 0)
    placement = CONFIG.cameras.wrist.placement
    camera = hand @ Pose((0, 0, -TCP_OFFSET)) @ Pose(placement.position, placement.quaternion)
    points = camera.inverse().apply([(*thing.position, thing.bottom) for thing in things])
    u, v = Fisheye(CONFIG.cameras.wrist).project(points).T
    assert np.count_nonzero((u > 0) & (u < 128) & (v > 0) & (v < 128) & (points[:, 2] > 0)) >= 6

    for thing, (x, y) in zip(things, offsets, strict=True):
        half = half_extent(thing)
        beside = abs(y) - half[1] > HOUSING
        ahead = x - half[0] > MACHINE
        behind = x + half[0] < -HOUSING and thing.bottom + 2 * thing.size[2] < 0.02  # the card passes above
        assert beside or ahead or behind, thing


def half_extent(thing):
    """m, x y, of the box around it."""
    a, b = {
        "cylinder": (thing.size[0], thing.size[0]),
        "sphere": (thing.size[0], thing.size[0]),
        "capsule": (thing.size[0] + thing.size[2], thing.size[2]),
    }.get(thing.shape, thing.size[:2])
    c, s = abs(np.cos(thing.yaw)), abs(np.sin(thing.yaw))
    return a * c + b * s, a * s + b * c


def test_episode_i_takes_combination_i_modulo_their_number():
    condition = load_condition(CONFIG, "combined", "key_lock")
    names = [condition.of_episode(i)[:2] for i in range(10)]
    assert names[:4] == [("workbench", "left"), ("workbench", "right"), ("workbench", "far"), ("kitchen", "left")]
    assert len(set(names[:9])) == 9 and names[9] == names[0]


def test_objects_change_fastest(tmp_path):
    config = own_conditions(
        tmp_path,
        {"title": "x", "scenes": ["a", "b"], "places": {"p": {}, "q": {}}, "objects": {"o": {}, "n": {"scale": 0.9}}},
    )
    labels = [combination.label for combination in load_condition(config, "mine", "key_lock").combinations]
    assert labels == [f"{s}, {p}, {o}" for s in "ab" for p in "pq" for o in "on"]


def test_a_scene_file_is_a_condition_of_its_own(tmp_path):
    (tmp_path / "mine.yaml").write_text("title: My table\ntarget: {yaw: 0.3}\n")
    condition = scene_condition(CONFIG, tmp_path / "mine.yaml", "key_lock")
    assert (condition.name, condition.title, len(condition.combinations)) == ("mine", "My table", 1)
    (tmp_path / "mine.yaml").write_text("target: {position: [0.9, 0]}\n")
    with pytest.raises(ConfigError, match=r"mine.yaml: target.position = \(0.9, 0\)"):
        scene_condition(CONFIG, tmp_path / "mine.yaml", "key_lock")


def own_conditions(tmp_path, entry) -> Config:
    for file in CONFIG.directory.rglob("*.yaml"):
        copy = tmp_path / file.relative_to(CONFIG.directory)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(Path(file).read_text())
    for name in "ab":
        (tmp_path / f"scenes/{name}.yaml").write_text(f"title: {name}\n")
    (tmp_path / "conditions.yaml").write_text(yaml.safe_dump({"conditions": {"mine": entry}}, sort_keys=False))
    return load_config(tmp_path)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"title": "x", "scenes": ["c"]}, r"mine.scenes: no scene 'c'; .*scenes has: a, b, court, desk, green_screen"),
        ({"title": "x", "scenes": []}, r"conditions.mine.scenes = \[\]: Tuple should have at least 1 item"),
        ({"title": "x", "scenes": ["a"], "plces": {}}, "unknown key 'conditions.mine.plces'; allowed here: title, sc"),
        ({"title": "x", "scenes": ["a"], "places": {"p": {"lift": -1}}}, r"mine \(a, p\): target.lift = -1"),
        ({"title": "x", "scenes": ["a"], "not_for": {"key_lock": ["p"]}}, "mine.not_for: no place 'p' here"),
        (
            {"title": "x", "scenes": ["a"], "places": {"p": {}}, "not_for": {"key_lock": ["p"]}},
            "mine has no place left for key_lock",
        ),
    ],
)
def test_mistakes_in_conditions_are_one_line(tmp_path, entry, says):
    config = own_conditions(tmp_path, entry)
    with pytest.raises(ConfigError, match=says) as error:
        load_condition(config, "mine", "key_lock")
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)


def test_an_unknown_condition_is_answered_with_what_there_is():
    with pytest.raises(ConfigError, match=r"unknown condition 'spacial'; .* has: in_domain, spatial, scene, combined"):
        load_condition(CONFIG, "spacial", "key_lock")
