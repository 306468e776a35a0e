"""The cell: one episode of physics, servo, touch and verdict, advanced servo period by servo period."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import mujoco
import numpy as np
from numpy.typing import NDArray

from vital_ros.config import Config
from vital_ros.geometry import Pose
from vital_ros.sim.appearance import Appearance
from vital_ros.sim.config import CellConfig, load_cell_config
from vital_ros.sim.contact import net_force
from vital_ros.sim.hand import make_hand
from vital_ros.sim.inverse_kinematics import InverseKinematics
from vital_ros.sim.judge import Judge, Verdict
from vital_ros.sim.model import build_model
from vital_ros.sim.renderer import CellRenderer, Snapshot, place_body
from vital_ros.sim.scenes import Scene
from vital_ros.sim.tactile import PAD_FRAMES, Pad
from vital_ros.sim.tasks import make_task
from vital_ros.sim.trajectory import waypoints
from vital_ros.sim.truth import Truth
from vital_ros.sim.xarm7 import HOME, TCP_OFFSET


class Cell:
    """xArm 7, gripper with held part, fixture and sensors; deterministic for a seed.

    Physics and rendering may run in different threads: `snapshot()` in the physics thread, a `CellRenderer` of one's
    own in the other. The `render_*` methods use a renderer bound to the thread that calls them first.

    Attributes:
        task: geometry and success of the task.
        limits: the task's config.
        settings: the cell's config.
        scene: where the fixture stands, which object it is, how all looks.
        nominal: target frame in link_base as a perfect localiser finds it; the fixture stands there up to the
            hand-eye error.
        appearance: how the cell looks; may be replaced at any time.
        judge: of the episode.
        seed: of the episode.
        max_force: N, largest contact force since the reset.
        tactile_time: s, of the newest tactile reading.
    """

    def __init__(
        self,
        task_name: str,
        config: Config,
        seed: int = 0,
        *,
        scene: Scene | None = None,
        settings: CellConfig | None = None,
    ):
        """Raise ConfigError for an unknown task or a bad cell.yaml."""
        self.scene = scene or Scene()
        self.task = make_task(task_name, self.scene.object)
        self.limits = config.task(task_name)
        self.settings = settings or load_cell_config(config.directory)
        self.appearance: Appearance = self.scene.appearance
        self._cameras = config.cameras
        self.model = build_model(self.task, self.settings, config.cameras)
        self.data = mujoco.MjData(self.model)
        self._ik = InverseKinematics(self.settings.physics)
        self._substeps = round(1 / (self.settings.physics.servo_rate * self.settings.physics.step))
        self._tcp, self._part = self.model.site("link_tcp").id, self.model.body("part").id
        self._hand = make_hand(self.model, self.data, self.task, self.settings)
        self._colliding = self.model.geom_contype > 0
        pairs = self.settings.imperfections.skins
        self._skins = [
            [Pad(self.settings.tactile, np.random.default_rng([index, pair, 2409])) for index in range(len(PAD_FRAMES))]
            for pair in range(pairs)
        ]
        self.judge = Judge(self.task, self.limits, self.settings.judge)
        self._renderer: CellRenderer | None = None
        self.reset(seed)

    # --- episode ---------------------------------------------------------------------------------------------------

    def reset(self, seed: int, start: Pose | None = None, target: Pose | None = None) -> None:
        """Begin an episode at rest.

        Args:
            seed: of all that is random in it.
            start: of link_tcp in link_base; the arm's home when None.
            target: nominal target frame in link_base; the scene's when None.

        Raises:
            Unreachable: the arm cannot take `start`.
        """
        self.seed, flaws = seed, self.settings.imperfections
        rng = self._rng = np.random.default_rng([seed, 1])
        self.nominal = target or self.scene.target.pose(self.task)
        error = rng.normal(0, flaws.fixture_offset, 3) * (1, 1, 0.3)
        self._fixture = Pose(self.nominal.position + error, self.nominal.quaternion)
        self._from_fixture = self._fixture.inverse().matrix
        slip = rng.normal(0, flaws.grasp_offset, 2)
        tilt = rng.normal(0, flaws.grasp_tilt, 3) * (1 / 3, 1, 1 / 3)
        self._grasp = Pose.from_rotvec((slip[0], 0, TCP_OFFSET + slip[1]), tilt)
        delay = rng.uniform(*flaws.servo_delay)
        friction = rng.uniform(*flaws.friction)
        self._latency = rng.uniform(*flaws.camera_latency)
        self._pads = self._skins[rng.integers(len(self._skins))]

        mujoco.mj_resetData(self.model, self.data)
        place_body(self.model, "fixture", self._fixture)
        self.model.geom_friction[self._colliding, 0] = self.settings.physics.friction * friction
        self._hand.reset(friction)
        self._lay_part()
        self._ik.joints = HOME
        joints = self._ik.solve(start) if start is not None else HOME
        self._command = self._ik.pose()
        self.data.qpos[:7] = self.data.ctrl[:7] = joints
        self._pending = deque([joints] * round(delay * self.settings.physics.servo_rate))
        mujoco.mj_forward(self.model, self.data)
        self._opening_goal = self._hand.opening
        self._force = self.max_force = 0.0
        self.judge.reset()
        for pad in self._pads:
            pad.reset(rng)
        self._schedule = self._tactile_due = 0.0
        self._seen = deque([self.snapshot()], maxlen=1 + round(self._latency * self.settings.physics.servo_rate))
        self._touch()

    def command(self, pose: Pose, opening: float | None = None) -> None:
        """Set what the servo follows from the next tick on: link_tcp in link_base, opening 0..1."""
        self._command = pose
        if opening is not None:
            self._opening_goal = float(np.clip(opening, 0, 1))

    def tick(self) -> None:
        """Advance one servo period."""
        self._hand.drive(self._opening_goal)
        self._pending.append(self._ik.follow(self._command))
        self.data.ctrl[:7] = self._pending.popleft()
        mujoco.mj_step(self.model, self.data, self._substeps)
        self._hand.settle()
        self._seen.append(self.snapshot())
        self._force = net_force(self.model, self.data)
        self.max_force = max(self.max_force, self._force)
        if self.time >= self._tactile_due - 1e-9:
            self._touch()
            tcp = self._fixture.inverse() @ self.tcp_pose()
            self.judge.look(self.time, tcp, self.part_pose(), self._hand.lost, self.max_force)

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

    @property
    def opening(self) -> float:
        """Of the gripper, 0 closed .. 1 open."""
        return self._hand.opening

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

    def part_pose(self) -> Pose:
        """The held part (its frame is link_tcp when held perfectly), or the free one, in the target frame."""
        return Pose.from_matrix(self._from_fixture @ _matrix(self.data.xmat[self._part], self.data.xpos[self._part]))

    def truth(self) -> Truth:
        """All that an expert may know."""
        tcp = self._fixture.inverse() @ self.tcp_pose()
        return Truth(self.time, self._fixture, tcp, self.part_pose(), self._force, self._hand.strain, self.opening)

    def slipped(self) -> float:
        """How far a held part has slipped in the grip, m."""
        return self._hand.slipped

    def verdict(self) -> Verdict:
        """Undecided until success has held or the judge sees a failure; then it stays."""
        return self.judge.verdict

    # --- pictures ----------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """All that a picture depends on, copied."""
        return Snapshot(
            self.time, self.seed, self.data.qpos.copy(), self.opening, self._fixture, self._grasp, self.appearance
        )

    def camera_snapshot(self) -> Snapshot:
        """What the wrist camera delivers now: the cell a latency ago, before that the first moment."""
        return replace(self._seen[0], appearance=self.appearance)

    def renderer(self) -> CellRenderer:
        """A new renderer for this cell's snapshots."""
        return CellRenderer(self.model, self._cameras, self.settings.imperfections)

    def render_wrist(self) -> NDArray[np.uint8]:
        """Newest fisheye frame, RGB, (128, 160, 3), older than the present by a latency. Raise RenderError."""
        return self._own_renderer().wrist(self.camera_snapshot())

    def render_wrist_mask(self) -> NDArray[np.uint8]:
        """255 where gripper, part or fixture is seen in the newest frame, (128, 160)."""
        return self._own_renderer().wrist_mask(self.camera_snapshot())

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

    def _lay_part(self) -> None:
        """Put the part into the grip, or where the target is."""
        if self.task.thickness is not None:
            place_body(self.model, "grasp", self._grasp)
            return
        lying = self._fixture @ Pose((0.0, 0.0, -self.task.height / 2))
        x, y, z, w = lying.quaternion
        self.data.joint("part").qpos[:] = (*lying.position, w, x, y, z)

    def _touch(self) -> None:
        """Sample both pads."""
        hand = self.data.site_xmat[self._tcp].reshape(3, 3)
        self._tactile = np.stack([
            pad.sample(self._hand.displacement(index, pad), hand @ frame, self._rng)
            for index, (pad, frame) in enumerate(zip(self._pads, PAD_FRAMES, strict=True))
        ])  # fmt: skip
        self.tactile_time = self.time
        self._tactile_due += 1 / self.settings.tactile.rate


def _matrix(rotation: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Homogeneous, (4, 4), from MuJoCo's (9,) and (3,)."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation.reshape(3, 3), position
    return matrix
