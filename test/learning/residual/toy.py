"""Reaching a point of the plane with a base policy that is biased: it comes to rest beside the goal.

Features are noisy-looking but frozen functions of the position, as an encoder's would be.
"""

import numpy as np

from vital_ros.config.residual import ResidualConfig
from vital_ros.learning.replay import Replay
from vital_ros.learning.replay_episode import EpisodeFacts, ReplayEpisode
from vital_ros.learning.residual.agent import Agent, exploration_std, ramp
from vital_ros.policy.residual_card import ResidualCard

BOUND, LARGEST = np.array([0.2, 0.2, 0, 0, 0, 0, 0]), np.array([1.0, 1.0, 1.0, 0, 0, 0, 1.0])
REACHED, LIMIT, FEATURES, VIEWS = 0.1, 12, 24, 2
SETTINGS = {
    "width": 48, "utd": 4, "batch_size": 64, "warm_up": 120, "ramp": 60, "views": VIEWS, "tau": 0.05,
    "actor_learning_rate": 1e-3, "critic_learning_rate": 1e-3,
    "exploration": {"start": 0.5, "end": 0.2, "steps": 600}, "reward": {"per_mm": 0.0005},
}  # fmt: skip


class Toy:
    """A world, an agent and its replay."""

    def __init__(self, folder, seed=0, **changes):
        self.config = ResidualConfig.model_validate({**SETTINGS, **changes})
        self.rng, self.seed = np.random.default_rng(seed), seed
        self.mix = np.random.default_rng(7).normal(0, 1, (4, FEATURES - 2))
        self.replay = Replay(folder, "toy", self.config.reward, self.config.n_step, self.config.discount)
        self.agent = Agent(self.config, FEATURES, BOUND, LARGEST, seed)
        self.steps = 0

    def card(self):
        return ResidualCard(
            task="toy", base="biased", base_sha256="", config=self.config, features=FEATURES,
            bound=tuple(BOUND), largest=tuple(LARGEST),
        )  # fmt: skip

    def see(self, place, view=0):
        waves = np.tanh(np.array([*place, 0.3 * place[0] * place[1], 0.1 * view]) @ self.mix)
        return waves.astype(np.float16), place.astype(np.float16)

    def base(self, place):
        return np.array([*(np.array([0.15, -0.12]) - 0.3 * place), 0, 0, 0, 0, 1.0])

    def play(self, residual, rng, explore=True):
        """One episode; whether it reached the goal."""
        place, places, actions = rng.uniform(-1, 1, 2), [], []
        place += np.sign(place)
        std = exploration_std(self.config.exploration, self.steps) if explore else 0.0
        share = ramp(self.config, self.steps) if explore else 1.0
        while len(actions) < LIMIT and np.abs(place).max() > REACHED:
            places.append(place)
            added = np.zeros(7)
            if residual is not None:
                added = residual.act(np.hstack(self.see(place)), np.float32(self.base(place)), share, std, rng)
            actions.append(added)
            place = place + self.base(place)[:2] + added[:2]
        places.append(place)
        success = bool(np.abs(place).max() <= REACHED)
        if explore:
            self.keep(places, actions, success)
        return success

    def keep(self, places, actions, success):
        self.replay.add(
            ReplayEpisode(
                EpisodeFacts(
                    name=f"toy_{len(self.replay.names):05}", contract="toy", success=success, terminated=success
                ),
                np.array([[self.see(place, view)[0] for place in places] for view in range(VIEWS)]),
                np.array([self.see(place)[1] for place in places]),
                np.array([self.base(place) for place in places], np.float32),
                np.array(actions, np.float32),
                np.array([np.abs(place).sum() for place in places[1:]], np.float32),
            )
        )
        self.steps += len(actions)

    def train(self, steps):
        while self.steps < steps:
            self.play(self.agent.policy(self.card()), self.rng)
            self.catch_up()

    def catch_up(self):
        while self.agent.updates < self.steps - self.config.warm_up:
            if self.agent.updates == 0:
                self.agent.scale_features(self.replay.features())
            self.learn()

    def learn(self):
        rng = np.random.default_rng([self.seed, self.agent.updates])
        return self.agent.learn(self.replay.sample(self.config.utd * self.config.batch_size, rng))

    def success(self, residual, episodes=40):
        rng = np.random.default_rng(50_000)
        return sum(self.play(residual, rng, explore=False) for _ in range(episodes)) / episodes
