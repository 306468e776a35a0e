"""Scene files: what they mean, and that mistakes are one line before anything starts."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from vital_ros.config import ConfigError
from vital_ros.sim.appearance import Appearance
from vital_ros.sim.place import Place
from vital_ros.sim.scenes import Scene, check_scene, load_scene, write_scene

DOCUMENT = Path(__file__).parents[2] / "docs/scenes.md"


def picture(path, grey=128):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((16, 16, 3), grey, np.uint8))


def write(folder, text):
    (folder / "scene.yaml").write_text(text)
    return folder / "scene.yaml"


def test_an_empty_scene_is_the_demonstrations(tmp_path):
    assert load_scene(write(tmp_path, "")) == Scene()


def test_the_documented_example_is_a_scene_and_has_every_key(tmp_path, config):
    example = re.search(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]
    picture(tmp_path / "my_table.jpg")
    scene = load_scene(write(tmp_path, example))
    check_scene(scene, "key_lock", config, "docs")
    assert scene.appearance.texture == tmp_path / "my_table.jpg"
    for model in (Scene, Place, Appearance):
        for key in model.model_fields:
            assert key in DOCUMENT.read_text()


def test_textures_are_beside_the_file_and_each_episode_draws_one(tmp_path):
    for name in ("a.png", "b.png", "c.jpg"):
        picture(tmp_path / "tables" / name)
    (tmp_path / "tables/notes.txt").write_text("no picture")
    look = load_scene(write(tmp_path, "appearance: {textures: tables}")).appearance
    drawn = [look.picture(seed) for seed in range(40)]
    assert set(drawn) == {tmp_path / "tables" / name for name in ("a.png", "b.png", "c.jpg")}
    assert drawn == [look.picture(seed) for seed in range(40)]
    assert look.tint() == (1, 1, 1)


@pytest.mark.parametrize("cover", ["texture: tables/a.png", "textures: tables", "pattern: {kind: planks, colours: "
                                   "[[0.8, 0.6, 0.4], [0.5, 0.3, 0.2]], size: 0.11, seed: 1}"])  # fmt: skip
def test_a_written_scene_is_the_same_wherever_it_lies(cover, tmp_path, monkeypatch):
    for name in ("a.png", "b.png"):
        picture(tmp_path / "tables" / name)
    (tmp_path / "elsewhere").mkdir()
    write(tmp_path, f"title: Mine\ntarget: {{yaw: 0.1}}\nobject: {{shape: cylinder}}\nappearance: {{{cover}}}")
    monkeypatch.chdir(tmp_path)
    write_scene(load_scene(Path("scene.yaml")), Path("elsewhere/written.yaml"))
    assert load_scene(tmp_path / "elsewhere/written.yaml") == load_scene(tmp_path / "scene.yaml")


def test_an_untouched_scene_is_written_too(tmp_path):
    write_scene(Scene(), tmp_path / "scene.yaml")
    assert load_scene(tmp_path / "scene.yaml") == Scene()


def test_distractors_go_and_turn_with_the_target():
    thing = {"size": (0.01, 0.01, 0.01), "position": (0.55, 0.0), "yaw": 0.5, "colour": (1, 0, 0)}
    scene = Scene(appearance=Appearance(distractors=(thing,)))
    moved = scene.moved_to(Place(position=(0.4, 0.2), yaw=np.pi / 2))
    assert moved.appearance.distractors[0].position == pytest.approx((0.4, 0.3))
    assert moved.appearance.distractors[0].yaw == pytest.approx(0.5 + np.pi / 2)
    assert moved.target.position == (0.4, 0.2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("targt: {}", "unknown key 'targt'; allowed here: title, target, appearance, object"),
        ("target: {height: 1}", "unknown key 'target.height'; allowed here: position, lift, yaw"),
        ("appearance: {distractors: [{colr: 1}]}", "allowed here: shape, size, position, yaw, bottom, colour"),
        ("appearance: {light: {diffuse: 3}}", "appearance.light.diffuse = 3: it should be less than or equal to 2"),
        ("object: {scale: 3}", "object.scale = 3: it should be less than or equal to 1.4"),
        ("appearance: {texture: none.png}", "appearance.texture = '.*none.png': no such file"),
        ("appearance: {texture: scene.yaml}", "appearance.texture = '.*scene.yaml': not a readable picture"),
        ("appearance: {textures: none}", "appearance.textures = 'none': it should be a folder of pictures"),
        ("appearance: {textures: empty}", "appearance.textures = 'empty': no picture in it"),
        ("appearance: {textures: broken}", "appearance.textures = '.*bad.png': not a readable picture"),
        ("appearance: {texture: good.png, textures: good}", "give one of texture, textures, pattern"),
        ("- a list", "it should be a valid dictionary"),
        ("target: [", "not YAML at line 1"),
    ],
)
def test_mistakes_are_one_line_that_names_the_file(tmp_path, text, says):
    picture(tmp_path / "good.png")
    picture(tmp_path / "good/good.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/bad.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    distractor = "distractors: [{size: [1, 1, 1], position: [0, 0], colour: [0, 0, 0], colr: 1}]"
    path = write(tmp_path, text.replace("distractors: [{colr: 1}]", distractor))
    with pytest.raises(ConfigError, match=says) as error:
        load_scene(path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)


@pytest.mark.parametrize(
    ("target", "task", "says"),
    [
        (Place(lift=-0.045), "key_lock", r"x: target.lift = -0.045: .*0.005 m above the table: .* at least -0.04$"),
        (Place(position=(0.60, 0.0)), "key_lock", r"target.position = \(0.6, 0\): the start box .* x = 0.630 m"),
        (Place(position=(0.30, 0.0)), "card_swipe", r"the start box of card_swipe would reach x = 0.177 m"),
        (Place(position=(0.45, -0.34)), "pick_block", r"outside arm.workspace of robot.yaml \(-0.36 to 0.36\)"),
        (Place(lift=0.46), "plug_socket", r"would reach z = 0.610 m"),
    ],
)
def test_targets_that_cannot_be(config, target, task, says):
    with pytest.raises(ConfigError, match=says) as error:
        check_scene(Scene(target=target), task, config, "x")
    assert "\n" not in str(error.value)
