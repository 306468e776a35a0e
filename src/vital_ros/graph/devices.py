"""What stands below the product nodes: the simulated cell or the real drivers; and the view of both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from vital_ros.config import Config
from vital_ros.graph.node_spec import NodeSpec

DOMAINS = 233
"""ROS has the domains 0 to 232."""


def viewer(arguments: Mapping[str, Any], wrist: str = "") -> NodeSpec:
    """The live view; `wrist`: a camera where no node publishes it."""
    names = ("config_dir", "task")
    return NodeSpec(
        "viewer", {name: str(arguments[name]) for name in names} | {"port": view_port(arguments), "wrist": wrist}
    )


def view_port(arguments: Mapping[str, Any]) -> int:
    """Of the live view: one for each ROS domain, and for each robot of one learner."""
    robots = arguments.get("robots", "").split(",")
    number = robots.index(arguments["namespace"]) if len(robots) > 1 else 0
    return 8642 + int(os.environ.get("ROS_DOMAIN_ID", "0")) + DOMAINS * number


def device_directory(namespace: str = "") -> Path:
    """Where a simulated cell of this ROS domain puts its serial port and camera socket; one deployment a namespace.

    A short path of its own, since the name of a Unix socket may not exceed 107 bytes.
    """
    robot = f"_{namespace}" if namespace else ""
    return Path(gettempdir()) / f"vital_ros_{os.environ.get('ROS_DOMAIN_ID', '0')}{robot}"


def sim_cell(arguments: Mapping[str, Any]) -> NodeSpec:
    """The simulated cell alone: the graph of `sim`, and the devices of a simulated deployment."""
    return NodeSpec(
        "sim_cell",
        {
            "config_dir": str(arguments["config_dir"]),
            "task": arguments["task"],
            "seed": arguments["seed"],
            "scene": str(arguments["scene"]),
            "expert": arguments.get("operator") == "expert",
            "device_dir": str(device_directory(arguments.get("namespace", ""))),
            "real_time_factor": arguments["real_time_factor"],
        },
    )


def real_drivers(arguments: Mapping[str, Any], config: Config) -> list[NodeSpec]:
    """xarm_ros2's driver with the services the gate needs switched on, and realsense2_camera with aligned depth.

    Source: xarm_api/config/xarm_params.yaml (services are off by default; report_type dev gives 100 Hz),
    realsense-ros launch/rs_launch.py.
    """
    services = (
        "set_servo_cartesian_aa",
        "set_collision_sensitivity",
        "set_tcp_load",
        "set_gripper_enable",
        "set_gripper_mode",
        "set_gripper_speed",
        "set_gripper_position",
        "get_gripper_position",
    )
    driver = NodeSpec(
        "xarm_driver_node",
        {"robot_ip": arguments["robot_ip"], "report_type": "dev", "dof": 7, "add_gripper": True, "hw_ns": "xarm"}
        | {f"services.{name}": True for name in services},
        package="xarm_api",
        name="ufactory_driver",
    )
    camera = NodeSpec(
        "realsense2_camera_node",
        {
            "enable_sync": True,
            "align_depth.enable": True,
            "rgb_camera.color_profile": "640,480,15",
            "camera_name": "camera",
        },
        package="realsense2_camera",
        name="camera",
        namespace="camera",
    )
    return [driver, camera]
