"""What the conditions look like: one sheet for each, the tasks down and its combinations across."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.config import Config
from vital_ros.execution.plan import start_pose
from vital_ros.sim import Cell
from vital_ros.sim.conditions import Combination, condition_names, load_condition
from vital_ros.sim.instance import Instance

Image = NDArray[np.uint8]
HEIGHT, WIDTH, BAR = 162, 288, 16
"""px, of both views, of the third camera's, and of the caption."""
SHOWN = slice(30, 390)
"""Rows of the third camera's picture."""
COLUMNS = 3
QUALITY = 84


def draw_gallery(folder: Path, tasks: Sequence[str], config: Config, seed: int) -> list[Path]:
    """Write <condition>.jpg for every condition: third camera, and beside it what the policy sees at its start.

    Raises:
        ConfigError: a condition cannot be used.
        RenderError: nothing can be drawn on this machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in condition_names(config):
        rows = [_row(task, name, config, seed) for task in tasks]
        width = max(row.shape[1] for row in rows)
        sheet = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
        written.append(folder / f"{name}.jpg")
        cv2.imwrite(str(written[-1]), np.vstack(sheet)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return written


def _row(task: str, condition: str, config: Config, seed: int) -> Image:
    """A task under every combination, or under COLUMNS of them that differ in everything."""
    combinations = load_condition(config, condition, task).combinations
    many = len(combinations) > COLUMNS
    step = len(combinations) // COLUMNS + 1 if many else 1  # of three scenes with some places each: the diagonal
    cells: dict[Instance, Cell] = {}
    tiles = []
    for combination in combinations[::step][:COLUMNS]:
        thing = combination.scene.object
        if thing not in cells:
            cells[thing] = Cell(task, config, scene=combination.scene)
        tiles.append(_tile(cells[thing], combination, seed))
    for cell in cells.values():
        cell.close()
    return np.hstack(tiles)


def _tile(cell: Cell, combination: Combination, seed: int) -> Image:
    nominal = combination.scene.target.pose(cell.task)
    cell.appearance = combination.scene.appearance
    cell.reset(seed, start_pose(cell.limits, nominal, seed), nominal)
    third, wrist = cell.render_third()[0][SHOWN], cell.render_wrist()[:, :128]
    views = np.hstack([_fit(third, WIDTH, HEIGHT), _fit(wrist, HEIGHT, HEIGHT)])
    bar = np.full((BAR, views.shape[1], 3), 245, np.uint8)
    text = f"{cell.task.name}: {combination.label}"
    cv2.putText(bar, text, (3, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (40, 40, 40), 1, cv2.LINE_AA)
    return np.vstack([views, bar])


def _fit(view: Image, width: int, height: int) -> Image:
    return np.asarray(cv2.resize(view, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
