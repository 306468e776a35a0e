"""What learns, with its replay and its state on the disk: the same in-process and beside a running robot.

After kill -9 everything that was finished is there again: episodes are files that are never changed, networks and
optimisers one file that is replaced as a whole.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from vital_ros.config import ResidualConfig
from vital_ros.learning.replay import Replay
from vital_ros.learning.residual.agent import Agent, Learned
from vital_ros.learning.residual.batches import draw_batches
from vital_ros.learning.state import TrainingError, load_facts
from vital_ros.policy.card import Card, replace
from vital_ros.policy.residual_bound import largest_action, residual_bound
from vital_ros.policy.residual_card import ResidualCard
from vital_ros.policy.residual_policy import ResidualPolicy

REPORT_EVERY = 100
"""Environment steps of which one mean of the losses is kept."""
STATE = "state.safetensors"


class Learner:
    """Of one residual, in a folder; continues what the folder holds.

    Args:
        base: card of the policy that is corrected.
        facts: what the state remembers beside the networks, with the values of a new run.
        on_problem: told of every file of the replay that is left out.

    Attributes:
        card: of the residual, as it would be used.
        facts: JSON-serialisable; `run` says what is being learned, `losses` how it goes.

    Raises:
        TrainingError: the folder holds another training or cannot be written.
    """

    def __init__(
        self,
        task: str,
        base: Card,
        settings: ResidualConfig,
        out: Path,
        seed: int = 0,
        facts: dict[str, Any] | None = None,
        on_problem: Callable[[str], None] = lambda message: None,
    ):
        self.out, self.settings, self.seed = out, settings, seed
        bound, largest = residual_bound(base.action, settings), largest_action(base.action)
        features = base.network.feature_size * (2 if base.network.tactile else 1)
        self.card = ResidualCard(
            task=task, base=base.policy, base_sha256=base.weights_sha256, config=settings, features=features,
            bound=tuple(bound.tolist()), largest=tuple(largest.tolist()),
        )  # fmt: skip
        self.contract = f"{task} {base.policy} {base.weights_sha256[:16]} {settings.base}"
        run = {"task": task, "base": base.policy, "base_sha256": base.weights_sha256, "seed": seed}
        run["config"] = settings.model_dump(mode="json", exclude={"variants", "record"})
        self.facts: dict[str, Any] = {"run": run, "updates": 0, "losses": [], **(facts or {})}
        state = out / STATE
        if state.exists():
            self.facts |= load_facts(state)
            if self.facts["run"] != run:
                raise TrainingError(
                    f"{out} holds another training (other base, switches or seed): choose another --out"
                )
        try:
            self.replay = Replay(
                out / "replay", self.contract, settings.reward, settings.n_step, settings.discount, on_problem
            )
        except OSError as error:
            raise TrainingError(f"cannot write to {out} ({error.strerror})") from None
        self.agent = Agent(settings, features, bound, largest, seed)
        if state.exists():
            self.restore(state)
        self._learned: list[Learned] = []

    @property
    def step(self) -> int:
        """Environment steps learned from; those of the warm-up count once learning has begun."""
        return self.agent.updates + self.settings.warm_up if self.agent.updates else 0

    @property
    def behind(self) -> int:
        """Environment steps that were played and not learned from."""
        return self.replay.steps() - self.settings.warm_up - self.agent.updates

    @property
    def utd(self) -> float:
        """Critic updates per environment step, as reached until now."""
        return self.settings.utd * self.agent.updates / max(1, self.replay.steps() - self.settings.warm_up)

    def played(self) -> list[str]:
        """Episodes of this training, in their order; not the demonstrations."""
        return [name for name in self.replay.names if not self.replay.episode(name).facts.demonstration]

    def learn(self) -> bool:
        """Learn from one environment step; whether another mean of losses has been kept.

        Raises:
            TrainingError: the losses are not finite; what was saved stays.
        """
        if self.agent.updates == 0:
            self.agent.scale_features(self.replay.features())
        rng = np.random.default_rng([self.seed, self.agent.updates])
        learned = self.agent.learn(draw_batches(self.replay, self.settings, rng))
        if not math.isfinite(learned.critic_loss + learned.value):
            said = f"critic's loss {learned.critic_loss}, value {learned.value} at step {self.step}"
            raise TrainingError(f"{said}: lower the learning rates; {self.out} keeps the last state")
        self._learned.append(learned)
        if self.step % REPORT_EVERY:
            return False
        means = dict(zip(Learned._fields, np.mean(self._learned, axis=0).round(5).tolist(), strict=True))
        self.facts["losses"].append({"step": self.step, **means})
        self._learned.clear()
        return True

    def policy(self) -> ResidualPolicy:
        """What acts with the present weights."""
        return self.agent.policy(self.card)

    def save(self, path: Path | None = None) -> None:
        """Networks, optimisers and facts, replaced atomically. Raise OSError."""
        self.facts["updates"] = self.agent.updates
        tensors = {key: tensor.contiguous() for key, tensor in self.agent.tensors().items()}
        replace(path or self.out / STATE, save(tensors, {"facts": json.dumps(self.facts)}))

    def restore(self, path: Path) -> None:
        """Networks and optimisers as they were saved, and how often they had been updated. Raise TrainingError."""
        updates = load_facts(path)["updates"]
        try:
            with safe_open(path, "pt") as file, torch.no_grad():
                for key, tensor in self.agent.tensors().items():
                    tensor.copy_(file.get_tensor(key))
        except (SafetensorError, OSError, RuntimeError):
            raise TrainingError(f"{path} is damaged: remove it to learn again from the replay") from None
        self.agent.restored(updates)
