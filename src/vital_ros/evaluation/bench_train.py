"""How fast behaviour cloning trains: 128 x 128, batches of 64, truncated encoder, backgrounds replaced; no GPU."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vital_ros.augmentation.backgrounds import procedural_backgrounds
from vital_ros.augmentation.composite import soften
from vital_ros.config import PolicyConfig, load_config
from vital_ros.learning.dataset import Demonstrations
from vital_ros.learning.episode_samples import Samples
from vital_ros.learning.train_bc import BehaviourCloning, Progress
from vital_ros.policy.contract import observation_contract

BATCH = 64
WARM_UP = 3
ALONE = WARM_UP + 10
TOGETHER = WARM_UP + 20
"""Iterations with one thread, and with all cores after them."""
EPISODES, TICKS = 4, 150


def measure() -> dict[str, float]:
    """Images a second of all cores, and of one in CPU time; the share of loading and augmenting in a step.

    The real training loop on made-up pictures. Figures in CPU time do not count other programs; `images_per_s` does,
    and means something on an idle machine only.
    """
    threads = torch.get_num_threads()
    try:
        with TemporaryDirectory() as folder:
            return _measure(Path(folder))
    finally:
        torch.set_num_threads(threads)


def _measure(folder: Path) -> dict[str, float]:
    config = load_config()
    policy = config.policy("vital_bc")
    changes = {"batch_size": BATCH, "iterations": ALONE + TOGETHER, "background": 1.0}
    preset = policy.presets["cpu"].model_copy(update=changes)
    policy = policy.model_copy(update={"presets": {"bench": preset}})
    contract = observation_contract(config)
    training = _Measured(_demonstrations(policy, contract.image_size), contract, "bench", policy, "bench", folder)
    wall, cpu = [], []

    def note(progress: Progress) -> None:
        wall.append(perf_counter())
        cpu.append(process_time())
        if progress.iteration == ALONE:
            torch.set_num_threads(len(os.sched_getaffinity(0)))

    torch.set_num_threads(1)
    training.run(on_progress=note, checkpoint_every=preset.iterations + 1)
    alone = slice(WARM_UP, ALONE)
    cpu_of_step = median(np.diff(cpu[alone]).tolist())
    together = np.diff(wall[ALONE + WARM_UP : -1]).tolist()  # the last step writes a checkpoint
    return {
        "images_per_s": round(BATCH / median(together), 1),
        "images_per_cpu_s": round(BATCH / cpu_of_step, 1),
        "input_share_percent": round(100 * median(training.input_cpu_seconds[alone]) / cpu_of_step, 2),
    }


class _Measured(BehaviourCloning):
    """Notes what its inputs cost, in CPU time."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.input_cpu_seconds: list[float] = []

    def batch(self, iteration: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        begin = process_time()
        made = super().batch(iteration)
        self.input_cpu_seconds.append(process_time() - begin)
        return made


def _demonstrations(policy: PolicyConfig, size: int) -> Demonstrations:
    """Pictures with an object a third of their size, small motions and touch."""
    rng = np.random.default_rng(0)
    count = EPISODES * TICKS
    chunks = rng.normal(0, 1e-3, (count, policy.network.chunk, 7)).astype(np.float32)
    chunks[..., 6] = 0
    samples = Samples(
        np.resize(procedural_backgrounds(50, size, rng), (count, size, size, 3)),
        np.resize(_outlines(size), (count, size, size)),
        rng.normal(0, 100, (count, 15)).astype(np.float32),
        chunks,
        np.repeat(np.arange(EPISODES), TICKS),
    )
    return Demonstrations(samples, [str(episode) for episode in range(EPISODES)], "", masks="truth")


def _outlines(size: int) -> NDArray[np.uint8]:
    """Discs of several sizes, soft at the edge."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return np.stack([soften(np.where(np.hypot(x, y) < radius, 255, 0).astype(np.uint8)) for radius in (0.5, 0.6, 0.7)])
