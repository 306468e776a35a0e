"""From a folder of recordings to masks, report and contact sheet."""

import json
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

from vital_ros.augmentation.folder import process_folder
from vital_ros.augmentation.masks import MaskError, load_masks, mask_file, read_masks
from vital_ros.augmentation.pipeline import Settings, Stages, follow, score
from vital_ros.bags import EpisodeError, EpisodeReader, EpisodeWriter
from vital_ros.bags import messages as m


@pytest.fixture
def settings(reference):
    return Settings(reference)


@pytest.fixture
def lost(scene):
    """A clip that cannot be tracked: the fixture is nowhere."""
    return scene.film(6, start=(-50, -50), end=(-50, -50))


def test_masks_of_two_demonstrations(write_demo, scene, settings):
    clips = {"a": scene.film(12), "b": scene.film(9, start=(50, 52), end=(42, 48))}
    for name, clip in clips.items():
        demos = write_demo(name, clip)
    seen = []
    done = process_folder(demos, settings, truth=True, on_episode=lambda name, result: seen.append(name))
    assert sorted(seen) == ["a", "b"] and not done.skipped
    for name, clip in clips.items():
        stamps = EpisodeReader(demos / name).images("/wrist_camera/image_raw").stamps_ns
        masks = load_masks(demos, name, stamps)
        assert score(masks > 127, clip.union).mean() > 0.9
    report = json.loads((demos / "masks" / "report.json").read_text())
    assert report["demonstrations"] == 2 and report["flagged"] == 0
    assert report["iou"]["mean"] > 0.9 and report["iou"]["worst"] <= report["iou"]["mean"]
    assert report["episodes"]["a"]["objects"]["fixture"]["of"] == 4
    assert report["backends"] == {"correspondence": "sift", "segmenter": "grabcut", "tracker": "flow"}
    assert cv2.imread(str(demos / "masks" / "contact_sheet.png")).shape[0] >= 128
    assert not list((demos / "masks").glob(".*"))


def test_what_is_there_is_kept_until_something_changes(write_demo, scene, settings, reference):
    demos = write_demo("a", scene.film(5))
    write_demo("b", scene.film(5))
    first = process_folder(demos, settings)
    facts = json.loads((demos / "masks" / "report.json").read_text())["episodes"]
    again = process_folder(demos, settings)
    assert [r.kept for r in first.results] == [False, False] and [r.kept for r in again.results] == [True, True]
    assert json.loads((demos / "masks" / "report.json").read_text())["episodes"] == facts
    fewer = replace(reference, annotation=reference.annotation.model_copy(update={"negative": ()}))
    settings = Settings(fewer)
    assert [r.kept for r in process_folder(demos, settings).results] == [False, False]
    write_again(demos, "b", scene.film(6), write_demo)
    assert [r.kept for r in process_folder(demos, settings).results] == [True, False]


def write_again(demos, name, clip, write_demo):
    shutil.rmtree(demos / name)
    write_demo(name, clip)


def test_a_damaged_file_is_made_anew_and_leftovers_go(write_demo, scene, settings):
    demos = write_demo("a", scene.film(5))
    process_folder(demos, settings)
    mask_file(demos, "a").write_bytes(b"rubbish")
    (demos / "masks" / ".b.npz.partial").write_bytes(b"half")
    mask_file(demos, "gone").write_bytes(b"of an episode that is no more")
    process_folder(demos, settings)
    assert read_masks(mask_file(demos, "a")).masks.any()
    assert sorted(path.name for path in (demos / "masks").iterdir()) == ["a.npz", "contact_sheet.png", "report.json"]


def test_a_demonstration_that_cannot_be_vouched_for_is_flagged(write_demo, scene, lost, settings):
    demos = write_demo("good", scene.film(6))
    write_demo("lost", lost)
    done = process_folder(demos, settings, truth=True)
    flagged = {result.name: result.flagged for result in done.results}
    assert flagged["good"] == "" and "points found in the first frame" in flagged["lost"]
    assert flagged["lost"].startswith("fixture: ") and "threshold 0.6" in flagged["lost"]
    assert not mask_file(demos, "lost").exists()
    with pytest.raises(MaskError, match="flagged: fixture") as refusal:
        load_masks(demos, "lost", np.array([10**9]))
    assert refusal.value.flagged
    assert done.report["flagged"] == 1 and "iou" not in done.report["episodes"]["lost"]


def test_masks_that_became_flagged_are_removed(write_demo, scene, lost, settings):
    demos = write_demo("a", scene.film(6))
    process_folder(demos, settings)
    assert mask_file(demos, "a").exists()
    write_again(demos, "a", lost, write_demo)
    process_folder(demos, settings)
    assert not mask_file(demos, "a").exists()


def test_recordings_that_cannot_be_used_are_named_and_the_others_done(write_demo, scene, settings):
    demos = write_demo("good", scene.film(5))
    write_demo("other", scene.film(5), task="plug_socket")
    write_demo("failed", scene.film(5), success=False)
    write_demo("torn", scene.film(5))
    bag = next((demos / "torn").glob("*.mcap"))
    bag.write_bytes(bag.read_bytes()[:200])
    write_demo("untrue", scene.film(5), truth=False)
    done = process_folder(demos, settings, truth=True)
    assert [result.name for result in done.results] == ["good"]
    assert set(done.skipped) == {"other", "torn", "untrue"}
    assert "is of task 'plug_socket', not 'key_lock'" in done.skipped["other"]
    assert "is damaged" in done.skipped["torn"]
    assert "has no /sim/wrist_mask" in done.skipped["untrue"]
    assert done.report["skipped"] == done.skipped


