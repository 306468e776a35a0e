"""What of a robot's graph is recorded, and how it is listened to."""

from __future__ import annotations

from geometry_msgs.msg import PoseStamped
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image
from vital_msgs.msg import ArmState, ArmStatus, Chunk, EpisodeLabel, ExecutorStatus, Setpoint, Tactile, Transition

from vital_ros.nodes.lifecycle import LATCHED

TOPICS: dict[str, tuple[type, str]] = {
    "/wrist_camera/image_raw": (Image, "sensor_msgs/msg/Image"),
    "/wrist_camera/camera_info": (CameraInfo, "sensor_msgs/msg/CameraInfo"),
    "/anyskin/tactile": (Tactile, "vital_msgs/msg/Tactile"),
    "/anyskin/baseline": (Tactile, "vital_msgs/msg/Tactile"),
    "/arm/state": (ArmState, "vital_msgs/msg/ArmState"),
    "/arm/setpoint": (Setpoint, "vital_msgs/msg/Setpoint"),
    "/arm/command": (PoseStamped, "geometry_msgs/msg/PoseStamped"),
    "/arm/status": (ArmStatus, "vital_msgs/msg/ArmStatus"),
    "/localizer/color": (Image, "sensor_msgs/msg/Image"),
    "/localizer/depth": (Image, "sensor_msgs/msg/Image"),
    "/localizer/camera_info": (CameraInfo, "sensor_msgs/msg/CameraInfo"),
    "/policy/target": (PoseStamped, "geometry_msgs/msg/PoseStamped"),
    "/policy/status": (ExecutorStatus, "vital_msgs/msg/ExecutorStatus"),
    "/policy/chunk": (Chunk, "vital_msgs/msg/Chunk"),
    "/policy/transition": (Transition, "vital_msgs/msg/Transition"),
    "/episode/label": (EpisodeLabel, "vital_msgs/msg/EpisodeLabel"),
}
"""As a bag names them; in the graph they are below the robot's namespace."""
TRUTH = {"/sim/wrist_mask": (Image, "sensor_msgs/msg/Image")}
"""What a simulated demonstration carries beside that."""
FRAMES = ("/wrist_camera/image_raw", "/sim/wrist_mask")
"""A frame without its mask, or a mask without its frame, is of no use."""
LATCHED_TOPICS = (
    *("/anyskin/baseline", "/policy/target", "/policy/status", "/arm/status"),
    *("/localizer/color", "/localizer/depth", "/localizer/camera_info"),
)
SEEN_FIRST = ("/wrist_camera/image_raw", "/anyskin/tactile", "/arm/state")
"""What the first tick of a policy sees may have come just before the episode was announced."""
OPENING = ("/wrist_camera/camera_info", *LATCHED_TOPICS)
"""Their newest message opens every episode."""

_QUEUE = QoSProfile(depth=100)
_STATUS = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""Nothing that was published may be missing from a bag."""


def qos_of(topic: str) -> QoSProfile:
    """How a topic of TOPICS or TRUTH is listened to."""
    if topic in ("/policy/status", "/arm/status"):
        return _STATUS
    return LATCHED if topic in LATCHED_TOPICS else _QUEUE
