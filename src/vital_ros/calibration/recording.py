"""Pictures, poses and CameraInfo of a calibration as a bag: read, and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vital_ros.bags.messages import (
    arm_state_message,
    camera_info_message,
    image_array,
    image_message,
    pose_of,
    stamp_ns,
)
from vital_ros.bags.reader import EpisodeReader
from vital_ros.bags.writer import EpisodeWriter
from vital_ros.calibration.collecting import Collector, HeldBoard
from vital_ros.calibration.lens import Lens
from vital_ros.calibration.result import Which
from vital_ros.config import CamerasConfig, ConfigError
from vital_ros.config.base import in_root
from vital_ros.geometry import Pose

IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
INFO, POSES = "sensor_msgs/msg/CameraInfo", "vital_msgs/msg/ArmState"


@dataclass(frozen=True)
class Topics:
    """Where a camera's material is; None where nobody asks for it."""

    pictures: str
    info: str | None = None
    poses: str | None = None


def topics_of(which: Which, cameras: CamerasConfig) -> Topics:
    if which == "wrist":
        return Topics("/wrist_camera/image_raw")
    color = f"{in_root(cameras.third.namespace)}/color"
    return Topics(f"{color}/image_raw", f"{color}/camera_info", "/arm/state")


def collect_from_bag(directory: Path, topics: Topics, collector: Collector, news: Callable[[], None]) -> None:
    """Hand what a bag holds to `collector`, pictures raw or compressed; `news` is called after each picture.

    Raises:
        EpisodeError: no bag, or a damaged one.
        ConfigError: a topic is missing, or what is on it cannot be used.
    """
    reader = EpisodeReader(directory)
    there = reader.topics
    compressed = f"{topics.pictures}/compressed"
    pictures = compressed if compressed in there else topics.pictures
    types = {pictures: COMPRESSED if pictures == compressed else IMAGE, topics.info: INFO, topics.poses: POSES}
    wanted = {topic: msgtype for topic, msgtype in types.items() if topic}
    if missing := [topic for topic in wanted if topic not in there]:
        raise ConfigError(
            f"{directory} has no {' and no '.join(missing)}; it has {', '.join(sorted(there)) or 'nothing'}"
        )
    for topic, msgtype in wanted.items():
        if there[topic] != msgtype:
            raise ConfigError(f"{directory}: {topic} is of type {there[topic]}; it should be {msgtype}")
    for topic, message in reader.play(wanted):
        try:
            if topic == pictures:
                collector.add_image(stamp_ns(message), image_array(message))
                news()
            elif topic == topics.info:
                lens = (message.width, message.height, message.k, message.d, message.distortion_model)
                collector.add_lens(Lens.from_camera_info(*lens))
            elif isinstance(collector, HeldBoard):
                collector.add_pose(stamp_ns(message), pose_of(message.pose))
        except ValueError as error:
            raise ConfigError(f"{directory}: {topic}: {error}") from None


def keep(directory: Path, topics: Topics, collector: Collector, poses: Sequence[tuple[int, Pose]]) -> None:
    """Write the pictures that the views rest on, with all poses, as a bag that gives the same views again."""
    written = [(stamp, topics.pictures, image_message(image, "rgb8", stamp, "")) for stamp, image in collector.pictures]
    if topics.poses:
        written += [(stamp, topics.poses, arm_state_message(pose, 0.0, stamp)) for stamp, pose in poses]
    if topics.info and collector.lens and written:
        lens, first = collector.lens, min(stamp for stamp, _, _ in written)
        info = camera_info_message(lens.width, lens.height, lens.matrix, lens.d, lens.model, first, "")
        written.append((first, topics.info, info))
    if not collector.pictures:
        return
    with EpisodeWriter(directory, {"calibration": True}) as bag:
        for stamp, topic, message in sorted(written, key=lambda entry: entry[0]):
            bag.write(topic, message, stamp)
