"""Behaviour cloning: mean squared error between predicted and demonstrated chunks (paper 3.1, Table 6)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vital_ros.augmentation.backgrounds import procedural_backgrounds
from vital_ros.config import PolicyConfig, TrainingPreset
from vital_ros.learning.augment import Augmentation
from vital_ros.learning.dataset import Demonstrations, Samples
from vital_ros.learning.readout import Supervised
from vital_ros.learning.report import write_report
from vital_ros.learning.state import Averaged, TrainingError, load_facts, load_state, save_state
from vital_ros.observation import ObservationSpec, tactile_scale
from vital_ros.policy import ActionSpec, Card, VisuoTactilePolicy, load_card, save_checkpoint
from vital_ros.policy.actions import Frame

BACKGROUNDS = 512
BACKGROUND_SEED = 0x7E41
"""First word of the training backgrounds' seed; what evaluates shall use another."""
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
        observation: the contract; its tactile scale is replaced by that of the data.
        out: folder for checkpoint, state, metrics and picture.

    Raises:
        TrainingError: too few episodes, or the folder holds another training.
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
        device: str = "cpu",
    ):
        training, held_out = split(demonstrations)
        action = action_spec(demonstrations.samples, policy.action_frame)
        scale = tuple(tactile_scale(training.touch).tolist())
        self.out, self.seed, self.device = out, seed, torch.device(device)
        self.preset = policy.presets[preset]
        self.card = Card(
            task=task,
            policy=policy.name,
            network=policy.network,
            observation=observation.model_copy(update={"tactile_scale": scale}),
            action=action,
            data={"episodes": len(demonstrations.names), "samples": len(training), "sha256": demonstrations.sha256},
        )
        self.data, self.validation = self._tensors(training), self._tensors(held_out)
        self.augment = augmentation(policy, self.preset, observation.image_size, seed).to(self.device)

        torch.manual_seed(seed)
        self.network = VisuoTactilePolicy(policy.network, observation.tactile_values).to(self.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
        self.supervised = Supervised(self.network).to(self.device)
        start_at_mean(self.supervised, self.data.chunks)
        self.averaged = Averaged(self.supervised, self.preset.ema)
        self.optimizer = torch.optim.Adam(self.supervised.parameters(), lr=self.preset.learning_rate, fused=True)

        self._state = out / "state.safetensors"
        run = {
            "policy": policy.model_dump(mode="json"),
            "preset": preset,
            "seed": seed,
            "task": task,
            "data": self.card.data,
        }
        self.facts: dict[str, Any] = {"run": run, "iteration": 0, "seconds": 0.0, "losses": [], "validation": []}
        if self._state.exists():
            self.facts = load_facts(self._state)
            if self.facts["run"] != run:
                raise TrainingError(f"{out} holds another training (other data, preset or seed): choose another --out")
            load_state(self._state, self.supervised, self.averaged, self.optimizer)

    def run(self, checkpoint_every: int = 250, on_progress: Callable[[Progress], None] = lambda progress: None) -> Card:
        """Train to the preset's last iteration; `on_progress` is called after every one.

        Raises:
            TrainingError: the loss is not finite any more.
        """
        last = self.preset.iterations
        if self.facts["iteration"] == last:
            return load_card(self.out / self.card.policy)
        losses: list[float] = []  # since the last mean was kept
        while self.facts["iteration"] < last:
            started = monotonic()
            loss = self.step(self.facts["iteration"])
            self.facts["iteration"] = iteration = self.facts["iteration"] + 1
            self.facts["seconds"] += monotonic() - started
            if not math.isfinite(loss):
                raise TrainingError(f"the loss is {loss} at iteration {iteration}: lower the learning rate")
            losses.append(loss)
            if iteration % LOSS_EVERY == 0 or iteration == last:
                self.facts["losses"].append({"iteration": iteration, "loss": float(np.mean(losses))})
                losses.clear()
            if iteration % checkpoint_every == 0 or iteration == last:
                self.checkpoint()
            newest = self.facts["validation"][-1] if self.facts["validation"] else {}
            on_progress(Progress(iteration, last, loss, newest.get("first_action_mm"), newest.get("still_mm")))
        return self.card

    def step(self, iteration: int) -> float:
        """One gradient step on one random batch, all of whose randomness follows from seed and iteration."""
        draw, dropout = np.random.default_rng([self.seed, iteration]).integers(2**62, size=2)
        generator = torch.Generator().manual_seed(int(draw))
        torch.manual_seed(int(dropout))
        rows = torch.randint(len(self.data.images), (self.preset.batch_size,), generator=generator).to(self.device)
        images = self.augment(self.data.images[rows], self.data.masks[rows], generator)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.preset, iteration)
        self.network.train()
        chunks, readout = self.supervised(self._encode(images, self.data.touch[rows]))
        loss = F.mse_loss(chunks, self.data.chunks[rows])
        self.optimizer.zero_grad()
        (loss + self.preset.readout * F.mse_loss(readout, self.data.chunks[rows])).backward()
        self.optimizer.step()
        self.averaged.update(self.supervised, iteration)
        return loss.item()

    @torch.no_grad()
    def validate(self) -> dict[str, Any]:
        """Errors on the held-out episodes, not augmented: MSE of the chunk, mean |error| of the first action.

        `still_mm` is that error of a policy that never moves: an axis not clearly below it has not been learned.
        """
        self.network.eval()
        chunks = []
        for rows in torch.arange(len(self.validation.images), device=self.device).split(64):
            images = self.validation.images[rows].permute(0, 3, 1, 2).float() / 255
            chunks.append(self.network.act(self._encode(images, self.validation.touch[rows])))
        error = torch.cat(chunks) - self.validation.chunks
        first = error[:, 0].abs().mean(dim=0).tolist()
        still = self.validation.chunks[:, 0].abs().mean(dim=0).tolist()
        action = self.card.action
        return {
            "loss": float(error.square().mean()),
            "first_action_mm": [round(1e3 * action.translation_scale * e, 4) for e in first[:3]],
            "still_mm": [round(1e3 * action.translation_scale * e, 4) for e in still[:3]],
            "first_action_mrad": [round(1e3 * action.rotation_scale * e, 3) for e in first[3:6]],
        }

    def checkpoint(self) -> None:
        """Validate the averaged weights and write everything."""
        self.averaged.swap(self.supervised)
        result = {"iteration": self.facts["iteration"], **self.validate()}
        self.facts["validation"].append(result)
        training = {"preset": self.facts["run"]["preset"], **self.preset.model_dump(), "seed": self.seed}
        training |= {"done": self.facts["iteration"], "seconds": round(self.facts["seconds"]), "validation": result}
        card = self.card.model_copy(update={"training": training})
        self.card = save_checkpoint(self.out / card.policy, self.network, card)
        self.averaged.swap(self.supervised)
        save_state(self._state, self.supervised, self.averaged, self.optimizer, self.facts)
        write_report(self.out, self.facts)

    def _encode(self, images: Tensor, touch: Tensor) -> list[Tensor]:
        """The features, computed in bfloat16 where the preset says so, in full precision."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.preset.precision == "bf16"):
            features = self.network.encode(images, touch)
        return [feature.float() for feature in features]

    def _tensors(self, samples: Samples) -> Batch:
        touch = samples.touch / np.asarray(self.card.observation.tactile_scale, dtype=np.float32)
        chunks = self.card.action.normalise(samples.chunks).astype(np.float32)
        return Batch(*(torch.from_numpy(a).to(self.device) for a in (samples.images, samples.masks, touch, chunks)))


@dataclass
class Batch:
    """Samples in network units on the training device; images and masks are still uint8 (n, H, W[, 3])."""

    images: Tensor
    masks: Tensor
    touch: Tensor
    chunks: Tensor


def start_at_mean(supervised: Supervised, chunks: Tensor) -> None:
    """Let the untrained outputs be the mean chunk, (n, length, 7) in network units.

    Else what is the same in all chunks (a closed gripper is -1) makes nearly all of the first loss, and its gradient
    drives the layers that all outputs share into a constant, from which a small network does not come back.
    """
    mean = chunks.mean(dim=0).flatten().clamp(-0.95, 0.95)
    with torch.no_grad():
        supervised.policy.get_parameter("head.4.bias").copy_(torch.atanh(mean))
        supervised.readout.bias.copy_(mean)


def split(demonstrations: Demonstrations) -> tuple[Samples, Samples]:
    """Training and validation samples; the last sixteenth of the episodes, at least one, is held out.

    Raises:
        TrainingError: fewer than two episodes.
    """
    count = len(demonstrations.names)
    if count < 2:
        raise TrainingError(f"{count} successful episode is too few: training and validation need at least 2")
    first = count - max(1, round(count / 16))
    return demonstrations.samples.of(range(first)), demonstrations.samples.of(range(first, count))


def action_spec(samples: Samples, frame: Frame) -> ActionSpec:
    """Scales that hold every demonstrated action with 5 % to spare; small rotations are not blown up to noise."""
    largest = np.abs(samples.chunks).max(axis=(0, 1))
    return ActionSpec(
        frame=frame,
        translation_scale=round(max(1.05 * float(largest[:3].max()), 1e-3), 6),
        rotation_scale=round(max(1.05 * float(largest[3:6].max()), 0.05), 6),
    )


def augmentation(policy: PolicyConfig, preset: TrainingPreset, size: int, seed: int) -> Augmentation:
    """With the preset's own crop and share of replaced backgrounds; these come from a pool made once."""
    overrides = {"background": preset.background, "crop_pad": preset.crop_pad}
    config = policy.augmentation.model_copy(update={k: v for k, v in overrides.items() if v is not None})
    pool = procedural_backgrounds(BACKGROUNDS, size, np.random.default_rng([BACKGROUND_SEED, seed]))
    return Augmentation(config, torch.from_numpy(pool))


def learning_rate(preset: TrainingPreset, iteration: int) -> float:
    """Linear warm-up, then constant, or a cosine that ends at zero after the last iteration."""
    if iteration < preset.warmup:
        return preset.learning_rate * (iteration + 1) / preset.warmup
    if preset.schedule == "constant":
        return preset.learning_rate
    share = (iteration - preset.warmup) / max(1, preset.iterations - preset.warmup)
    return preset.learning_rate * 0.5 * (1 + math.cos(math.pi * share))
