"""Behaviour cloning: predicted chunks towards demonstrated ones (paper 3.1, Table 6)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vital_ros.augmentation.textures import Textures
from vital_ros.config import PolicyConfig
from vital_ros.learning.augment import Augmentation
from vital_ros.learning.background_pool import PROCEDURAL, check_same, draw_pool, pool_facts
from vital_ros.learning.dataset import Demonstrations
from vital_ros.learning.log import TrainingLog
from vital_ros.learning.loss import RAMP, SQUARED_ERRORS, axis_weights, chunk_loss
from vital_ros.learning.optimizer import learning_rate, make_optimizer
from vital_ros.learning.precision import arithmetic
from vital_ros.learning.readout import Supervised
from vital_ros.learning.report import write_report
from vital_ros.learning.state import Averaged, TrainingError, load_facts, load_state, save_state
from vital_ros.learning.team import Team
from vital_ros.learning.units import action_spec, in_network_units, split
from vital_ros.observation import ObservationSpec, tactile_scale
from vital_ros.policy import Card, VisuoTactilePolicy, load_card, save_checkpoint

LOSS_EVERY = 50
"""Iterations of which one mean loss is kept."""


@dataclass(frozen=True)
class Progress:
    """What is known after an iteration."""

    iteration: int
    iterations: int
    loss: float
    validation_mm: list[float] | None
    """Newest validation error of the first action, per axis of the action's frame."""
    still_mm: list[float] | None
    """The same error of a policy that never moves: what must be beaten, axis by axis."""


