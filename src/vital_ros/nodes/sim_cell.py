"""Node sim_cell: the simulated cell behind the drivers' own interfaces, and its judge.

It stands in for the xArm driver, realsense2_camera, AnySkin's serial port and the wrist camera. Like a driver it is up
as soon as it runs; its service /sim/reset appears last.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from pathlib import Path
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Float64
from std_srvs.srv import SetBool
from vital_msgs.msg import EpisodeLabel, ExecutorStatus
from vital_msgs.srv import ResetCell
from xarm_msgs.srv import SetInt16

from vital_ros.config import ConfigError, load_config, share_directory
from vital_ros.nodes.conversions import pose_to_msg, stamp_from_seconds
from vital_ros.nodes.lifecycle import LATCHED, SENSOR, NodeError, Param, ProductNode, run
from vital_ros.nodes.sim_arm import SimArm
from vital_ros.nodes.sim_cameras import SimCameras
from vital_ros.nodes.sim_expert import SimExpert
from vital_ros.sim import Cell, RenderError
from vital_ros.sim.devices import AnySkinBoard, Moment, Photographer, Plant
from vital_ros.sim.scenes import Scene, check_scene, load_scene

FORCE_EVERY = 5
"""Reports between two messages of the contact force: 20 Hz."""
TOO_SLOW = 1.0
"""s of lost simulation between two warnings."""


class SimCell(ProductNode):
    """Starts everything in its constructor; raises NodeError when it cannot."""

    NAME = "sim_cell"
    PARAMETERS = (
        Param("task", "", "task whose fixture and part stand in the cell"),
        Param("seed", 0, "of the first episode", 0, 2**62),
        Param("device_dir", "", "directory for the links to the serial port and the camera socket"),
        Param("real_time_factor", 1.0, "speed; other than 1 the cell publishes /clock", 0.05, 20.0),
        Param("scene", "", "YAML file of a scene; empty: the demonstrations' green screen"),
        Param("expert", False, "the expert plays the person who teleoperates, on /arm/teleop"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.config = load_config(self.param("config_dir"))
        with contextlib.ExitStack() as stack:
            self._build(stack)
            self._running = stack.pop_all()

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._running.close()
        return super().on_shutdown(state)

    def _build(self, stack: contextlib.ExitStack) -> None:
        """Start everything; what is started is ended by `stack`, last first."""
        cameras, factor = self.config.cameras, self.param("real_time_factor")
        devices = self._claim(self.param("device_dir"), stack)
        cell = Cell(self.param("task"), self.config, self.param("seed"), scene=self._scene())
        cell.judge.in_play = False
        board = stack.enter_context(contextlib.closing(AnySkinBoard(devices / "anyskin")))
        self._plant = Plant(cell, board, factor, self._on_tick, self._on_report)
        self._episode, self._judged = "", ""
        self._force, self._reports, self._warned = 0.0, 0, 0.0
        self._clock_message = Clock()
        self._clock_publisher = self.create_publisher(Clock, "/clock", 1) if factor != 1.0 else None
        self._expert = SimExpert(self, cell) if self.param("expert") else None
        self._labels = self.create_publisher(EpisodeLabel, "episode/label", 10)
        self._forces = self.create_publisher(Float64, "sim/contact_force", 10)
        self._targets = self.create_publisher(PoseStamped, "sim/target_pose", LATCHED)
        self.create_subscription(ExecutorStatus, "policy/status", self._on_status, SENSOR)
        viewer = SimCameras(self.get_namespace(), devices / "wrist_camera.sock", cameras.third, self._time_of)
        stack.callback(viewer.close)
        self._arm = stack.enter_context(contextlib.closing(SimArm(self._plant.driver, self.config.robot.arm.namespace)))
        try:
            self._photographer = Photographer(self._plant, viewer, (cameras.wrist.fps, cameras.third.fps))
        except RenderError as error:
            raise NodeError(str(error)) from None
        stack.callback(self._photographer.join)
        stack.callback(self._plant.close)
        self._arm.start()
        self._plant.start()
        self._photographer.start()
        self._publish_target()
        self.create_service(SetInt16, "sim/inject_error", self._inject_error)
        self.create_service(SetBool, "sim/emergency_stop", self._emergency_stop)
        self.create_service(SetBool, "sim/freeze_arm", self._freeze_arm)
        self.create_service(ResetCell, "sim/reset", self._reset)
        self.create_timer(0.5, self._check)

    def _scene(self) -> Scene:
        """Raise ConfigError."""
        path = self.param("scene")
        scene = load_scene(Path(path)) if path else Scene()
        check_scene(scene, self.param("task"), self.config, path or "the default scene")
        return scene

    def _claim(self, directory: str, stack: contextlib.ExitStack) -> Path:
        """Make the device directory ours; raise NodeError."""
        if not directory:
            raise NodeError("parameter 'device_dir' is missing: a directory for the simulated devices")
        devices = Path(directory)
        try:
            devices.mkdir(parents=True, exist_ok=True)
            lock = os.open(devices / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
            stack.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NodeError(f"another simulated cell uses '{directory}'; end it or set another ROS_DOMAIN_ID") from None
        except OSError as error:
            raise NodeError(f"device directory '{directory}' cannot be used: {error.strerror}") from None
        stack.callback(_remove, devices)
        return devices

    # --- in the plant's thread ---

    def _stamp(self) -> Time:
        return stamp_from_seconds(self._plant.time) if self._clock_publisher else self.get_clock().now().to_msg()

    def _time_of(self, moment: Moment) -> float:
        """In the graph, s; the same moment has the same time wherever it is asked for."""
        return moment.simulated if self._clock_publisher else moment.wall

    def _on_tick(self, simulated: float) -> None:
        self._force = max(self._force, self._plant.cell.contact_force())
        if self._clock_publisher is not None:
            self._clock_message.clock = stamp_from_seconds(simulated)
            self._clock_publisher.publish(self._clock_message)
        if self._expert and self._episode:
            self._expert.tick(self._episode, simulated, self._stamp())

    def _on_report(self) -> None:
        self._arm.report(self._stamp())
        self._judge()
        self._reports += 1
        if self._reports % FORCE_EVERY == 0:
            self._forces.publish(Float64(data=self._force))
            self._force = 0.0

    def _judge(self) -> None:
        verdict = self._plant.cell.verdict()
        episode = self._episode
        if verdict.success is None or not episode or episode == self._judged:
            return
        self._judged = episode
        label = EpisodeLabel(episode_id=episode, source=EpisodeLabel.JUDGE, success=verdict.success)
        label.reason = verdict.reason
        label.header.stamp = self._stamp()
        self._labels.publish(label)

    # --- in the executor's thread ---

    def _on_status(self, status: ExecutorStatus) -> None:
        self._episode = status.episode_id if status.phase == ExecutorStatus.LOCAL_POLICY else ""
        self._plant.cell.judge.in_play = bool(self._episode)

    def _reset(self, request: ResetCell.Request, response: ResetCell.Response) -> ResetCell.Response:
        if request.seed < 0:
            response.message = f"seed = {request.seed}: it should be at least 0"
            return response
        response.arm_stopped = self._plant.reset(request.seed)
        self._publish_target()
        response.success = True
        home = "the arm was put home and has stopped: call /arm/recover"
        response.message = home if response.arm_stopped else "the arm stays"
        return response

    def _publish_target(self) -> None:
        target = PoseStamped(pose=pose_to_msg(self._plant.cell.target_pose()))
        target.header.frame_id = "link_base"
        target.header.stamp = self._stamp()
        self._targets.publish(target)

    def _inject_error(self, request: SetInt16.Request, response: SetInt16.Response) -> SetInt16.Response:
        self._plant.driver.fail(request.data)
        return response

    def _emergency_stop(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._plant.driver.emergency_stop(request.data)
        response.success = True
        return response

    def _freeze_arm(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._arm.frozen = request.data
        response.success = True
        return response

    def _check(self) -> None:
        failure: Any = self._plant.failure or self._photographer.failure
        if failure is not None:
            raise failure
        lost = self._plant.dropped - self._warned
        if lost > TOO_SLOW:
            self._warned = self._plant.dropped
            self.get_logger().warning(
                f"this machine is too slow: the cell has stood still for {lost:.1f} s; end other programs "
                "or lower real_time_factor"
            )


def _remove(devices: Path) -> None:
    (devices / "lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # somebody else's files are in it
        devices.rmdir()


def main() -> int:
    os.environ.setdefault("LP_NUM_THREADS", "0")  # Mesa's threads would only take turns with ours
    with contextlib.suppress(ConfigError):  # of which the node will tell
        os.environ.setdefault("FASTDDS_DEFAULT_PROFILES_FILE", str(share_directory("config") / "sim_cell_dds.xml"))
    return run(SimCell)


if __name__ == "__main__":
    sys.exit(main())
