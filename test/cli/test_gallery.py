"""`./vital gallery`: one sheet for each condition, small enough to be kept."""

import re
from pathlib import Path

import cv2
import pytest

from vital_ros.cli import gallery
from vital_ros.cli.parser import Parser
from vital_ros.evaluation.gallery import BAR, HEIGHT, WIDTH, draw_gallery
from vital_ros.sim.conditions import Condition, condition_names, load_condition

DOCS = Path(__file__).parents[2] / "docs"


def call(*arguments):
    parser = Parser("./vital gallery", "")
    gallery.add_arguments(parser)
    return gallery.run(parser.parse_args([str(argument) for argument in arguments]))


def test_a_sheet_has_the_tasks_down_and_the_combinations_across(config, tmp_path, monkeypatch):
    monkeypatch.setattr("vital_ros.evaluation.gallery.condition_names", lambda config: ["combined", "yaw"])
    written = draw_gallery(tmp_path / "new", ["key_lock", "card_swipe"], config, 100_000)
    assert [path.name for path in written] == ["combined.jpg", "yaw.jpg"]
    for path, columns in zip(written, (3, 2), strict=True):
        picture = cv2.imread(str(path))
        assert picture.shape[:2] == (2 * (HEIGHT + BAR), columns * (WIDTH + HEIGHT))
        assert picture.std() > 30


def test_a_shorter_row_is_filled_up(config, tmp_path, monkeypatch):
    monkeypatch.setattr("vital_ros.evaluation.gallery.condition_names", lambda config: ["height"])
    (sheet,) = draw_gallery(tmp_path, ["key_lock", "pick_block"], config, 100_000)
    assert (cv2.imread(str(sheet))[-HEIGHT:, -HEIGHT:] > 250).all()  # a block is not lowered


def test_the_kept_pictures_are_all_conditions_and_not_too_large(config):
    kept = {path.stem: path for path in (DOCS / "gallery").glob("*")}
    assert list(kept) and set(kept) == set(condition_names(config))
    assert set(re.findall(r"gallery/(\w+)\.jpg", (DOCS / "gallery.md").read_text())) == set(kept)
    assert sum(path.stat().st_size for path in kept.values()) < 2_000_000


@pytest.mark.parametrize(("name", "step"), [("combined", 4), ("reaching", 6)])
def test_of_many_combinations_three_are_shown_that_differ_in_everything(config, name, step):
    condition: Condition = load_condition(config, name, "key_lock")
    shown = condition.combinations[::step][:3]
    assert len({c.scene_name for c in shown}) == len({c.place_name for c in shown}) == 3


def test_bad_arguments_are_one_line(tmp_path, capsys):
    assert call("--config", tmp_path / "none") == 2
    error = capsys.readouterr().err.strip()
    assert "does not exist" in error and "\n" not in error


@pytest.fixture(scope="module")
def config():
    from vital_ros.config import load_config

    return load_config()
