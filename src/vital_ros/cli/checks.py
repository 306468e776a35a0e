"""What `./vital doctor` looks at. A check returns what it found; a failure is an exception "what is; what to do"."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from vital_ros.arm.backends import BACKENDS
from vital_ros.cli.bootstrap import system
from vital_ros.config import Config, ConfigError, load_config
from vital_ros.config.base import in_root
from vital_ros.config.loader import share_directory
from vital_ros.doctor import calibration, graph, machine
from vital_ros.doctor.finding import Concern, Finding, Level, examine

ROS_CHECK = """
import rclpy
from control_msgs.action import GripperCommand
from tf2_msgs.msg import TFMessage
from vital_msgs.action import ExecuteTask
from xarm_msgs.srv import MoveCartesian
rclpy.init()
node = rclpy.create_node("doctor")
node.create_publisher(TFMessage, "doctor", 1)
print(rclpy.get_rmw_implementation_identifier())
rclpy.shutdown()
"""
LIBRARIES = ("numpy", "scipy", "torch", "mujoco", "opencv-python-headless", "rosbags", "pydantic")


class Absent(Concern):
    """Not there, and not needed by everybody; the message says by whom."""

    def __init__(self, message: str):
        found, _, remedy = message.partition("; ")
        super().__init__(found, remedy)


def findings() -> Iterator[Finding]:
    """From the machine up to the graph of a running cell."""
    yield examine("python", _python)
    yield examine("cores", lambda: machine.cores(len(os.sched_getaffinity(0))))
    yield examine("memory", lambda: machine.memory(Path("/proc/meminfo").read_text()))
    yield examine("disk", lambda: machine.disk(shutil.disk_usage(".").free, os.getcwd()))
    yield examine("system libraries", _system)
    yield examine("libraries", _libraries)
    yield examine("ROS", _ros)
    yield examine("launch files", _launch)
    yield examine("rendering", _rendering)
    yield examine("robot meshes", _meshes)
    try:
        config = load_config()
    except ConfigError as error:  # the rest of the checks needs the configuration
        yield Finding("configuration", Level.FAIL, str(error))
        return
    yield examine("configuration", lambda: _configuration(config))
    for weights in _weights():
        yield examine(f"policy {weights.parent.name}/{weights.stem}", partial(_policy, weights, config))
    yield examine("wrist camera", lambda: _device(config.cameras.wrist.device, "video"))
    for name, camera in (("third", config.cameras.third), ("wrist", config.cameras.wrist)):
        yield examine(f"calibration of {name}", partial(calibration.age, name, camera.calibrated, date.today()))
    yield examine("AnySkin", lambda: _device(config.robot.tactile.port, "dialout"))
    yield examine("xArm driver", lambda: _ros_package("xarm_api", "xarm_ros2"))
    yield examine("RealSense driver", lambda: _ros_package("realsense2_camera", "realsense-ros"))
    yield from _graph(config)


def _graph(config: Config) -> Iterator[Finding]:
    robot, namespace = config.robot, in_root(config.robot.arm.namespace)
    try:
        seen = graph.look_around(namespace)
    except (RuntimeError, ValueError) as error:
        yield Finding("graph", Level.WARN, f"not checked: {error}")
        return
    backend = BACKENDS[robot.arm.backend]
    wanted = {
        "/wrist_camera/camera_info": 0.8 * config.cameras.wrist.fps,
        "/anyskin/tactile": 50.0,
        f"{namespace}/robot_states": 50.0,
    }
    yield examine("ROS domain", lambda: graph.domain(seen, os.environ.get("ROS_DOMAIN_ID", "0")))
    yield examine("streams", lambda: graph.rates(seen, wanted))
    yield examine("driver's services", lambda: graph.driver_services(seen, namespace, backend.service))
    yield examine("arm", lambda: graph.arm(seen, backend.mode))


def _python() -> str:
    return platform.python_version()


def _system() -> str:
    lacking = system.missing()
    if lacking:
        packages = " ".join(package for needed in lacking.values() for package in needed)
        raise RuntimeError(f"missing: {' and '.join(lacking)}; sudo apt-get install {packages}")
    return "g++, Python headers, EGL"


def _libraries() -> str:
    try:
        return ", ".join(f"{name.removesuffix('-python-headless')} {version(name)}" for name in LIBRARIES)
    except PackageNotFoundError as error:
        raise RuntimeError(
            f"{error.name} is not installed; pip install -r requirements.txt -c constraints.txt"
        ) from None


def _ros() -> str:
    found = subprocess.run([sys.executable, "-c", ROS_CHECK], capture_output=True, text=True, timeout=60)
    if found.returncode:
        raise RuntimeError(f"{found.stderr.strip().splitlines()[-1]}; delete .vital/stamps and start ./vital again")
    return f"{os.environ.get('ROS_DISTRO', 'kilted, from wheels')}, {found.stdout.strip()}, all interfaces"


def _launch() -> str:
    try:
        return f"launch_ros {version('launch-ros')}"
    except PackageNotFoundError:
        raise Absent("./vital starts the nodes itself; only `ros2 launch` needs it") from None


def _rendering() -> str:
    from vital_ros.sim.offscreen import probe

    probe()
    return "MuJoCo draws with EGL"


def _meshes() -> str:
    from vital_ros.sim.xarm7 import mesh_directory

    if mesh_directory() is None:
        raise Absent("capsules stand in for the robot's meshes; pip install --no-deps -r requirements-assets.txt")
    return f"gym-xarm {version('gym-xarm')}"


def _configuration(config: Config) -> str:
    tasks = [config.task(name).name for name in config.names("tasks")]
    policies = [config.policy(name).name for name in config.names("policies")]
    return f"{config.directory}: tasks {', '.join(tasks)}; policies {', '.join(policies)}"


def _weights() -> list[Path]:
    try:
        return sorted(share_directory("models").glob("*/*.safetensors"))
    except ConfigError:  # no models directory: nothing has been trained yet
        return []


def _policy(weights: Path, config: Config) -> str:
    from vital_ros.policy import load_policy
    from vital_ros.policy.contract import observation_contract

    policy = load_policy(weights, expected=observation_contract(config))
    parameters = sum(p.numel() for p in policy.network.parameters())
    said = f"{parameters:,} parameters, trained for {policy.card.task}"
    return f"{said}, and the residual on top of it" if policy.correction else said


def _device(path: str, group: str) -> str:
    device = Path(f"/dev/video{path}" if re.fullmatch(r"\d+", path) else path)
    if not device.exists():
        raise Absent(f"{device} does not exist; only a real cell needs it")
    if not os.access(device, os.R_OK | os.W_OK):
        raise RuntimeError(f"{device} may not be opened; sudo usermod -aG {group} $USER, then log in again")
    return str(device)


def _ros_package(name: str, project: str) -> str:
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    for prefix in filter(None, prefixes):
        if (Path(prefix) / "share" / name / "package.xml").is_file():
            return prefix
    raise Absent(f"package {name} of {project} is not installed; only a real cell needs it")
