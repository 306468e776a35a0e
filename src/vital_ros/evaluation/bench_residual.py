"""What learning from one environment step costs: 16 critic updates and one of the actor, batches of 256, one thread."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
import torch

from vital_ros.config.residual import ResidualConfig
from vital_ros.learning.precision import PRECISIONS
from vital_ros.learning.replay import Replay
from vital_ros.learning.replay_episode import EpisodeFacts, ReplayEpisode
from vital_ros.learning.residual.agent import Agent

EPISODES, TICKS, VIEWS, FEATURES = 400, 40, 8, 256
"""16,000 steps, as the paper's training has at its end."""
WARM_UP, STEPS = 3, 20


def measure() -> dict[str, float]:
    """ms per environment step, drawing the batches from the replay included, and of that drawing alone.

    CPU time does not count other programs; wall time means something on an idle core only.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with TemporaryDirectory() as folder:
            replay = _replay(Path(folder))
            figures: dict[str, float] = {}
            for precision in PRECISIONS:
                figures |= _measure(replay, ResidualConfig.model_validate({"precision": precision}))
            return figures
    finally:
        torch.set_num_threads(threads)


def _measure(replay: Replay, config: ResidualConfig) -> dict[str, float]:
    agent = Agent(config, 2 * FEATURES, np.full(7, 1e-3), np.full(7, 5e-3))
    agent.scale_features(replay.features())
    wall, cpu, drawing = [], [], []
    for step in range(WARM_UP + STEPS):
        begin, begin_cpu = perf_counter(), process_time()
        batch = replay.sample(config.utd * config.batch_size, np.random.default_rng(step))
        drawing.append(process_time() - begin_cpu)
        agent.learn(batch)
        wall.append(perf_counter() - begin)
        cpu.append(process_time() - begin_cpu)
    named = {"step_ms": wall, "step_cpu_ms": cpu, "drawing_cpu_ms": drawing}
    return {f"{config.precision}_{key}": round(1e3 * median(values[WARM_UP:]), 1) for key, values in named.items()}


def _replay(folder: Path) -> Replay:
    """Noise of the real shapes."""
    config = ResidualConfig()
    replay = Replay(folder, "bench", config.reward, config.n_step, config.discount)
    rng = np.random.default_rng(0)
    z = rng.standard_normal((VIEWS, TICKS + 1, FEATURES)).astype(np.float16)
    actions = rng.normal(0, 1e-3, (TICKS + 1, 7)).astype(np.float32)
    for number in range(EPISODES):
        facts = EpisodeFacts(name=f"bench_{number}", contract="bench", terminated=True, success=bool(number % 2))
        replay.add(ReplayEpisode(facts, z, z[0].copy(), actions, actions[1:], np.abs(actions[1:, 0])))
    return replay
