"""The residual agent: what the release got wrong cannot happen, bf16 learns what fp32 learns, and it does learn."""

import numpy as np
import pytest
import torch

from vital_ros.config.residual import ExplorationConfig, ResidualConfig
from vital_ros.learning.residual import agent as module
from vital_ros.learning.residual.agent import exploration_std, ramp
from vital_ros.learning.residual.batches import draw_batches

from .toy import BOUND, FEATURES, LIMIT, Toy


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """One thread; hundreds of tiny episodes need not reach the platter."""
    monkeypatch.setattr("vital_ros.learning.replay_episode.os.fsync", lambda descriptor: None)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def explored(folder, episodes=40, **changes):
    """A toy with some episodes of the noisy base policy."""
    toy = Toy(folder, **changes)
    for _ in range(episodes):
        toy.play(toy.agent.policy(toy.card()), toy.rng)
    toy.agent.scale_features(toy.replay.features())
    return toy


def test_untrained_it_changes_nothing(tmp_path):
    """B12: the release's residual does not begin at zero."""
    for algorithm in ("ddpg", "sac"):
        toy = Toy(tmp_path / algorithm, algorithm=algorithm)
        residual = toy.agent.policy(toy.card())
        z = np.random.default_rng(0).normal(size=FEATURES).astype(np.float16)
        assert np.all(residual.act(z, np.ones(7)) == 0)


def test_it_stays_within_its_bound_and_its_dimensions(tmp_path):
    for algorithm in ("ddpg", "sac"):
        toy = explored(tmp_path / algorithm, 12, algorithm=algorithm, ramp=0)
        for _ in range(5):
            toy.learn()
        rng = np.random.default_rng(0)
        residual = toy.agent.policy(toy.card())
        z = rng.normal(size=(50, FEATURES)).astype(np.float16)
        for share in (1.0, 0.3):
            acts = np.array([residual.act(row, rng.normal(size=7), share, 2.0, rng) for row in z])
            assert np.all(np.abs(acts) <= share * BOUND + 1e-12) and np.ptp(acts[:, 0]) > 0
            assert np.all(acts[:, 2:] == 0)


def test_without_exploration_it_is_deterministic(tmp_path):
    """B13: the release's SAC still draws when it is evaluated."""
    toy = explored(tmp_path, 12, algorithm="sac")
    toy.learn()
    residual, z = toy.agent.policy(toy.card()), np.ones(FEATURES, np.float16)
    first, again = residual.act(z, np.ones(7)), residual.act(z, np.ones(7))
    assert np.array_equal(first, again) and np.any(first != 0)
    drawn = [residual.act(z, np.ones(7), 1.0, 0.1, np.random.default_rng(seed))[0] for seed in range(2)]
    assert drawn[0] != drawn[1]


def test_every_update_sees_a_full_batch(tmp_path, monkeypatch):
    """B11: the release cuts one batch into sixteen."""
    toy, seen = explored(tmp_path), []

    def spy(critics, inputs, values=module._values):
        seen.append((critics is toy.agent.critic.weights.network and critics.training, len(inputs)))
        return values(critics, inputs)

    monkeypatch.setattr(module, "_values", spy)
    toy.learn()
    assert [size for _, size in seen] == [toy.config.batch_size] * (2 * toy.config.utd + 1)


def test_exploration_and_ramp():
    assert [exploration_std(ExplorationConfig(), s) for s in (0, 2500, 5000, 9000)] == pytest.approx(
        [0.25, 0.175, 0.1, 0.1]
    )
    config = ResidualConfig(ramp=100)
    assert [ramp(config, s) for s in (0, 50, 100, 500)] == [0, 0.5, 1, 1]
    assert ramp(ResidualConfig(ramp=0), 0) == 1


def test_l2_shrinks_the_actor_and_nothing_else(tmp_path):
    norms = []
    for index, l2 in enumerate((0.0, 0.5)):
        toy = explored(tmp_path / str(index), 12, actor_l2=l2)
        for _ in range(20):
            toy.learn()
        norms.append([float(part.weights.master.norm()) for part in (toy.agent.actor, toy.agent.critic)])
    assert norms[1][0] < 0.9 * norms[0][0]
    assert norms[1][1] == pytest.approx(norms[0][1], rel=0.1)


def test_demonstrations_fill_their_share_of_every_batch(tmp_path):
    toy = explored(tmp_path, 12, demonstrations=0.25)
    shown = toy.replay.episode("toy_00000")
    facts = shown.facts.model_copy(update={"name": "shown", "demonstration": True})
    arrays = {key: value for key, value in vars(shown).items() if key != "facts"}
    arrays["a_res"] = np.full_like(shown.a_res, 9.0)
    toy.replay.add(type(shown)(facts, **arrays))
    batch = draw_batches(toy.replay, toy.config, np.random.default_rng(0))
    is_shown = (batch.a_res[:, 0] == 9).reshape(toy.config.utd, toy.config.batch_size)
    assert is_shown.sum(axis=1).tolist() == [toy.config.batch_size // 4] * toy.config.utd


def test_a_restored_agent_goes_on_as_if_nothing_had_been(tmp_path):
    """B14: the release cannot resume."""
    toy = explored(tmp_path, 12)
    for _ in range(3):
        toy.learn()
    saved, updates = {k: t.clone() for k, t in toy.agent.tensors().items()}, toy.agent.updates
    expected = [toy.learn() for _ in range(3)]
    other = Toy(tmp_path, seed=0)
    for key, tensor in other.agent.tensors().items():
        tensor.copy_(saved[key])
    other.agent.restored(updates)
    assert [other.learn() for _ in range(3)] == expected
    for key, tensor in toy.agent.tensors().items():
        assert torch.equal(tensor, other.agent.tensors()[key]), key


def test_bf16_learns_the_same_values_as_fp32(tmp_path):
    """On the same episodes with the same draws: where the two differ, by less than a twentieth of what values vary."""
    values = []
    for precision in ("fp32", "bf16"):
        toy = explored(tmp_path / precision, precision=precision)
        for _ in range(150):
            toy.learn()
        batch = toy.replay.sample(512, np.random.default_rng(1))
        state = toy.agent.state(batch.z, batch.a_base)
        inputs = torch.cat([state, torch.from_numpy(batch.a_res / 0.2).to(state.dtype)], dim=1)
        with torch.no_grad():
            values.append(module._values(toy.agent.critic.weights.network, inputs).mean(dim=0).numpy())
    spread = values[0].std()
    assert spread > 0.3, "there was something to learn"
    assert np.abs(values[0] - values[1]).mean() < 0.05 * spread
    assert np.corrcoef(*values)[0, 1] > 0.995


@pytest.mark.parametrize("changes", [{"precision": "bf16"}, {"precision": "fp32"}, {"algorithm": "sac"}])
def test_it_learns_what_the_base_cannot(tmp_path, changes):
    toy = Toy(tmp_path, **changes)
    base = toy.success(None)
    toy.train(900)
    assert base <= 0.2
    assert toy.success(toy.agent.policy(toy.card())) >= 0.9
    assert toy.replay.steps() < 900 + LIMIT
