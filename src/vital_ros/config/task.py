"""A task, in its target's frame: the same file serves the simulated cell and the real robot.

The target frame has its origin at the centre of the fixture's opening (keyhole, socket face) and z up.
All lengths in m.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from vital_ros.config.base import Model, Number, Positive, Vector3


class StartBox(Model):
    """Where the local policy starts: TCP positions in the target frame (paper A2: 6 x 6 cm, 10 cm above)."""

    center: Vector3
    """m, centre of the box."""
    size: tuple[Number, Number, Number]
    """m, full edge lengths."""


class Workspace(Model):
    """Box that the TCP may not leave while the task runs, in the target frame."""

    min: Vector3
    max: Vector3

    @model_validator(mode="after")
    def _ordered(self) -> Workspace:
        if any(low >= high for low, high in zip(self.min, self.max, strict=True)):
            raise ValueError("every entry of min should be less than that of max")
        return self


class StepCap(Model):
    """Largest motion of one policy step."""

    translation: Positive = Field(le=0.05)
    """m"""
    rotation: Positive = Field(le=0.5)
    """rad"""


class TaskConfig(Model):
    """One task. See config/tasks/*.yaml."""

    name: str
    title: str
    prompt: str
    """What /localize looks for."""
    target_offset: Vector3
    """m, from the localised point to the target frame's origin, along the target frame's axes."""
    target_yaw: Number = 0.0
    """rad, turn of the target frame about z of link_base."""
    start_box: StartBox
    workspace: Workspace
    tilt_limit: Positive = Field(le=1.6)
    """rad, largest angle between the tool axis and straight down."""
    max_step: StepCap
    goal: Vector3
    """m, TCP in the target frame when the task is done."""
    time_limit: Positive
    """s, of the local policy."""
    collision_force: Positive
    """N, above which contact counts as a collision."""
    tactile_limit: Positive
    """uT, norm of the baseline-subtracted reading that stops the arm (release: 600)."""
    gripper_opening: Number = Field(ge=0, le=1)
    """0 closed .. 1 open, held at the start."""

    @model_validator(mode="after")
    def _start_inside(self) -> TaskConfig:
        for axis in range(3):
            half = self.start_box.size[axis] / 2
            low, high = self.start_box.center[axis] - half, self.start_box.center[axis] + half
            if low < self.workspace.min[axis] or high > self.workspace.max[axis]:
                raise ValueError(f"start_box reaches outside workspace along {'xyz'[axis]}")
        return self
