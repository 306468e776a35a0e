"""Poses, frames and cameras, free of ROS."""

from vital_ros.geometry.pose import Pose

__all__ = ["Pose"]
