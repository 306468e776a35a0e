"""Puts robot, scene and task together into one MuJoCo model."""

from __future__ import annotations

import mujoco

from vital_ros.config import CamerasConfig
from vital_ros.sim.config import CellConfig
from vital_ros.sim.grip import add_bushing
from vital_ros.sim.gripper import add_gripper, opening_for
from vital_ros.sim.scene import add_cameras, add_scene
from vital_ros.sim.tasks import Task
from vital_ros.sim.xarm7 import add_arm


def build_model(task: Task, cell: CellConfig, cameras: CamerasConfig) -> mujoco.MjModel:
    """Compile the cell of a task; bodies `fixture` and `grasp` are placed per episode by the cell."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    physics = cell.physics
    spec.option.timestep = physics.step
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone, spec.option.impratio = mujoco.mjtCone.mjCONE_ELLIPTIC, 10
    spec.option.iterations, spec.option.tolerance = 60, 1e-10
    add_scene(spec)
    flange = add_arm(spec, physics)
    add_gripper(spec, flange, opening_for(task.thickness))
    add_cameras(spec, spec.body("gripper"), cameras)
    task.add_held(spec, add_bushing(flange, cell.grip))
    fixture = spec.worldbody.add_body(name="fixture", pos=cell.fixture.position)
    task.add_fixture(spec, fixture)
    for body in spec.bodies:
        body.gravcomp = 1.0  # the controller compensates gravity
    for geom in spec.geoms:
        if geom.contype:
            geom.solref, geom.solimp = physics.solref, physics.solimp
            geom.friction = [physics.friction, 0.005, 0.0001]
    return spec.compile()
