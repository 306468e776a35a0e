"""The cell: one episode of physics, servo, touch and verdict, advanced servo period by servo period."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.config import Config
from vital_ros.geometry import Pose
from vital_ros.sim.appearance import Appearance
from vital_ros.sim.config import CellConfig, load_cell_config
from vital_ros.sim.contact import net_force
from vital_ros.sim.grip import Grip
from vital_ros.sim.gripper import opening_for
from vital_ros.sim.inverse_kinematics import InverseKinematics
from vital_ros.sim.judge import Judge, Verdict
from vital_ros.sim.model import build_model
from vital_ros.sim.renderer import CellRenderer, Snapshot, place_body
from vital_ros.sim.tactile import Indentation, Pad
from vital_ros.sim.tasks import make_task
from vital_ros.sim.trajectory import waypoints
from vital_ros.sim.xarm7 import HOME, TCP_OFFSET

_PADS = (
    np.array([(1, 0, 0), (0, 0, 1), (0, -1, 0)], float).T,
    np.array([(-1, 0, 0), (0, 0, 1), (0, 1, 0)], float).T,
)
"""Pad frames in link_tcp, rotation matrices: x along the skin, y along the tool, z out of the skin towards the part."""


class Cell:
    """xArm 7, gripper with held part, fixture and sensors; deterministic for a seed.

    Physics and rendering may run in different threads: `snapshot()` in the physics thread, a `CellRenderer` of one's
    own in the other. The `render_*` methods use a renderer bound to the thread that calls them first.

    Attributes:
        task: geometry and success of the task.
        limits: the task's config.
        settings: the cell's config.
        appearance: how it looks; may be replaced at any time.
        opening: of the gripper, 0 closed .. 1 open.
        max_force: N, largest contact force since the reset.
        tactile_time: s, of the newest tactile reading.
    """

    def __init__(
        self,
        task_name: str,
        config: Config,
        seed: int = 0,
        appearance: Appearance | None = None,
        settings: CellConfig | None = None,
    ):
        """Raise ConfigError for an unknown task or a bad cell.yaml."""
        self.task = make_task(task_name)
        self.limits = config.task(task_name)
        self.settings = settings or load_cell_config(config.directory)
        self.appearance = appearance or Appearance()
        self._cameras = config.cameras
        self.model = build_model(self.task, self.settings, config.cameras)
        self.data = mujoco.MjData(self.model)
        self._ik = InverseKinematics(self.settings.physics)
        self._substeps = round(1 / (self.settings.physics.servo_rate * self.settings.physics.step))
        self._tcp, self._part = self.model.site("link_tcp").id, self.model.body("held").id
        self._grip = Grip(self.model, self.data, self.settings.grip)
        self._closed = opening_for(self.task.thickness)
        self._skins = [Pad(self.settings.tactile, np.random.default_rng([index, 2409])) for index in range(len(_PADS))]
        self._judge = Judge(self.task, self.settings)
        self._renderer: CellRenderer | None = None
        self.reset(seed)

    # --- episode ---------------------------------------------------------------------------------------------------

    def reset(self, seed: int, start: Pose | None = None, target: Pose | None = None) -> None:
        """Begin an episode at rest.

        Args:
            seed: of all that is random in it.
            start: of link_tcp in link_base; the arm's home when None.
            target: nominal target frame in link_base; cell.yaml's when None. The fixture stands there up to the
                hand-eye error.

        Raises:
            Unreachable: the arm cannot take `start`.
        """
        self._seed, flaws = seed, self.settings.imperfections
        rng = self._rng = np.random.default_rng([seed, 1])
        nominal = target or self.settings.fixture.pose
        error = rng.normal(0, flaws.fixture_offset, 3) * (1, 1, 0.3)
        self._fixture = Pose(nominal.position + error, nominal.quaternion)
        self._from_fixture = self._fixture.inverse().matrix
        slip = rng.normal(0, flaws.grasp_offset, 2)
        tilt = rng.normal(0, flaws.grasp_tilt, 3) * (1 / 3, 1, 1 / 3)
        self._grasp = Pose.from_rotvec((slip[0], 0, TCP_OFFSET + slip[1]), tilt)
        delay = rng.uniform(*flaws.servo_delay)
        friction = self.settings.physics.friction * rng.uniform(*flaws.friction)

        mujoco.mj_resetData(self.model, self.data)
        self._grip.reset()
        place_body(self.model, "fixture", self._fixture)
        place_body(self.model, "grasp", self._grasp)
        self.model.geom_friction[self.model.geom_contype > 0, 0] = friction
        self._ik.joints = HOME
        joints = self._ik.solve(start) if start is not None else HOME
        self._command = self._ik.pose()
        self.data.qpos[:7] = self.data.ctrl[:7] = joints
        self._pending = deque([joints] * round(delay * self.settings.physics.servo_rate))
        mujoco.mj_forward(self.model, self.data)
        self.opening = self._opening_goal = self._closed
        self._released = False
        self._force = self.max_force = 0.0
        self._judge.reset()
        for pad in self._skins:
            pad.reset(rng)
        self._schedule = self._tactile_due = 0.0
        self._touch()

    def command(self, pose: Pose, opening: float | None = None) -> None:
        """Set what the servo follows from the next tick on: link_tcp in link_base, opening 0..1."""
        self._command = pose
        if opening is not None:
            self._opening_goal = float(np.clip(opening, 0, 1))

    def tick(self) -> None:
        """Advance one servo period."""
        self._move_gripper()
        self._pending.append(self._ik.follow(self._command))
        self.data.ctrl[:7] = self._pending.popleft()
        mujoco.mj_step(self.model, self.data, self._substeps)
        self._grip.give_way()
        self._force = net_force(self.model, self.data)
        self.max_force = max(self.max_force, self._force)
        if self.time >= self._tactile_due - 1e-9:
            self._touch()
            self._judge.look(self.time, self.held_pose(), self.slipped(), self._released, self.max_force)

    def motion(self, target: Pose, opening: float, duration: float = 1 / 6) -> Iterator[None]:
        """Move to `target` in `duration` s (minimum jerk, slerp) from what is commanded now; yields after every tick.

        Consecutive motions follow without a gap: durations that are no multiple of the servo period even out.
        """
        period = 1 / self.settings.physics.servo_rate
        begin = self._schedule if abs(self._schedule - self.time) < period else self.time
        self._schedule = begin + duration
        ticks = math.ceil((self._schedule - self.time) / period - 1e-6)
        for pose in waypoints(self._command, target, (self.time - begin + period * np.arange(1, ticks + 1)) / duration):
            self.command(pose, opening)
            self.tick()
            yield

    def step(self, target: Pose, opening: float, duration: float = 1 / 6) -> None:
        """The whole of `motion`."""
        for _ in self.motion(target, opening, duration):
            pass

    def baseline(self, samples: int = 5) -> NDArray[np.float64]:
        """Hold still for `samples` tactile readings; their median, uT, shape (2, 15)."""
        readings: list[NDArray[np.float64]] = []
        while len(readings) < samples:
            newest = self.tactile_time
            while self.tactile_time == newest:
                self.tick()
            readings.append(self.tactile())
        return np.median(readings, axis=0)

    # --- what is measured --------------------------------------------------------------------------------------------

    @property
    def time(self) -> float:
        """s since the reset."""
        return float(self.data.time)

    def tcp_pose(self) -> Pose:
        """link_tcp in link_base, as the joints have it."""
        return Pose.from_matrix(_matrix(self.data.site_xmat[self._tcp], self.data.site_xpos[self._tcp]))

    def joint_positions(self) -> NDArray[np.float64]:
        """rad, shape (7,)"""
        return self.data.qpos[:7].copy()

    def contact_force(self) -> float:
        """Net force between the hand (held part, fingers) and the world, N."""
        return self._force

    def tactile(self) -> NDArray[np.float64]:
        """Newest reading of both pads, uT in the chips' axes, shape (2, 15)."""
        return self._tactile.copy()

    # --- ground truth ------------------------------------------------------------------------------------------------

    def target_pose(self) -> Pose:
        """Target frame in link_base, where the fixture really is."""
        return self._fixture

    def held_pose(self) -> Pose:
        """The held part (its frame is link_tcp when held perfectly) in the target frame."""
        return Pose.from_matrix(self._from_fixture @ _matrix(self.data.xmat[self._part], self.data.xpos[self._part]))

    def slipped(self) -> float:
        """How far the part has slipped in the grip, m."""
        return self._grip.slipped

    def strain(self) -> NDArray[np.float64]:
        """Elastic motion of the part in the pads, along and about the axes of link_tcp, m and rad, shape (6,)."""
        return self._grip.strain

    def verdict(self) -> Verdict:
        """Undecided until success has held, the part is dropped or the force is too large; then it stays."""
        return self._judge.verdict

    # --- pictures ----------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """All that a picture depends on, copied."""
        return Snapshot(
            self.time, self._seed, self.data.qpos.copy(), self.opening, self._fixture, self._grasp, self.appearance
        )

    def renderer(self) -> CellRenderer:
        """A new renderer for this cell's snapshots."""
        return CellRenderer(self.model, self._cameras, self.settings.imperfections)

    def render_wrist(self) -> NDArray[np.uint8]:
        """Fisheye frame, RGB, (128, 160, 3). Raise RenderError."""
        return self._own_renderer().wrist(self.snapshot())

    def render_wrist_mask(self) -> NDArray[np.uint8]:
        """255 where gripper, held part or fixture is seen, (128, 160)."""
        return self._own_renderer().wrist_mask(self.snapshot())

    def render_third(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """RGB (480, 640, 3) and depth in m (480, 640), 0 where there is none."""
        return self._own_renderer().third(self.snapshot())

    def close(self) -> None:
        """Free the renderer."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    # --- inside ------------------------------------------------------------------------------------------------------

    def _own_renderer(self) -> CellRenderer:
        if self._renderer is None:
            self._renderer = self.renderer()
        return self._renderer

    def _move_gripper(self) -> None:
        goal = self._opening_goal if self._released else max(self._opening_goal, self._closed)
        reach = self.settings.physics.gripper_speed / self.settings.physics.servo_rate
        self.opening += float(np.clip(goal - self.opening, -reach, reach))
        self._released |= self.opening > self._closed + 0.05

    def _touch(self) -> None:
        """Sample both pads; a skin feels the elastic part of the bushing's motion."""
        elastic, hand = self.strain(), self.data.site_xmat[self._tcp].reshape(3, 3)
        self._tactile = np.stack([
            pad.sample(Indentation(frame.T @ elastic[:3], frame.T @ elastic[3:]), hand @ frame, self._rng)
            for pad, frame in zip(self._skins, _PADS, strict=True)
        ])  # fmt: skip
        self.tactile_time = self.time
        self._tactile_due += 1 / self.settings.tactile.rate


def _matrix(rotation: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Homogeneous, (4, 4), from MuJoCo's (9,) and (3,)."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation.reshape(3, 3), position
    return matrix
