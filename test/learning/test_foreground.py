"""Whose masks tell the background."""

import json

import numpy as np
import pytest

from vital_ros.augmentation.masks import EpisodeMasks, bag_digest, mask_file, save_masks
from vital_ros.bags import EpisodeError, EpisodeReader
from vital_ros.learning.dataset import BadEpisodes, Demonstrations


def annotate(demos, name):
    """Masks of the pipeline: all of the frame but its lower half."""
    stamps = EpisodeReader(demos / name).images("/wrist_camera/image_raw").stamps_ns
    masks = np.zeros((len(stamps), 32, 40), bool)
    masks[:, :16] = True
    save_masks(mask_file(demos, name), EpisodeMasks(stamps, masks, bag_digest(demos / name), "settings"))


def test_the_simulator_s_masks_belong_to_their_frames(write_episode, spec):
    samples = Demonstrations.load(write_episode("a"), "key_lock", spec, masks="truth").samples
    frame = samples.images[:, 0, 0, 0].astype(int)
    inside = (samples.alpha[:, 16] > 0).sum(axis=1)
    wide = frame % 32 > 3
    np.testing.assert_array_equal(inside[wide], (frame % 32)[wide])
    assert samples.alpha[frame == 30, 16, :20].min() == 255, "solid inside"
    assert 0 < samples.alpha[frame == 20, 16, 19].item() < 255, "with a soft outline"


def test_the_pipeline_s_masks_are_read_and_hashed(write_episode, spec):
    demos = write_episode("a")
    annotate(demos, "a")
    read = Demonstrations.load(demos, "key_lock", spec, masks="pipeline")
    assert read.samples.alpha[:, :14].min() == 255 and read.samples.alpha[:, 17:].max() == 0
    assert read.masks == "pipeline"
    assert read.sha256 != Demonstrations.load(demos, "key_lock", spec, masks="truth").sha256
    none = Demonstrations.load(demos, "key_lock", spec)
    assert none.samples.alpha.shape == (45, 0, 0)


def test_flagged_episodes_are_left_out_and_missing_masks_refused(write_episode, spec):
    write_episode("a")
    demos = write_episode("b")
    with pytest.raises(EpisodeError, match="demos has no masks: ./vital masks --demos "):
        Demonstrations.load(demos, "key_lock", spec, masks="pipeline")
    annotate(demos, "a")
    with pytest.raises(BadEpisodes) as error:
        Demonstrations.load(demos, "key_lock", spec, masks="pipeline")
    assert "b.npz is missing" in error.value.problems[0]
    annotate(demos, "b")
    report = {"episodes": {"a": {"flagged": ""}, "b": {"flagged": "held: lost at frame 7"}}}
    (demos / "masks" / "report.json").write_text(json.dumps(report))
    read = Demonstrations.load(demos, "key_lock", spec, masks="pipeline")
    assert read.names == ["a"]
    assert "lost at frame 7" in read.left_out["b"]
