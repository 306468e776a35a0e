"""The xArm controller and its driver (xarm_ros2's xarm_api), emulated: modes, states, return codes, errors, units.

What enters or leaves is in the driver's own units: mm, rad (fixed-axis roll pitch yaw, or axis-angle), gripper pulses.
Sources: xarm_ros2 xarm_api/src/xarm_driver_service.cpp and ReadMe.md, xArm-Python-SDK doc/api/xarm_api_code.md.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vital_ros.geometry import Pose
from vital_ros.sim.devices.motion import Motion

OK, UNCLEARED_ERROR, NOT_READY, PARAMETER_ERROR, WAIT_TIMEOUT, NOT_ENABLED = 0, 1, 9, 12, 100, -2
POSITION, SERVO, FREE_DRIVE, ONLINE = 0, 1, 2, 7
RUNNING, SLEEPING, PAUSED, STOPPED, CHANGED = 1, 2, 3, 4, 5
EMERGENCY_STOP, OVERSPEED, COLLISION = 1, 24, 31

PULSES = 850.0
TCP_OFFSET = (0.0, 0.0, 172.0, 0.0, 0.0, 0.0)
SERVO_STEP = 0.010
"""m. Servo targets further apart make the joints overspeed (ReadMe: steps < 10 mm)."""
SERVO_TURN = 0.10
"""rad"""
SENSITIVITY = {0: np.inf, 1: 2.0, 2: 1.5, 3: 1.0, 4: 0.75, 5: 0.5}
"""Collision threshold relative to the default's, by set_collision_sensitivity."""
COLLISION_TIME = 0.02
"""s for which the force must be too large."""
GRIPPER_REST = 0.05
"""s without motion after which the gripper has arrived, or is held up."""
DEFAULT_SPEED, MAX_SPEED = 100.0, 1000.0
"""mm/s"""
DEFAULT_ACCELERATION, MAX_ACCELERATION = 2000.0, 50000.0
"""mm/s^2"""


class Arm(Protocol):
    """The physics behind the controller; `vital_ros.sim.Cell` is one. SI units."""

    @property
    def opening(self) -> float: ...
    def command(self, pose: Pose, opening: float | None = None) -> None: ...
    def tick(self) -> None: ...
    def tcp_pose(self) -> Pose: ...
    def joint_positions(self) -> NDArray[np.float64]: ...
    def contact_force(self) -> float: ...


@dataclass(frozen=True)
class Report:
    """What xarm_msgs/RobotMsg carries, in its units."""

    state: int
    mode: int
    cmdnum: int
    mt_brake: int
    mt_able: int
    err: int
    warn: int
    angle: list[float]
    pose: list[float]
    offset: tuple[float, ...]


@dataclass(frozen=True)
class _Move:
    """A planned motion: m, m/s, m/s^2."""

    target: Pose
    speed: float
    acceleration: float


