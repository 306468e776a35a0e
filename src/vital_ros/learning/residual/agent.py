"""Actor and twin critic of the residual, and one environment step's worth of learning (paper 3.2, A1.2).

n-step DDPG as in DrQ-v2, or SAC. The critics' updates run one after the other, each on a batch of its own; the actor
stands still meanwhile, so what it would do in all their later states is computed at once, which is exact.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vital_ros.config.residual import ExplorationConfig, ResidualConfig
from vital_ros.learning.precision import arithmetic
from vital_ros.learning.replay_table import Transitions
from vital_ros.learning.residual.weights import Trailing, Trained
from vital_ros.policy.actions import ACTION_SIZE
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_network import ResidualActor, mlp
from vital_ros.policy.residual_policy import ResidualPolicy

SMALLEST_SPREAD = 0.1
"""Of a feature, as a share of the mean spread: what hardly changes is not blown up to noise."""
CRITICS = 2
TEMPERATURE_RATE = 3e-4
"""Learning rate of SAC's temperature (release), which begins at `FIRST_TEMPERATURE` (RLPD)."""
FIRST_TEMPERATURE = 0.1


class Learned(NamedTuple):
    """What one environment step's updates came to."""

    critic_loss: float
    value: float
    """Mean of the critics' values of what the actor would do."""
    residual: float
    """Mean size of what it would do, in units of the bound."""


def exploration_std(config: ExplorationConfig, step: int) -> float:
    """Units of the residual's bound (paper Table 6: linear(0.25, 0.1, 5000))."""
    return config.start + (config.end - config.start) * min(1.0, step / config.steps)


def ramp(config: ResidualConfig, step: int) -> float:
    """Share of its size that the residual has by an environment step."""
    return min(1.0, step / config.ramp) if config.ramp else 1.0


