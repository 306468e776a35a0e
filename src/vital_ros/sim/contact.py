"""Contact force between the hand and the world."""

from __future__ import annotations

import mujoco
import numpy as np

from vital_ros.sim.tasks.shapes import MOVING


def net_force(model: mujoco.MjModel, data: mujoco.MjData) -> float:
    """Size of the sum of all contact forces on the hand (held part, fingers), N; a squeeze adds up to nothing."""
    total, wrench = np.zeros(3), np.zeros(6)
    for index in range(data.ncon):
        contact = data.contact[index]
        first, second = (model.geom_contype[geom] == MOVING[0] for geom in (contact.geom1, contact.geom2))
        if first == second:
            continue
        mujoco.mj_contactForce(model, data, index, wrench)
        force = contact.frame.reshape(3, 3).T @ wrench[:3]  # on the second geom, along the world's axes
        total += force if second else -force
    return float(np.linalg.norm(total))
