"""What the nodes do now beside what they did then, step by step."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vital_ros.geometry import Pose
from vital_ros.playback.recorded import Step
from vital_ros.policy.actions import ActionSpec


@dataclass(frozen=True)
class Lived:
    """A step as it is lived now; fields as in `Step`, `touch` scaled as the card of the policy that acts now says."""

    image: bytes
    touch: NDArray[np.float32]
    action: NDArray[np.float64]
    setpoint: Pose


@dataclass(frozen=True)
class Difference:
    """Attributes:
    step: its index.
    time: s since the first step.
    error: largest difference of the executed action over its seven numbers, in network units.
    setpoint_mm: between the goals asked of the gate.
    same_image: the network saw the same bytes.
    touch_ut: largest difference of the touch it saw, uT.
    """

    step: int
    time: float
    error: float
    setpoint_mm: float
    same_image: bool
    touch_ut: float


@dataclass
class Comparison:
    """Grows with every step that is lived again.

    Args:
        scale_then, scale_now: uT per unit of touch, (values,), of the policy that acted then and of the acting one.
        units: action contract of the one that acts now: its network units measure the error.
        tolerance: network units.
        period: s between two steps.
        steps: of the recorded run.

    Attributes:
        then, now: physical actions of the steps compared so far, (7,) each.
    """

    scale_then: ArrayLike
    scale_now: ArrayLike
    units: ActionSpec
    tolerance: float
    period: float
    steps: int
    differences: list[Difference] = field(default_factory=list)
    then: list[NDArray[np.float64]] = field(default_factory=list)
    now: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, step: Step, lived: Lived) -> Difference:
        error = np.abs(self.units.in_units(lived.action - step.action)).max()
        touch = np.abs(lived.touch * np.asarray(self.scale_now) - step.touch * np.asarray(self.scale_then)).max()
        self.then.append(step.action)
        self.now.append(lived.action)
        self.differences.append(
            Difference(
                step=step.index,
                time=step.index * self.period,
                error=float(error) if np.isfinite(error) else float("inf"),
                setpoint_mm=1e3 * lived.setpoint.distance(step.setpoint)[0],
                same_image=lived.image == step.image,
                touch_ut=float(touch),
            )
        )
        return self.differences[-1]

    @property
    def divergence(self) -> Difference | None:
        """The first step whose action differs by more than the tolerance."""
        return next((difference for difference in self.differences if difference.error > self.tolerance), None)

    @property
    def seen_otherwise(self) -> list[int]:
        """Steps at which the network did not see the same image or the same touch (but for rounding, 0.01 uT)."""
        return [d.step for d in self.differences if not d.same_image or d.touch_ut > 0.01]

    @property
    def diverged(self) -> bool:
        """Whether anything is not as it was: an action, what was seen, or steps that did not come."""
        return bool(self.divergence or self.seen_otherwise or len(self.differences) < self.steps)

    def summary(self) -> dict[str, Any]:
        """JSON-serialisable."""
        errors = [difference.error for difference in self.differences]
        return {
            "diverged": self.diverged,
            "tolerance": self.tolerance,
            "steps_then": self.steps,
            "steps_now": len(self.differences),
            "largest_error": max(errors, default=None),
            "mean_error": float(np.mean(errors)) if errors else None,
            "first_divergence": asdict(self.divergence) if self.divergence else None,
            "seen_otherwise": self.seen_otherwise,
            "steps": [asdict(difference) for difference in self.differences],
        }

    def lines(self) -> list[str]:
        """What a person reads."""
        if not self.differences:
            return ["no step was replayed"]
        worst = max(self.differences, key=lambda difference: difference.error)
        told = [
            f"{len(self.differences)} of {self.steps} steps replayed; action error in network units: "
            f"largest {worst.error:.2g} at step {worst.step} ({worst.time:.2f} s), tolerance {self.tolerance:g}"
        ]
        if first := self.divergence:
            told.append(f"first divergence at step {first.step}, {first.time:.2f} s: {first.error:.3g}")
        if self.seen_otherwise:
            told.append(f"the network saw something else at steps {', '.join(map(str, self.seen_otherwise))}")
        told.append("diverged" if self.diverged else "no divergence")
        return told
