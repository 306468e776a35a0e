"""Which nodes a deployment consists of: listed once, turned into launch actions by launch/*.launch.py and into
processes by `./vital` where `launch` is not installed."""

from vital_ros.graph.arguments import ArgumentError, LaunchArgument
from vital_ros.graph.deployments import deployment, learning, recording, simulation
from vital_ros.graph.devices import device_directory, view_port
from vital_ros.graph.launches import LAUNCHES, REPLAY, parse_arguments
from vital_ros.graph.node_spec import NodeSpec

__all__ = [
    "LAUNCHES",
    "REPLAY",
    "ArgumentError",
    "LaunchArgument",
    "NodeSpec",
    "deployment",
    "device_directory",
    "learning",
    "parse_arguments",
    "recording",
    "simulation",
    "view_port",
]
