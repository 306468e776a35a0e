"""The ROS graph that runs on this domain, if any: who is there, how fast its streams come, what the driver offers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vital_ros.doctor.finding import Concern, Level

OURS = (
    *("anyskin", "arm_gate", "arm_gate_xarm_link", "localize", "localizer", "policy_executor", "residual_learner"),
    *("sim_cell", "supervisor", "teleop", "viewer", "wrist_camera"),
    *("ufactory_driver", "ufactory_driver_servo", "camera"),
)
"""Nodes of one deployment, its drivers among them."""
NEEDED = ("motion_enable", "set_mode", "set_state", "clean_error", "clean_warn")
"""Services of the driver without which the gate does not start, beside the backend's motion service."""
NOBODY = "not checked: no graph runs on this ROS_DOMAIN_ID"
PROBE = """
import json, sys, time
import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo
from vital_msgs.msg import ArmStatus, Tactile
from xarm_msgs.msg import RobotMsg
namespace, seconds = sys.argv[1], float(sys.argv[2])
kinds = {"/wrist_camera/camera_info": CameraInfo, "/anyskin/tactile": Tactile, namespace + "/robot_states": RobotMsg}
rclpy.init()
node = rclpy.create_node("doctor", start_parameter_services=False)
counts, arm = dict.fromkeys(kinds, 0), {}
def count(topic):
    def add(_):
        counts[topic] += 1
    return add
def on_status(m):
    arm.update(state=m.state, reason=m.reason, mode=m.driver_mode, error=m.driver_error)
for topic, kind in kinds.items():
    node.create_subscription(kind, topic, count(topic), qos_profile_sensor_data, raw=True)
latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
node.create_subscription(ArmStatus, "/arm/status", on_status, latched)
def spin(span):
    end = time.monotonic() + span
    while time.monotonic() < end:
        rclpy.spin_once(node, timeout_sec=0.1)
spin(seconds / 2)  # to be discovered
counts.update(dict.fromkeys(counts, 0))
spin(seconds)
nodes = [name for name, _ in node.get_node_names_and_namespaces() if name != "doctor" and name[0] != "_"]
services = [name for name, _ in node.get_service_names_and_types()]
print(json.dumps({"nodes": nodes, "services": services, "arm": arm,
    "rates": {topic: n / seconds for topic, n in counts.items()}}))
rclpy.shutdown()
"""


@dataclass(frozen=True)
class Snapshot:
    """What was seen of the graph.

    Attributes:
        nodes: names, one entry for each node.
        services: full names.
        rates: Hz by topic.
        arm: of /arm/status: `state`, `reason`, `mode`, `error`; empty where nothing publishes it.
    """

    nodes: Sequence[str]
    services: Sequence[str]
    rates: Mapping[str, float]
    arm: Mapping[str, int | str]


def look_around(namespace: str, seconds: float = 2.0) -> Snapshot:
    """Listen to the graph from a process of its own, `namespace` being the driver's; raise RuntimeError."""
    command = [sys.executable, "-c", PROBE, namespace, str(seconds)]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=30 + 3 * seconds)
    except subprocess.TimeoutExpired:
        raise RuntimeError("the graph could not be listened to: no answer") from None
    if found.returncode:
        raise RuntimeError(
            f"the graph could not be listened to: {(found.stderr.strip() or 'no reason').splitlines()[-1]}"
        )
    return Snapshot(**json.loads(found.stdout.strip().splitlines()[-1]))


def domain(seen: Snapshot, number: str) -> str:
    """Nobody but one deployment of this project is on the domain."""
    remedy = "end the other one, or set another ROS_DOMAIN_ID"
    twice = sorted(name for name, count in Counter(seen.nodes).items() if count > 1)
    if twice:
        raise Concern(f"on domain {number} run several {', '.join(twice)}", remedy, Level.FAIL)
    foreign = sorted(set(seen.nodes) - set(OURS))
    if foreign:
        raise Concern(f"on domain {number} are others, too: {', '.join(foreign)}", remedy)
    return f"domain {number}: " + (", ".join(sorted(seen.nodes)) or "free")


def rates(seen: Snapshot, wanted: Mapping[str, float]) -> str:
    """Every stream comes with its least rate, Hz by topic."""
    if "arm_gate" not in seen.nodes:
        raise Concern(NOBODY, "start ./vital deploy, then look again")
    slow = [
        f"{topic} {seen.rates.get(topic, 0.0):.0f} Hz" for topic, r in wanted.items() if seen.rates.get(topic, 0) < r
    ]
    if slow:
        least = ", ".join(f"{rate:.0f}" for rate in wanted.values())
        raise Concern(f"too slow: {', '.join(slow)}", f"needed are {least} Hz: see the nodes' logs", Level.FAIL)
    return ", ".join(f"{topic} {seen.rates[topic]:.0f} Hz" for topic in wanted)


def driver_services(seen: Snapshot, namespace: str, motion: str) -> str:
    """The driver offers what the gate calls."""
    if not any(name.startswith(f"{namespace}/") for name in seen.services):
        raise Concern("not checked: no xArm driver runs on this ROS_DOMAIN_ID", "start ./vital deploy, then look again")
    lacking = [name for name in (*NEEDED, motion) if f"{namespace}/{name}" not in seen.services]
    if lacking:
        switches = ", ".join(f"services.{name}" for name in lacking)
        raise Concern(f"the driver lacks {', '.join(lacking)}", f"set {switches} true for it", Level.FAIL)
    return f"all {len(NEEDED) + 1} services the gate needs"


def arm(seen: Snapshot, mode: int) -> str:
    """The arm is not stopped and in the backend's mode."""
    status = seen.arm
    if not status:
        raise Concern(NOBODY, "start ./vital deploy, then look again")
    if status["error"]:
        raise Concern(f"the arm reports error {status['error']}", "see to its cause, call /arm/recover", Level.FAIL)
    if status["state"] == 4:
        raise Concern(f"the arm is stopped: {status['reason']}", "see to its cause, call /arm/recover", Level.FAIL)
    if status["state"] == 0:
        raise Concern("not checked: the gate is not active")
    if status["mode"] != mode:
        raise Concern(f"the arm is in mode {status['mode']}, the backend commands in {mode}", "", Level.FAIL)
    return f"ready in mode {mode}"
