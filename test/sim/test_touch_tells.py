"""Touch must carry what vision cannot see: whether the part is in, or stuck on the face."""

import numpy as np
import pytest

from vital_ros.geometry import Pose
from vital_ros.sim import Cell

TRIALS, KNOWN = 90, 60
RIDGE = 1.0


@pytest.mark.parametrize("task", ["plug_socket", "usb_insertion"])
def test_a_ridge_regression_tells_inserted_from_jammed(config, task):
    """Over seeds with every imperfection, several skins among them; what wedges half way is neither and left out."""
    cell = Cell(task, config)
    trials = [trial(cell, seed, jammed=bool(seed % 2)) for seed in range(TRIALS)]
    trials = [(values, inserted) for values, inserted in trials if inserted is not None]
    assert len(trials) > TRIALS - 5
    features, labels = np.array([values for values, _ in trials]), np.array([float(inserted) for _, inserted in trials])
    features = (features - features[:KNOWN].mean(axis=0)) / features[:KNOWN].std(axis=0)
    features = np.column_stack([features, np.ones(len(features))])
    known, truth = features[:KNOWN], labels[:KNOWN]
    weights = np.linalg.solve(known.T @ known + RIDGE * np.eye(features.shape[1]), known.T @ truth)
    residual = features[KNOWN:] @ weights - labels[KNOWN:]
    assert 1 - residual.var() / labels[KNOWN:].var() >= 0.99


def trial(cell, seed, jammed):
    """Press where the opening is, or 2 to 3 mm beside it; the 15 values then, and whether the part is in."""
    rng = np.random.default_rng([seed, 8])
    angle = rng.uniform(0, 2 * np.pi)
    beside = rng.uniform(0.002, 0.003) * np.array([np.cos(angle), np.sin(angle)]) if jammed else np.zeros(2)
    cell.reset(seed, cell.nominal @ Pose((0, 0, cell.task.tip[2] + 0.003), (1, 0, 0, 0)))
    baseline = cell.baseline()
    tip = cell.part_pose().apply(cell.task.tip)
    deepest = -0.002 if jammed else -cell.task.goal - 0.001
    for height in np.linspace(0.001, deepest, 4 if jammed else 8):
        wanted = (*(beside - tip[:2]), cell.task.tip[2] + height + 0.003 - tip[2])
        cell.step(cell.target_pose() @ Pose(wanted, (1, 0, 0, 0)), 0.0)
    depth = cell.judge.progress
    inserted = True if depth > cell.task.goal else False if depth < 0.001 else None
    return (cell.tactile() - baseline)[0], inserted
