"""A bag whose bytes were damaged is read, or refused with an EpisodeError; nothing else, in bounded memory."""

import resource
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_ros.bags import EpisodeError, EpisodeReader, EpisodeWriter
from vital_ros.bags import messages as m
from vital_ros.bags.types import typestore
from vital_ros.geometry import Pose

from ..fuzzing import TIMEOUT, fuzzed

pytestmark = pytest.mark.timeout(TIMEOUT)
GROWTH = 200_000
"""kB by which reading a bag of a few kB may raise the peak of the process's memory."""


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("fuzz") / "episode"
    image = np.random.default_rng(0).integers(0, 256, (8, 10, 3), dtype=np.uint8)
    with EpisodeWriter(directory, {"task": "key_lock"}) as writer:
        for k in range(4):
            stamp = 10**9 * (k + 1)
            writer.write("/wrist_camera/image_raw", m.image_message(image, "rgb8", stamp, "wrist"), stamp)
            writer.write("/third/compressed", m.compressed_image_message(image, stamp, "wrist"), stamp)
            writer.write("/anyskin/tactile", m.tactile_message(np.ones((2, 15)), stamp), stamp)
            writer.write("/arm/state", m.arm_state_message(Pose(), 0.5, stamp), stamp)
    return directory


def read(directory: Path) -> int:
    """Everything that is in a bag: messages read, 0 if it was refused."""
    try:
        episode = EpisodeReader(directory)
        assert isinstance(episode.metadata, dict)
        count = sum(len(episode.stream(topic).messages) for topic in episode.topics)
        assert sum(1 for _ in episode.play(episode.topics)) == count
        return count
    except EpisodeError as caught:
        refusal = str(caught)
    assert str(directory) in refusal
    return 0


@fuzzed(60)
@given(st.data())
def test_damaged_bags(bag: Path, tmp_path: Path, data: st.DataObject) -> None:
    broken = tmp_path / "broken"
    shutil.rmtree(broken, ignore_errors=True)
    shutil.copytree(bag, broken)
    file = data.draw(st.sampled_from(sorted(broken.iterdir())))
    content = file.read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        junk, cut = data.draw(st.binary(max_size=12)), data.draw(st.sampled_from([0, 1, 4, 8, 200, len(content)]))
        content = content[:at] + junk + content[at + cut :]
    file.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read(broken)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"a",
        b"[]",
        b"\xff\xfe",
        b"!!python/object/apply:os.system ['false']",
        b"rosbag2_bagfile_information: 3",
        b"rosbag2_bagfile_information: {custom_data: 3}",
        b"rosbag2_bagfile_information: {custom_data: {task: '{'}}",
        b"rosbag2_bagfile_information: {custom_data: {task: 3}}",
        b"[" * 100_000,
    ],
)
def test_hostile_metadata(bag: Path, tmp_path: Path, metadata: bytes) -> None:
    shutil.copytree(bag, tmp_path / "broken")
    (tmp_path / "broken" / "metadata.yaml").write_bytes(metadata)
    assert read(tmp_path / "broken") == 0


@pytest.mark.parametrize("text", [b"\x05\0\0\0rgb8!", b"\xff\0\0\0rgb8\0", b"\xff\xff\xff\xffrgb8\0"])
def test_a_message_whose_text_is_damaged(tmp_path: Path, text: bytes) -> None:
    image = m.image_message(np.zeros((2, 2, 3), np.uint8), "rgb8", 1, "wrist")
    good = bytes(typestore().serialize_cdr(image, image.__msgtype__))
    bad = good.replace(b"\x05\0\0\0rgb8\0", text)
    assert bad != good
    with EpisodeWriter(tmp_path / "episode", {}) as writer:
        writer.write_raw("/image", image.__msgtype__, bad, 1)
    episode = EpisodeReader(tmp_path / "episode")
    with pytest.raises(EpisodeError, match="damaged: /image"):
        episode.stream("/image")
    with pytest.raises(EpisodeError, match="damaged"):
        list(episode.play(["/image"]))


def test_the_whole_bag_is_read(bag: Path) -> None:
    """Otherwise the reader could refuse everything."""
    assert read(bag) == 16
