"""Puts robot, scene and task together into one MuJoCo model."""

from __future__ import annotations

import mujoco

from vital_ros.config import CamerasConfig
from vital_ros.sim.config import CellConfig
from vital_ros.sim.hand import add_hand
from vital_ros.sim.scene import add_cameras, add_scene
from vital_ros.sim.tasks import Task
from vital_ros.sim.xarm7 import add_arm


def build_model(task: Task, cell: CellConfig, cameras: CamerasConfig) -> mujoco.MjModel:
    """Compile the cell of a task; bodies `fixture`, `grasp` or `part` are placed per episode by the cell."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    physics = cell.physics
    spec.option.timestep = physics.step
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone, spec.option.impratio = mujoco.mjtCone.mjCONE_ELLIPTIC, 10
    spec.option.iterations, spec.option.tolerance = 60, 1e-10
    add_scene(spec)
    flange = add_arm(spec, physics)
    add_hand(spec, flange, task, cell)
    add_cameras(spec, spec.body("gripper"), cameras)
    task.add_fixture(spec, spec.worldbody.add_body(name="fixture"))
    for body in spec.bodies:
        body.gravcomp = 1.0  # the controller compensates gravity
    if task.thickness is None:
        spec.body("part").gravcomp = 0.0
        spec.option.noslip_iterations = 5  # else a grasp by friction creeps
    for geom in spec.geoms:
        if geom.contype:
            geom.solref, geom.solimp = physics.solref, physics.solimp
            geom.friction = [physics.friction, 0.005, 0.0001]
    return spec.compile()
