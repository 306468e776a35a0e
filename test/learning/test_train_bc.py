import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch

from vital_ros.config import AugmentationConfig, NetworkConfig, PolicyConfig, TrainingPreset
from vital_ros.learning.dataset import Demonstrations
from vital_ros.learning.state import TrainingError
from vital_ros.learning.team import Team
from vital_ros.learning.train_bc import BehaviourCloning
from vital_ros.policy import LocalPolicy

PRESET = TrainingPreset(
    iterations=6, batch_size=4, learning_rate=1e-3, schedule="cosine", warmup=2, ema=0.9, background=0.5
)
POLICY = PolicyConfig(
    name="tiny",
    network=NetworkConfig(width=32, keypoints=8, layers=1, heads=2),
    presets={"quick": PRESET, "other": PRESET.model_copy(update={"learning_rate": 1e-2})},
)


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def demos(write_episode, spec):
    write_episode("a")
    write_episode("b")
    return Demonstrations.load(write_episode("c"), "key_lock", spec, masks="truth")


def training(demos, spec, out, preset="quick", policy=POLICY):
    return BehaviourCloning(demos, spec, "key_lock", policy, preset, out)


def test_a_run_leaves_a_usable_policy_and_its_record(demos, spec, tmp_path):
    card = training(demos, spec, tmp_path / "run").run(checkpoint_every=3)
    policy = LocalPolicy.load(tmp_path / "run" / "tiny", expected=spec)
    assert policy.card == card
    facts = {"episodes": 3, "samples": 90, "sha256": demos.sha256}
    assert card.data == {**facts, "masks": "truth", "left_out": {}}
    assert card.training["augmentation"]["background"] == 0.5
    assert card.training["done"] == 6
    assert card.observation.tactile_scale[0] > 1000, "three standard deviations of 0 .. 1500 uT"
    step = policy.act(np.zeros((32, 40, 3), np.uint8), np.zeros(30), np.zeros(30))
    assert np.abs(step.chunk[:, :3]).max() <= card.action.translation_scale
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert [v["iteration"] for v in metrics["validation"]] == [3, 6]
    assert [v["iteration"] for v in metrics["losses"]] == [6]
    assert (tmp_path / "run" / "loss.png").stat().st_size > 1000
    assert list((tmp_path / "run" / "tensorboard").glob("events*"))


def test_killed_and_continued_equals_uninterrupted(demos, spec, tmp_path):
    def kill_at_5(progress):
        if progress.iteration == 5:
            os.kill(os.getpid(), signal.SIGKILL)

    whole, losses = training(demos, spec, tmp_path / "whole"), []
    whole.run(checkpoint_every=2, on_progress=lambda p: losses.append(p.loss))
    if not (child := os.fork()):
        training(demos, spec, tmp_path / "killed").run(checkpoint_every=2, on_progress=kill_at_5)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    again, rest = training(demos, spec, tmp_path / "killed"), []
    assert again.facts["iteration"] == 4
    again.run(checkpoint_every=2, on_progress=lambda p: rest.append(p.loss))
    assert rest == losses[4:]
    for a, b in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(a, b)
    assert (tmp_path / "whole" / "tiny.safetensors").read_bytes() == (
        tmp_path / "killed" / "tiny.safetensors"
    ).read_bytes()


def test_a_run_from_before_a_switch_is_continued(demos, spec, tmp_path):
    first = training(demos, spec, tmp_path)
    first.facts["iteration"] = len([first.step(iteration) for iteration in range(2)])
    for switch in ("view_mask", "normalisation", "ensemble_m"):
        del first.facts["run"]["policy"][switch]
    first.checkpoint()
    assert training(demos, spec, tmp_path).facts["iteration"] == 2


def test_a_finished_run_is_not_repeated(demos, spec, tmp_path):
    card = training(demos, spec, tmp_path).run()
    reports = []
    assert training(demos, spec, tmp_path).run(on_progress=reports.append) == card
    assert reports == []


def test_it_learns(write_episode, spec, tmp_path):
    write_episode("a", stop=0.75)
    demos = Demonstrations.load(write_episode("b", stop=0.75), "key_lock", spec)
    quick = PRESET.model_copy(update={"iterations": 160, "batch_size": 16, "learning_rate": 2e-3, "background": 0.0})
    still = AugmentationConfig(crop_pad=0, brightness=0, contrast=0, saturation=0)
    policy = POLICY.model_copy(update={"presets": {"quick": quick}, "augmentation": still})
    card = training(demos, spec, tmp_path, policy=policy).run()
    error = card.training["validation"]
    assert error["still_mm"] == pytest.approx([0, 0, 5 * 4 / 9], abs=0.01), "5 mm at 4 of 9 ticks"
    assert error["first_action_mm"][2] < 0.5 * error["still_mm"][2]


