"""Random cluttered scenes: tables, lamps, things and target poses that no condition of config/conditions.yaml has."""

from __future__ import annotations

import numpy as np

from vital_ros.sim.appearance import MAX_DISTRACTORS, Appearance, Distractor
from vital_ros.sim.place import Place
from vital_ros.sim.scenes import Scene

PLACES = ((0.30, 0.55), (-0.25, 0.25))
"""m, x and y of target frames in link_base: start boxes stay within the arm's workspace."""
LIFTS = (-0.02, 0.03)
"""m, of the fixture; a block stays on the table."""
CLEAR = 0.05
"""m, between the target's middle and the nearest edge of a thing: things touch its sides, none lies on it."""
PATTERNS = {"planks": 0.11, "tiles": 0.06, "weave": 0.07, "marble": 0.12, "terrazzo": 0.02}
"""Kind to its middle size, m."""
SHAPES = ("box", "cylinder", "sphere", "ellipsoid", "capsule")


def cluttered_scene(seed: int, draw: int = 0, *, lifted: bool = True) -> Scene:
    """A scene with 6 to 16 things around a target anywhere in the workspace, turned at will.

    Args:
        draw: equal seeds and draws, equal scenes.
        lifted: whether the fixture may stand above or below its usual height.
    """
    rng = np.random.default_rng([seed, draw, 61])
    target = Place(
        position=(rng.uniform(*PLACES[0]), rng.uniform(*PLACES[1])),
        lift=rng.uniform(*LIFTS) if lifted else 0.0,
        yaw=rng.uniform(-np.pi, np.pi),
    )
    things = [_thing(rng, target) for _ in range(rng.integers(6, MAX_DISTRACTORS + 1))]
    return Scene(title=f"Clutter {seed}", target=target, appearance=_appearance(rng, tuple(things)))


def _thing(rng: np.random.Generator, target: Place) -> Distractor:
    """Within 30 cm of the target, at any height up to 9 cm; it may hide the target from the camera."""
    size = rng.uniform((0.006, 0.006, 0.003), (0.045, 0.045, 0.04))
    radius, angle = float(np.hypot(*size[:2])), rng.uniform(-np.pi, np.pi)
    distance = rng.uniform(CLEAR + radius, 0.30)
    x, y = target.position[0] + distance * np.cos(angle), target.position[1] + distance * np.sin(angle)
    return Distractor.model_validate({
        "shape": str(rng.choice(SHAPES)), "size": tuple(size), "position": (x, y), "yaw": rng.uniform(-np.pi, np.pi),
        "colour": tuple(rng.uniform(0.05, 0.95, 3)),
    })  # fmt: skip


def _appearance(rng: np.random.Generator, things: tuple[Distractor, ...]) -> Appearance:
    light = {
        "position": tuple(rng.uniform((-0.4, -1.0, 1.1), (1.2, 1.0, 1.8))),
        "diffuse": rng.uniform(0.45, 0.7),
        "colour": tuple(rng.uniform(0.85, 1.0, 3)),
    }
    cover: dict[str, object] = {"table": tuple(rng.uniform(0.1, 0.9, 3))}
    if rng.random() < 0.8:
        kind = str(rng.choice(list(PATTERNS)))
        colours = tuple(tuple(rng.uniform(0.1, 0.9, 3)) for _ in range(2))
        size = PATTERNS[kind] * rng.uniform(0.6, 1.6)
        cover = {"pattern": {"kind": kind, "colours": colours, "size": size, "seed": int(rng.integers(1000, 9999))}}
    floor, ambient = tuple(rng.uniform(0.1, 0.6, 3)), rng.uniform(0.35, 0.55)
    return Appearance.model_validate(cover | {
        "floor": floor, "light": light, "ambient": ambient, "distractors": things,
    })  # fmt: skip