class Agent:
    """All that learns.

    Args:
        features: of image and touch together.
        bound: largest residual, (7,), physical; 0 where it may change nothing.
        largest: of the base action, (7,), physical: its unit.

    Attributes:
        updates: environment steps learned from; all randomness follows from it and the seed.
    """

    def __init__(
        self,
        config: ResidualConfig,
        features: int,
        bound: NDArray[np.float64],
        largest: NDArray[np.float64],
        seed: int = 0,
    ):
        self.config, self.seed, self.updates = config, seed, 0
        self._dtype = arithmetic(config.precision)
        self.mean, self.spread = torch.zeros(features), torch.ones(features)
        self._mask = torch.from_numpy((bound > 0).astype(np.float32))
        self._per_bound = torch.from_numpy(np.divide(1, bound, where=bound > 0, out=np.zeros(7)).astype(np.float32))
        self._per_largest = torch.from_numpy(
            np.divide(1, largest, where=largest > 0, out=np.zeros(7)).astype(np.float32)
        )
        torch.manual_seed(seed)
        state, stochastic = features + ACTION_SIZE, config.algorithm == "sac"
        actor = ResidualActor(state, config.width, config.actor_layers, stochastic)
        self.actor = Trained(actor, self._dtype, config.actor_learning_rate, config.actor_l2)
        self.critic = Trained(self._make_critics(state), self._dtype, config.critic_learning_rate)
        self.target = Trailing(self._make_critics(state), self._dtype, self.critic.weights)
        self.log_temperature = torch.tensor([math.log(FIRST_TEMPERATURE)])

    def scale_features(self, seen: NDArray[np.float16]) -> None:
        """Let features have mean 0 and spread 1 over what was seen while warming up, (n, features).

        A key point moves by a few hundredths of the image: that, not where it is on average, is what bf16 must hold.
        """
        values = torch.from_numpy(seen).float()
        spread = values.std(dim=0)
        self.mean.copy_(values.mean(dim=0))
        self.spread.copy_(spread.clamp(min=max(SMALLEST_SPREAD * float(spread.mean()), 1e-6)))

    def learn(self, batch: Transitions) -> Learned:
        """`utd` critic updates with full batches and one of the actor.

        Args:
            batch: utd * batch_size transitions.
        """
        config = self.config
        generator = torch.Generator().manual_seed(self.seed + 0x5EED * (self.updates + 1))
        share = ramp(config, self.updates + config.warm_up)
        state, later = self.state(batch.z, batch.a_base), self.state(batch.next_z, batch.next_a_base)
        residual = (torch.from_numpy(batch.a_res) * self._per_bound).to(self._dtype)
        reward, discount = torch.from_numpy(batch.reward), torch.from_numpy(batch.discount)
        with torch.no_grad():
            action, bonus = self._explored(later, generator)
            reward = reward + discount * bonus
            after = torch.cat([later, (share * action).to(self._dtype)], dim=1)
        before = torch.cat([state, residual], dim=1)
        losses = []
        for part in torch.arange(len(reward)).split(config.batch_size):
            rows = slice(int(part[0]), int(part[-1]) + 1)
            with torch.no_grad():
                goal = reward[rows] + discount[rows] * _values(self.target.weights.network, after[rows]).amin(dim=0)
            loss = (_values(self.critic.weights.network, before[rows]) - goal).square().mean()
            self.critic.step(loss)
            self.target.follow(self.critic.weights, config.tau)
            losses.append(loss.detach())
        value, size = self._improve(state[rows], share, generator)
        self.updates += 1
        return Learned(float(torch.stack(losses).mean()), value, size)

    def state(self, z: NDArray[np.float16], a_base: NDArray[np.float32]) -> Tensor:
        """Scaled features and base action as the networks see them, (B, features + 7)."""
        features = (torch.from_numpy(z).float() - self.mean) / self.spread
        return torch.cat([features, torch.from_numpy(a_base) * self._per_largest], dim=1).to(self._dtype)

    def policy(self, card: ResidualCard) -> ResidualPolicy:
        """What acts with the present weights."""
        weights = self.actor.weights
        actor = {name: tensor.clone() for name, tensor in weights.named(weights.master).items()}
        return ResidualPolicy(card, {"mean": self.mean.clone(), "spread": self.spread.clone(), **actor})

    def tensors(self) -> dict[str, Tensor]:
        """Everything that has been learned, to be saved; or copied into, followed by `restored(updates)`."""
        named = {"mean": self.mean, "spread": self.spread, "log_temperature": self.log_temperature}
        for part in ("actor", "critic"):
            named |= {f"{part}.{key}": tensor for key, tensor in getattr(self, part).tensors().items()}
        return named | {"target.weights": self.target.weights.master}

    def restored(self, updates: int) -> None:
        """Continue with what was copied into `tensors()`."""
        for part in (self.actor, self.critic, self.target):
            part.weights.publish()
        self.updates = updates

    def _explored(self, state: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor | float]:
        """What would be done, with noise, (B, 7) in [-1, 1]; SAC's bonus for keeping it random, (B,)."""
        actor = self.actor.weights.network
        assert isinstance(actor, ResidualActor)
        if self.config.algorithm == "ddpg":
            noise = exploration_std(self.config.exploration, self.updates) * _normal(state, generator)
            clip = self.config.exploration.target_clip
            return (actor(state) + noise.clamp(-clip, clip)).clamp(-1, 1) * self._mask, 0.0
        mean, std = actor.distribution(state)
        noise = _normal(state, generator)
        raw = mean + std * noise
        slope = 2 * (math.log(2) - raw - nn.functional.softplus(-2 * raw))  # log of tanh's derivative
        density = -0.5 * noise.square() - std.log() - 0.5 * math.log(2 * math.pi) - slope
        return torch.tanh(raw) * self._mask, -self.log_temperature.exp() * (density * self._mask).sum(dim=1)

    def _improve(self, state: Tensor, share: float, generator: torch.Generator) -> tuple[float, float]:
        """One step of the actor on one batch; the mean value and size of what it would do."""
        action, bonus = self._explored(state, generator)
        critics = self.critic.weights.network.requires_grad_(False)
        value = _values(critics, torch.cat([state, (share * action).to(self._dtype)], dim=1)).amin(dim=0)
        self.actor.step(-(value + bonus).mean())
        critics.requires_grad_(True)
        if isinstance(bonus, Tensor):
            entropy = bonus.detach().mean() / self.log_temperature.exp()
            wanted = -0.5 * self._mask.sum()  # release
            self.log_temperature -= TEMPERATURE_RATE * (entropy - wanted)
        return float(value.detach().mean()), float(action.detach().abs().mean())

    def _make_critics(self, state: int) -> nn.ModuleList:
        width, layers = self.config.width, self.config.critic_layers
        return nn.ModuleList(mlp(state + ACTION_SIZE, width, layers, 1, norm=True) for _ in range(CRITICS))


def _values(critics: nn.Module, inputs: Tensor) -> Tensor:
    """Of every critic, (critics, B)."""
    return torch.stack([critic(inputs)[:, 0] for critic in critics.children()]).float()


def _normal(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn((len(like), ACTION_SIZE), generator=generator)
