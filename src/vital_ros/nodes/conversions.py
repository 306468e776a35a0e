"""Between the project's plain types and ROS messages: poses and stamps."""

from __future__ import annotations

from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import Pose as PoseMsg
from std_msgs.msg import Header

from vital_ros.geometry import Pose


def pose_from_msg(msg: PoseMsg) -> Pose:
    """geometry_msgs/Pose to Pose; ValueError for non-finite numbers or a zero quaternion."""
    p, q = msg.position, msg.orientation
    return Pose((p.x, p.y, p.z), (q.x, q.y, q.z, q.w))


def pose_to_msg(pose: Pose) -> PoseMsg:
    msg = PoseMsg()
    msg.position.x, msg.position.y, msg.position.z = pose.position.tolist()
    o = msg.orientation
    o.x, o.y, o.z, o.w = pose.quaternion.tolist()
    return msg


def seconds(stamp: TimeMsg) -> float:
    """A stamp in seconds (double: 0.24 microseconds of resolution on today's epoch)."""
    return stamp.sec + stamp.nanosec * 1e-9


def nanoseconds(stamp: TimeMsg) -> int:
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def stamp_from_nanoseconds(ns: int) -> TimeMsg:
    sec, nanosec = divmod(int(ns), 1_000_000_000)
    return TimeMsg(sec=sec, nanosec=nanosec)


def stamp_from_seconds(t: float) -> TimeMsg:
    return stamp_from_nanoseconds(round(t * 1e9))


def header(stamp: TimeMsg, frame_id: str) -> Header:
    return Header(stamp=stamp, frame_id=frame_id)