def test_refusals(write_episode, demos, spec, tmp_path):
    training(demos, spec, tmp_path / "run").run(checkpoint_every=3)
    with pytest.raises(TrainingError, match="holds another training"):
        training(demos, spec, tmp_path / "run", preset="other")
    (tmp_path / "run" / "state.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(TrainingError, match="damaged"):
        training(demos, spec, tmp_path / "run")
    lonely = Demonstrations(demos.samples.of([0]), ["a"], "0")
    with pytest.raises(TrainingError, match="too few"):
        training(lonely, spec, tmp_path / "lonely")
    without = replace(demos, samples=replace(demos.samples, alpha=demos.samples.alpha[:, :0, :0]))
    with pytest.raises(TrainingError, match="a batch of 4 cannot be shared by 3 processes"):
        BehaviourCloning(demos, spec, "key_lock", POLICY, "quick", tmp_path / "three", team=Team(0, 3))
    with pytest.raises(TrainingError, match="policy tiny replaces backgrounds and needs masks"):
        training(without, spec, tmp_path / "without")


def test_the_untrained_policy_is_the_mean_demonstration(demos, spec, tmp_path):
    fresh = training(demos, spec, tmp_path)
    features = [torch.zeros(1, 32), torch.zeros(1, 32)]
    with torch.no_grad():
        fresh.network.eval().head[-2].weight.zero_()
        chunk = fresh.network.act(features)[0]
    torch.testing.assert_close(chunk, fresh.data.chunks.mean(dim=0).clamp(-0.95, 0.95))


def test_not_a_number_stops_and_keeps_the_last_good_checkpoint(demos, spec, tmp_path, monkeypatch):
    run = training(demos, spec, tmp_path)

    def spoil(progress):
        if progress.iteration == 3:
            with torch.no_grad():
                run.network.action_token.fill_(torch.nan)

    with pytest.raises(TrainingError, match=f"the loss is nan at iteration 4: .*; {tmp_path} keeps iteration 2"):
        run.run(checkpoint_every=2, on_progress=spoil)
    assert training(demos, spec, tmp_path).facts["iteration"] == 2
    assert LocalPolicy.load(tmp_path / "tiny").card.training["done"] == 2


def test_weights_that_are_no_numbers_are_never_written(demos, spec, tmp_path):
    run = training(demos, spec, tmp_path)
    with torch.no_grad():
        run.averaged.weights[0].fill_(torch.nan)
    with pytest.raises(TrainingError, match="the weights are not finite at iteration 0"):
        run.checkpoint()
    assert not (tmp_path / "tiny.safetensors").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"view_mask": True, "normalisation": "unit", "action_frame": "base", "ensemble_m": 0.1},
        {"network": POLICY.network.model_copy(update={"tactile": False, "features": 24, "start": "plain"})},
        {"presets": {"quick": PRESET.model_copy(update={"loss": "nll", "optimizer": "mixed", "readout": 1.0})}},
    ],
)
def test_switches_reach_the_card_and_the_policy_at_work(demos, spec, tmp_path, changes):
    changed = POLICY.model_copy(update=changes)
    card = training(demos, spec, tmp_path, policy=changed).run()
    policy = LocalPolicy.load(tmp_path / "tiny", expected=spec)
    assert policy.card == card
    assert card.observation.view_mask == changed.view_mask
    assert (card.action.translation_range is not None) == (changed.normalisation == "unit")
    assert card.ensemble_m == changed.ensemble_m
    step = policy.act(np.full((32, 40, 3), 9, np.uint8), np.zeros(30), np.zeros(30))
    assert (step.image.min() == 0) == changed.view_mask


def test_runs_without_masks_need_none(demos, spec, tmp_path):
    without = replace(demos, samples=replace(demos.samples, alpha=demos.samples.alpha[:, :0, :0]), masks=None)
    plain = POLICY.model_copy(update={"presets": {"quick": PRESET.model_copy(update={"background": 0.0})}})
    assert training(without, spec, tmp_path, policy=plain).run().data["masks"] == "none"