class XArmDriver:
    """Drives `arm` tick by tick; its service methods may be called from other threads and return xArm's `ret`.

    Args:
        arm: the physics.
        period: s of one tick.
        collision_force: N above which collision detection trips at the default sensitivity, 3.
    """

    def __init__(self, arm: Arm, period: float, collision_force: float):
        self._arm, self._period, self._collision_force = arm, period, collision_force
        self._changed = threading.Condition(threading.RLock())
        self._mode, self._state, self._error, self._warning = POSITION, STOPPED, 0, 0
        self._enabled = False
        self._estop = False
        self._sensitivity = 3
        self._queue: deque[_Move] = deque()
        self._servo_target: Pose | None = None
        self._braking = False
        self._overload = 0.0
        self._measured, self._joints = arm.tcp_pose(), arm.joint_positions()
        self._motion = Motion(self._measured)
        self._gripper_goal = self._gripper = arm.opening * PULSES
        self._gripper_speed = 2000.0
        self._gripper_still = 0.0

    # --- time ---

    def tick(self) -> None:
        """One servo period: plan, command the arm, advance it, watch it. In the physics' thread, as `reseat`."""
        with self._changed:
            self._plan()
            reach, before = self._gripper_speed * self._period, self._arm.opening
            self._gripper += float(np.clip(self._gripper_goal - self._gripper, -reach, reach))
            pose, opening = self._motion.pose, self._gripper / PULSES
            at_rest = self._gripper == self._gripper_goal
        self._arm.command(pose, opening)
        self._arm.tick()  # without the lock: services are answered meanwhile
        with self._changed:
            at_rest &= self._arm.opening == before
            self._gripper_still = self._gripper_still + self._period if at_rest else 0.0
            self._measured, self._joints = self._arm.tcp_pose(), self._arm.joint_positions()
            self._watch()
            self._changed.notify_all()

    def reseat(self) -> None:
        """The physics was reset: forget motions, hold the arm where it is now."""
        with self._changed:
            self._halt(self._state)
            self._measured, self._joints = self._arm.tcp_pose(), self._arm.joint_positions()
            self._motion = Motion(self._measured)
            self._gripper_goal = self._gripper = self._arm.opening * PULSES
            self._overload = 0.0

    # --- services: motion ---

    def set_position(
        self, pose: Sequence[float], speed: float = 0, acc: float = 0, relative: bool = False, tool: bool = False
    ) -> int:
        """Linear motion to x y z (mm) roll pitch yaw (rad): queued in mode 0, replacing the target in mode 7."""
        with self._changed:
            target = self._target(pose, relative, tool, axis_angle=False)
            if ret := self._refusal(target, POSITION, ONLINE):
                return ret
            assert target is not None
            if self._mode == ONLINE:
                self._queue.clear()
            self._queue.append(
                _Move(
                    target,
                    min(speed or DEFAULT_SPEED, MAX_SPEED) * 1e-3,
                    min(acc or DEFAULT_ACCELERATION, MAX_ACCELERATION) * 1e-3,
                )
            )
            return OK

    def set_servo_cartesian(
        self, pose: Sequence[float], relative: bool = False, tool: bool = False, axis_angle: bool = False
    ) -> int:
        """Target of the next tick in mode 1; the newest one counts and nothing lies between two of them."""
        with self._changed:
            target = self._target(pose, relative, tool, axis_angle)
            if ret := self._refusal(target, SERVO):
                return ret
            self._servo_target = target
            return OK

    def wait_until_idle(self, timeout: float) -> int:
        """Block until the queue is empty (a service call with `wait`); `timeout` < 0 waits for ever."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._state >= STOPPED or not self._queue,
                None if timeout < 0 else timeout,
            )
            return WAIT_TIMEOUT if not done else UNCLEARED_ERROR if self._error else OK

    def set_gripper_position(self, pulses: float) -> int:
        """0 closed .. 850 open. Works in every state but under an error."""
        with self._changed:
            if not np.isfinite(pulses):
                return PARAMETER_ERROR
            if self._error:
                return UNCLEARED_ERROR
            self._gripper_goal, self._gripper_still = float(np.clip(pulses, 0, PULSES)), 0.0
            return OK

    def wait_for_gripper(self, timeout: float) -> int:
        """Block until the gripper's fingers have arrived or are held up."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._gripper_still >= GRIPPER_REST or self._error != 0, timeout)
            return OK if done else WAIT_TIMEOUT

    # --- services: state ---

    def motion_enable(self, joint: int, enable: int) -> int:
        """Motors of all joints (8) on or off; single joints are not switched here."""
        with self._changed:
            if joint != 8:
                return PARAMETER_ERROR
            if self._estop:
                return UNCLEARED_ERROR
            self._enabled = bool(enable)
            if not self._enabled:
                self._halt(STOPPED)
            return OK

    def set_mode(self, mode: int) -> int:
        """Stops the arm first; `set_state(0)` must follow."""
        with self._changed:
            self._halt(STOPPED)
            if self._error:
                return UNCLEARED_ERROR
            if mode not in (POSITION, SERVO, FREE_DRIVE, ONLINE):
                return PARAMETER_ERROR
            self._mode, self._state = mode, CHANGED
            return OK

    def set_state(self, state: int) -> int:
        """0 ready, 3 pause, 4 stop, 6 decelerate and stop."""
        with self._changed:
            if state not in (0, PAUSED, STOPPED, 6):
                return PARAMETER_ERROR
            if state == STOPPED:
                self._halt(STOPPED)
            elif state == 6:
                self._braking = True
            elif self._error:
                return UNCLEARED_ERROR
            elif not self._enabled:
                return NOT_ENABLED
            else:
                self._state = SLEEPING if state == 0 else PAUSED
            return OK

    def clean_error(self) -> int:
        """The arm stays stopped; motors that an emergency stop switched off stay off."""
        with self._changed:
            self._error = EMERGENCY_STOP if self._estop else 0
            return OK

    def clean_warn(self) -> int:
        with self._changed:
            self._warning = 0
            return OK

    def set_collision_sensitivity(self, level: int) -> int:
        """0 off, 1 least .. 5 most."""
        with self._changed:
            if level not in SENSITIVITY:
                return PARAMETER_ERROR
            self._sensitivity = level
            return OK

    def set_gripper_speed(self, pulses: float) -> int:
        """Pulses/s, 1 .. 5000"""
        with self._changed:
            if not 1 <= pulses <= 5000:
                return PARAMETER_ERROR
            self._gripper_speed = float(pulses)
            return OK

    # --- what is reported ---

    def report(self) -> Report:
        with self._changed:
            tcp = self._measured
            motors = 0b1111111 if self._enabled else 0
            return Report(
                state=self._state,
                mode=self._mode,
                cmdnum=len(self._queue),
                mt_brake=0b1111111 ^ motors,
                mt_able=motors,
                err=self._error,
                warn=self._warning,
                angle=self._joints.tolist(),
                pose=[*(tcp.position * 1e3).tolist(), *tcp.rotation.as_euler("xyz").tolist()],
                offset=TCP_OFFSET,
            )

    @property
    def gripper_pulses(self) -> float:
        """Measured, 0 closed .. 850 open."""
        return self._arm.opening * PULSES

    # --- what happens to a real arm ---

    def fail(self, error: int) -> None:
        """An error of the controller: it drops to mode 0, state 4, and holds the arm where it is."""
        with self._changed:
            self._halt(STOPPED)
            self._motion = Motion(self._measured)
            self._mode, self._error = POSITION, error

    def emergency_stop(self, pressed: bool) -> None:
        """The button on the control box; motors stay off after its release until `motion_enable`."""
        with self._changed:
            self._estop = pressed
            if pressed:
                self._enabled = False
                self.fail(EMERGENCY_STOP)

    # --- inside ---

    def _target(self, pose: Sequence[float], relative: bool, tool: bool, axis_angle: bool) -> Pose | None:
        """The request's pose in link_base, SI; None when it is none."""
        values = np.asarray(pose, dtype=np.float64)
        if values.shape != (6,) or not np.isfinite(values).all():
            return None
        turn = Rotation.from_rotvec(values[3:]) if axis_angle else Rotation.from_euler("xyz", values[3:])
        given, present = Pose.from_rotation(values[:3] * 1e-3, turn), self._motion.pose
        if tool:
            return present @ given
        if relative:
            return Pose.from_rotation(present.position + given.position, turn * present.rotation)
        return given

    def _refusal(self, target: Pose | None, *modes: int) -> int:
        if self._error:
            return UNCLEARED_ERROR
        if not self._enabled:
            return NOT_ENABLED
        if self._mode not in modes or self._state >= STOPPED or self._braking:
            return NOT_READY
        return OK if target is not None else PARAMETER_ERROR

    def _halt(self, state: int) -> None:
        self._state, self._braking = state, False
        self._queue.clear()
        self._servo_target = None
        self._motion.stop()

    def _plan(self) -> None:
        if self._braking:
            self._queue.clear()
            self._motion.brake(DEFAULT_ACCELERATION * 1e-3, self._period)
            if not self._motion.moving:
                self._halt(STOPPED)
        elif self._state == PAUSED:
            self._motion.brake(DEFAULT_ACCELERATION * 1e-3, self._period)
        elif self._state < STOPPED:
            self._follow_servo() if self._mode == SERVO else self._follow_queue()

    def _follow_servo(self) -> None:
        target, self._servo_target = self._servo_target, None
        self._state = SLEEPING if target is None else RUNNING
        if target is None:
            return
        step, turn = self._motion.pose.distance(target)
        if step > SERVO_STEP or turn > SERVO_TURN:
            self.fail(OVERSPEED)
        else:
            self._motion.pose = target

    def _follow_queue(self) -> None:
        if self._queue:
            move = self._queue[0]
            if self._motion.advance(move.target, move.speed, move.acceleration, self._period):
                self._queue.popleft()
        self._state = RUNNING if self._queue else SLEEPING

    def _watch(self) -> None:
        limit = self._collision_force * SENSITIVITY[self._sensitivity]
        self._overload = self._overload + self._period if self._arm.contact_force() > limit else 0.0
        if self._overload > COLLISION_TIME and self._enabled and not self._error:
            self.fail(COLLISION)