def test_a_folder_without_episodes(tmp_path, settings):
    with pytest.raises(EpisodeError, match="no successful episode in"):
        process_folder(tmp_path, settings)


def test_processes_beside_each_other_give_the_same_masks(write_demo, scene, settings):
    for name, start in (("a", (26, 52)), ("b", (50, 52))):
        demos = write_demo(name, scene.film(4, start=start))
    process_folder(demos, settings)
    alone = {name: read_masks(mask_file(demos, name)).masks for name in "ab"}
    for name in "ab":
        mask_file(demos, name).unlink()
    process_folder(demos, settings, processes=2)
    for name in "ab":
        np.testing.assert_array_equal(read_masks(mask_file(demos, name)).masks, alone[name])


class Exploding:
    """A tracker that goes wrong in the third frame."""

    def track(self, frames, first):
        for index in range(len(frames)):
            yield [mask if index < 2 else np.ones_like(mask) for mask in first]


def test_masks_end_where_the_track_is_lost(clip, settings):
    stages = Stages.make(settings)
    masks, flagged, facts = follow(clip.frames, settings.reference, replace(stages, tracker=Exploding()))
    assert flagged.startswith("frame 2: the masks cover 100%")
    assert len(masks) == 3 and facts["held"]["points"] >= 1


class Unsure:
    """A segmenter that doubts itself."""

    def segment(self, image, points, negative):
        from vital_ros.augmentation.interfaces import Segmentation

        return Segmentation(np.ones(image.shape[:2], bool), 0.2)


def test_a_doubtful_segmentation_is_not_used(clip, settings):
    stages = replace(Stages.make(settings), segmenter=Unsure())
    masks, flagged, _ = follow(clip.frames, settings.reference, stages)
    assert flagged == "fixture: segmentation confidence 0.20 in the first frame (threshold 0.5)"
    assert len(masks) == 0


def test_digest_follows_all_that_matters(settings, reference):
    others = [
        replace(settings, tracker="cutie"),
        replace(settings, models=("weights", None, None)),
        replace(settings, options={"correspondence": {"threshold": 0.4}}),
        replace(settings, reference=replace(reference, image=255 - reference.image)),
    ]
    assert len({s.digest() for s in [settings, *others]}) == 5
    assert settings.digest() == Settings(reference).digest()


def test_what_was_chosen_is_said_with_weights_and_options(reference):
    options = {"correspondence": {"timestep": 50, "ensemble": 2}, "segmenter": {"screen": False}}
    said = Settings(reference, "dift", models=("sd", None, None), options=options).backends()
    assert said["correspondence"] == "dift (sd, ensemble=2, timestep=50)"
    assert (said["segmenter"], said["tracker"]) == ("grabcut (screen=False)", "flow")


def test_options_reach_the_backends(reference):
    stages = Stages.make(Settings(reference, options={"correspondence": {"threshold": 0.4}}))
    assert stages.correspondence.threshold == 0.4


def test_a_killed_recording_and_one_without_a_task_are_named(write_demo, scene, settings):
    demos = write_demo("a", scene.film(5))
    write_demo("killed", scene.film(5))
    (demos / "killed" / "metadata.yaml").unlink()
    with EpisodeWriter(demos / "A", {"success": True}) as writer:
        for stamp, message in zip(*EpisodeReader(demos / "a").images("/wrist_camera/image_raw"), strict=True):
            writer.write("/wrist_camera/image_raw", message, int(stamp))
    done = process_folder(demos, settings)
    assert [result.name for result in done.results] == ["a"]
    assert "has no metadata.yaml" in done.skipped["killed"] and "names no task" in done.skipped["A"]


def test_a_frame_of_another_size_is_named(write_demo, scene, settings):
    demos = write_demo("a", scene.film(5))
    source = EpisodeReader(write_demo("b", scene.film(5)) / "b")
    with EpisodeWriter(demos / "c", source.metadata) as writer:
        for number, (stamp, message) in enumerate(zip(*source.images("/wrist_camera/image_raw"), strict=True)):
            image = m.image_array(message)[: 40 if number == 3 else None]
            writer.write("/wrist_camera/image_raw", m.image_message(image, "rgb8", int(stamp), "wrist"), int(stamp))
    done = process_folder(demos, settings)
    assert [result.name for result in done.results] == ["a", "b"] and str(demos / "c") in done.skipped["c"]


def test_a_partial_run_keeps_what_is_known_of_the_others(write_demo, scene, lost, settings, reference):
    demos = write_demo("a", scene.film(5))
    write_demo("lost", lost)
    process_folder(demos, settings)
    process_folder(demos, settings, count=1)
    stamps = EpisodeReader(demos / "lost").images("/wrist_camera/image_raw").stamps_ns
    with pytest.raises(MaskError, match="flagged: fixture"):
        load_masks(demos, "lost", stamps)


def test_masks_of_two_annotations_are_not_mixed(write_demo, scene, settings, reference):
    demos = write_demo("a", scene.film(5))
    write_demo("b", scene.film(5))
    process_folder(demos, settings)
    fewer = replace(reference, annotation=reference.annotation.model_copy(update={"negative": ()}))
    process_folder(demos, Settings(fewer), count=1)
    stamps = EpisodeReader(demos / "a").images("/wrist_camera/image_raw").stamps_ns
    assert load_masks(demos, "a", stamps).any()
    with pytest.raises(MaskError, match="made with other key points or backends"):
        load_masks(demos, "b", EpisodeReader(demos / "b").images("/wrist_camera/image_raw").stamps_ns)
