"""Which object of its class a task's fixture (housing or block) is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vital_ros.config.base import Model, Number
from vital_ros.sim.colour import Colour


class Instance(Model):
    """Looks and outer shape; the default is the demonstrations' object. Baked into the cell's model."""

    shape: Literal["box", "cylinder"] = "box"
    """Outer shape of the housing, or of the block."""
    scale: Annotated[Number, Field(ge=0.7, le=1.4)] = 1.0
    """Factor on the outer size, never on the opening."""
    body: Colour | None = None
    """Of the housing or block; None, as for the others: the task's own."""
    face: Colour | None = None
    """Of what surrounds the opening."""
    accent: Colour | None = None
    """Of the marks on the face."""
    part: Colour | None = None
    """Of the part in the gripper."""
