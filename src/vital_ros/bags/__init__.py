"""Episodes: rosbag2 MCAP directories, read and written without ROS."""

from vital_ros.bags.reader import EpisodeError, EpisodeReader, Stream, episode_directories
from vital_ros.bags.writer import EpisodeWriter

__all__ = ["EpisodeError", "EpisodeReader", "EpisodeWriter", "Stream", "episode_directories"]
