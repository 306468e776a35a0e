"""Episodes: rosbag2 MCAP directories, read and written without ROS."""

from vital_ros.bags.reader import EpisodeError, EpisodeReader, Stream
from vital_ros.bags.writer import EpisodeWriter

__all__ = ["EpisodeError", "EpisodeReader", "EpisodeWriter", "Stream"]
