"""`./vital masks` and `./vital annotate --points`, from arguments to files and exit codes."""

import subprocess
import sys

import numpy as np
import pytest

from vital_ros.augmentation.annotation import Reference, load_reference, parse_annotation, save_reference
from vital_ros.bags import EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.cli import annotate, masks
from vital_ros.cli.parser import Parser

RED = np.array((200, 30, 30), np.uint8)


def call(tool, *arguments):
    parser = Parser(tool.__name__, "")
    tool.add_arguments(parser)
    return tool.run(parser.parse_args([str(argument) for argument in arguments]))


def frame(shift=0):
    """A red box with a white corner on a green screen."""
    image = np.full((48, 64, 3), (15, 140, 45), np.uint8)
    image[16:34, 20 + shift : 42 + shift] = RED
    image[16:22, 20 + shift : 28 + shift] = 235
    return image


@pytest.fixture
def demos(tmp_path):
    folder = tmp_path / "demos"
    for name in ("one", "two"):
        with EpisodeWriter(folder / name, {"task": "key_lock", "success": True}) as writer:
            for index in range(4):
                stamp = 10**9 + index * 33_333_333
                image = frame(index)
                writer.write("/wrist_camera/image_raw", m.image_message(image, "rgb8", stamp, "wrist"), stamp)
                mask = np.where(image[..., 1] == 140, 0, 255).astype(np.uint8)
                writer.write("/sim/wrist_mask", m.image_message(mask, "mono8", stamp, "wrist"), stamp)
    return folder


@pytest.fixture
def points(tmp_path):
    """A key point file with its frame."""
    data = {"episode": "one", "width": 64, "height": 48, "negative": [[5, 5], [60, 40]],
            "objects": [{"name": "box", "points": [[24, 19], [38, 20], [24, 30], [38, 30]]}]}  # fmt: skip
    path = tmp_path / "points.yaml"
    save_reference(Reference(parse_annotation(data, "test"), frame()), path)
    return path


def test_points_are_installed_and_used(demos, points, capsys):
    assert call(annotate, "--demos", demos, "--points", points) == 0
    assert load_reference(demos / "annotation.yaml").annotation.episode == "one"
    assert "box 4 points" in capsys.readouterr().out
    assert call(masks, "--demos", demos, "--truth", "--processes", 1) == 0
    told = capsys.readouterr().out
    assert "2 demonstrations, 0 flagged" in told and "IoU with the truth: mean " in told and "one IoU" in told
    assert call(masks, "--demos", demos, "--processes", 1) == 0
    assert "2 of them were there" in capsys.readouterr().out


def test_points_without_a_picture_take_the_frame_they_name(demos, points):
    points.with_suffix(".png").unlink()
    assert call(annotate, "--demos", demos, "--points", points) == 0
    np.testing.assert_array_equal(load_reference(demos / "annotation.yaml").image, frame())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("episode: one", "episode: three"), "three is no episode"),
        (("frame: 0", "frame: 4"), "frame 4: it should be 0 to 3"),
        (("width: 64", "width: 63"), "the frame is 64 x 48, the annotation says 63 x 48"),
        (("[24, 19]", "[24, 99]"), "box: point [24, 99] should lie in the 64 x 48 frame"),
        (("name: box", "title: box"), "unknown key 'objects.0.title'"),
    ],
)
def test_points_that_cannot_be_used(demos, points, capsys, change, told):
    points.with_suffix(".png").unlink()
    text = points.read_text()
    assert change[0] in text
    points.write_text(text.replace(*change))
    assert call(annotate, "--demos", demos, "--points", points) == 2
    error = capsys.readouterr().err
    assert told in error and error.startswith("vital annotate: ")
    assert not (demos / "annotation.yaml").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--tracker", "magic"], "--tracker magic: it should be one of flow, "),
        (["--segmenter-model", "x"], "grabcut has no weights"),
        (["--correspondence-option", "treshold=0.4"], "unknown key 'treshold'; allowed here: threshold, patch, search"),
        (["--segmenter-option", "screen=maybe"], "--segmenter-option of grabcut: screen = 'maybe': it should be"),
        (["--tracker-option", "size"], "--tracker-option size: it should be KEY=VALUE"),
        (["--processes", "0"], "at least 1"),
        (["-n", "0"], "at least 1"),
        (["--points", "/nowhere/points.yaml"], "/nowhere/points.yaml: cannot be read"),
    ],
)
def test_arguments_that_cannot_be_used(demos, points, capsys, words, told):
    assert call(masks, "--demos", demos, "--points", points, *words) == 2
    assert told in capsys.readouterr().err


def test_a_folder_without_episodes_and_a_task_without_points(tmp_path, demos, capsys):
    assert call(masks, "--demos", tmp_path / "nothing") == 2
    assert "no successful episode in" in capsys.readouterr().err
    with EpisodeWriter(tmp_path / "new" / "a", {"task": "new_task", "success": True}) as writer:
        writer.write("/wrist_camera/image_raw", m.image_message(frame(), "rgb8", 10**9, "wrist"), 10**9)
    assert call(masks, "--demos", tmp_path / "new") == 2
    assert "no key points for new_task: make some with ./vital annotate" in capsys.readouterr().err


def test_a_bad_recording_is_exit_code_2_unless_it_may_be_skipped(demos, points, capsys):
    bag = next((demos / "two").glob("*.mcap"))
    bag.write_bytes(bag.read_bytes()[:100])
    words = ["--demos", demos, "--points", points, "--processes", 1]
    assert call(masks, *words) == 2
    out, err = capsys.readouterr()
    assert "1 demonstrations, 0 flagged" in out
    assert "vital masks: skipped:" in err and "two is damaged" in err
    assert call(masks, *words, "--skip-bad") == 0
    assert "two is damaged" in capsys.readouterr().err


def test_a_flagged_demonstration_is_named(demos, points, capsys):
    text = points.read_text()
    points.write_text(text.replace("[[24, 19], [38, 20], [24, 30], [38, 30]]", "[[24, 19], [38, 20]]"))
    image = np.full((48, 64, 3), (15, 140, 45), np.uint8)
    with EpisodeWriter(demos / "zero", {"task": "key_lock", "success": True}) as writer:
        writer.write("/wrist_camera/image_raw", m.image_message(image, "rgb8", 10**9, "wrist"), 10**9)
    assert call(masks, "--demos", demos, "--points", points, "--processes", 1) == 0
    told = capsys.readouterr().out
    assert "1 flagged" in told and "zero flagged: box: 0 of 2 points found in the first frame" in told


def test_a_page_that_nobody_uses_ends_with_ctrl_c(demos):
    """And saves nothing."""
    import signal

    command = [sys.executable, "-m", "vital_ros.cli.main", "annotate", "--demos", str(demos), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stdout.readline().startswith("key points of one, frame 0: http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in error
    assert not (demos / "annotation.yaml").exists()