class BehaviourCloning:
    """A training in a folder; continues what the folder holds.

    Args:
        observation: the contract; its tactile scale is replaced by that of the data, its view mask by the policy's.
        out: folder for checkpoint, state, metrics, log and picture.
        team: the processes that train together; the first one writes.
        textures: what backgrounds are cut from (default: they are made up).

    Raises:
        ConfigError: pictures that cannot be used as backgrounds.
        TrainingError: too few episodes, no masks for a policy that needs them, or the folder holds another training.
    """

    def __init__(
        self,
        demonstrations: Demonstrations,
        observation: ObservationSpec,
        task: str,
        policy: PolicyConfig,
        preset: str,
        out: Path,
        seed: int = 0,
        team: Team | None = None,
        textures: Textures | None = None,
    ):
        self.out, self.seed, self.team = out, seed, team or Team()
        self.preset = policy.presets[preset]
        if self.preset.batch_size % self.team.count:
            raise TrainingError(f"a batch of {self.preset.batch_size} cannot be shared by {self.team.count} processes")
        training, held_out = split(demonstrations)
        augmented = policy.augmentation_of(preset)
        if augmented.background > 0 and not training.alpha.size:
            raise TrainingError(f"policy {policy.name} replaces backgrounds and needs masks")
        scale = tuple(tactile_scale(training.touch).tolist())
        facts = {"episodes": len(demonstrations.names), "samples": len(training), "sha256": demonstrations.sha256}
        self.card = Card(
            task=task,
            policy=policy.name,
            network=policy.network,
            observation=observation.model_copy(update={"tactile_scale": scale, "view_mask": policy.view_mask}),
            action=action_spec(demonstrations.samples, policy),
            ensemble_m=policy.ensemble_m,
            data={
                **facts,
                "masks": demonstrations.masks or "none",
                "left_out": _without_paths(demonstrations.left_out),
            },
        )
        try:
            self.data = in_network_units(training, self.card, self.team.device)
            self.validation = in_network_units(held_out, self.card, self.team.device)
        except ValueError as error:
            raise TrainingError(f"these demonstrations do not suit policy {policy.name}: {error}") from None
        self.weights = axis_weights(self.data.chunks, self.preset.balance)
        pool = draw_pool(textures, observation.image_size, seed)
        self.augment = Augmentation(augmented, torch.from_numpy(pool), policy.view_mask).to(self.team.device)

        torch.manual_seed(seed)
        self.network = VisuoTactilePolicy(policy.network, observation.tactile_values).to(self.team.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
        reduced = arithmetic(self.preset.precision, self.team.device.type) == torch.bfloat16
        self.supervised = Supervised(self.network, reduced).to(self.team.device)
        if policy.network.start == "scaled":
            start_at_mean(self.supervised, self.data.chunks)
        self.averaged = Averaged(self.supervised, self.preset.ema)
        self.optimizer = make_optimizer(self.supervised, self.preset)

        self._state = out / "state.safetensors"
        run: dict[str, Any] = {
            "policy": policy.model_dump(mode="json"),
            "preset": preset,
            "seed": seed,
            "task": task,
            "data": facts,
        }
        run["backgrounds"] = pool_facts(textures)
        self.facts: dict[str, Any] = {"run": run, "iteration": 0, "seconds": 0.0, "losses": [], "validation": []}
        if self._state.exists():
            self.facts = load_facts(self._state)
            if not _same_run(self.facts["run"], run):
                raise TrainingError(f"{out} holds another training (other data, preset or seed): choose another --out")
            check_same(str(out), self.facts["run"].setdefault("backgrounds", PROCEDURAL), run["backgrounds"])
            load_state(self._state, self.supervised, self.averaged, self.optimizer)
        self._joined = self.team.joined(self.supervised)

    def run(self, checkpoint_every: int = 250, on_progress: Callable[[Progress], None] = lambda progress: None) -> Card:
        """Train to the preset's last iteration; `on_progress` is called after every one.

        Raises:
            TrainingError: the loss is not finite any more; the last checkpoint stays.
        """
        if self.facts["iteration"] == self.preset.iterations:
            return load_card(self.out / self.card.policy)
        log = TrainingLog(self.out / "tensorboard", self.facts["iteration"]) if self.team.first else None
        try:
            self._run(checkpoint_every, on_progress, log)
        finally:
            if log:
                log.close()
        return self.card

    def _run(self, checkpoint_every: int, on_progress: Callable[[Progress], None], log: TrainingLog | None) -> None:
        last = self.preset.iterations
        losses: list[float] = []  # since the last mean was kept
        if log and self.facts["iteration"] == 0:
            log.show(self.batch(0)[0])
        while self.facts["iteration"] < last:
            started = perf_counter()
            loss = self.step(self.facts["iteration"])
            seconds = perf_counter() - started
            self.facts["iteration"] = iteration = self.facts["iteration"] + 1
            self.facts["seconds"] += seconds
            if not math.isfinite(loss):
                raise self._diverged(f"the loss is {loss}")
            losses.append(loss)
            if iteration % LOSS_EVERY == 0 or iteration == last:
                self.facts["losses"].append({"iteration": iteration, "loss": float(np.mean(losses))})
                losses.clear()
                if log:
                    rate = self.optimizer.param_groups[0]["lr"]
                    values = {"learning_rate": rate, "images_per_second": self.preset.batch_size / seconds}
                    log.write(iteration, {"loss": self.facts["losses"][-1]["loss"], **values})
            if self.team.first and (iteration % checkpoint_every == 0 or iteration == last):
                self.checkpoint()
                if log:
                    result = {key: value for key, value in self.facts["validation"][-1].items() if key != "iteration"}
                    log.write(iteration, {f"held_out/{key}": value for key, value in result.items()})
                    log.flush()
            newest = self.facts["validation"][-1] if self.facts["validation"] else {}
            on_progress(Progress(iteration, last, loss, newest.get("first_action_mm"), newest.get("still_mm")))

    def batch(self, iteration: int) -> tuple[Tensor, Tensor, Tensor]:
        """This process's augmented images, touch and chunks; all randomness follows from seed, iteration and rank."""
        draw, dropout = np.random.default_rng([self.seed, iteration]).integers(2**62, size=2)
        generator = torch.Generator().manual_seed(int(draw))
        torch.manual_seed(int(dropout) + self.team.rank)
        rows = self.team.share(torch.randint(len(self.data.images), (self.preset.batch_size,), generator=generator))
        if not self.team.first:
            generator.manual_seed(int(draw) + self.team.rank)
        chosen = self.data.rows(rows.to(self.team.device))
        images = self.augment(chosen.images, chosen.alpha, chosen.episodes, generator)
        return images, chosen.touch, chosen.chunks

    def step(self, iteration: int) -> float:
        """One gradient step on one random batch; its loss, of all processes together."""
        images, touch, target = self.batch(iteration)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.preset, iteration)
        self._joined.train()
        chunks, readout = self._joined(images, touch)
        weights = 1 + (self.weights - 1) * min(1.0, iteration / (RAMP * self.preset.iterations))
        loss = chunk_loss(self.preset.loss, chunks, target, weights)
        share = self.preset.readout * SQUARED_ERRORS[self.preset.loss]
        self.optimizer.zero_grad()
        (loss + share * chunk_loss("mse", readout, target, weights)).backward()
        self.optimizer.step()
        self.averaged.update(self.supervised, iteration)
        return self.team.mean(loss.detach()).item()

    @torch.no_grad()
    def validate(self) -> dict[str, Any]:
        """Errors on the held-out episodes, not augmented: MSE of the chunk, mean |error| of the first action.

        `still_mm` is that error of a policy that never moves: an axis not clearly below it has not been learned.
        """
        self.network.eval()
        chunks = []
        for rows in torch.arange(len(self.validation.images), device=self.team.device).split(64):
            images = self.augment.plain(self.validation.images[rows])
            chunks.append(self.network.act(self.supervised.encode(images, self.validation.touch[rows])))
        said, target = torch.cat(chunks), self.validation.chunks
        physical = [self.card.action.denormalise(c[:, 0].cpu().numpy()) for c in (said, target)]
        first, still = np.abs(physical[0] - physical[1]).mean(axis=0), np.abs(physical[1]).mean(axis=0)
        return {
            "loss": float((said - target).square().mean()),
            "first_action_mm": [round(1e3 * float(e), 4) for e in first[:3]],
            "still_mm": [round(1e3 * float(e), 4) for e in still[:3]],
            "first_action_mrad": [round(1e3 * float(e), 3) for e in first[3:6]],
        }

    def checkpoint(self) -> None:
        """Validate the averaged weights and write everything.

        Raises:
            TrainingError: the weights are not finite any more; what was written before stays.
        """
        self.averaged.swap(self.supervised)
        result = {"iteration": self.facts["iteration"], **self.validate()}
        if not math.isfinite(result["loss"]):
            raise self._diverged("the weights are not finite")
        self.facts["validation"].append(result)
        training = {"preset": self.facts["run"]["preset"], **self.preset.model_dump(), "seed": self.seed}
        training |= {"augmentation": self.augment.config.model_dump(), "processes": self.team.count}
        training["backgrounds"] = self.facts["run"]["backgrounds"]
        training |= {"done": self.facts["iteration"], "seconds": round(self.facts["seconds"]), "validation": result}
        card = self.card.model_copy(update={"training": training})
        self.card = save_checkpoint(self.out / card.policy, self.network, card)
        self.averaged.swap(self.supervised)
        save_state(self._state, self.supervised, self.averaged, self.optimizer, self.facts)
        write_report(self.out, self.facts)

    def _diverged(self, what: str) -> TrainingError:
        done = self.facts["validation"][-1]["iteration"] if self.facts["validation"] else 0
        kept = f"; {self.out} keeps iteration {done}" if done else ""
        return TrainingError(f"{what} at iteration {self.facts['iteration']}: lower the learning rate{kept}")


def _without_paths(left_out: dict[str, str]) -> dict[str, str]:
    """Reasons by episode; a card goes where the data's folders are not."""
    return {name: re.sub(rf"\S*/(?={re.escape(name)})", "", reason) for name, reason in left_out.items()}


def _same_run(saved: dict[str, Any], run: dict[str, Any]) -> bool:
    """Switches that the saved run did not know yet had their defaults."""
    try:
        known = PolicyConfig.model_validate(saved.get("policy")).model_dump(mode="json")
    except ValueError:
        return False
    return {**saved, "policy": known, "backgrounds": run["backgrounds"]} == run


def start_at_mean(supervised: Supervised, chunks: Tensor) -> None:
    """Let the untrained outputs be the mean chunk, (n, length, 7) in network units.

    Else what is the same in all chunks (a closed gripper is -1) makes nearly all of the first loss, and its gradient
    drives the layers that all outputs share into a constant, from which a small network does not come back.
    """
    mean = chunks.mean(dim=0).flatten().clamp(-0.95, 0.95)
    with torch.no_grad():
        supervised.policy.get_parameter("head.4.bias").copy_(torch.atanh(mean))
        supervised.readout.bias.copy_(mean)
