"""Learning from bags, in this process and in one of its own."""

import hashlib
import os
import shutil
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from vital_ros.bags.recorder import relabel
from vital_ros.config import ResidualConfig
from vital_ros.execution.residual_weights import residual_of
from vital_ros.learning.residual.news import Assignment
from vital_ros.learning.residual.online import OnlineLearner
from vital_ros.learning.residual.process import LearningProcess
from vital_ros.learning.state import TrainingError
from vital_ros.policy import LocalPolicy, load_policy

from .bags import write_bag

SETTINGS = ResidualConfig(width=16, utd=2, batch_size=8, warm_up=6, ramp=10, publish_every=3)


@pytest.fixture
def assignment(tmp_path, base, short_config):
    bags = tmp_path / "episodes"
    bags.mkdir()
    return Assignment("pick_block", base, short_config.directory, SETTINGS, tmp_path / "learned", bags, False)


@pytest.fixture
def policy(base):
    return LocalPolicy.load(base)


def catch_up(learner):
    published = []
    while learner.busy:
        learner.learn()
        published.append(learner.news().weights)
    return [weights for weights in published if weights]


def test_it_learns_from_every_bag_once_and_publishes(assignment, policy):
    learner = OnlineLearner(assignment)
    first = learner.news().weights
    assert (first.version, first.share, first.exploration) == (1, 0.0, 0.25) and not learner.busy
    write_bag(assignment.bags, "e1", policy, ticks=4)
    write_bag(assignment.bags, "e2", policy, ticks=8, success=False)
    (assignment.bags / "half").mkdir()
    learner.look()
    assert learner.busy and learner.news().episodes == 2
    published = catch_up(learner)
    assert [weights.version for weights in published] == [3, 4] and published[0].share == 1.0
    news = learner.news()
    assert (news.updates, news.behind, news.utd, news.rejected) == (6, 0, 2.0, 0)
    learner.look()
    assert learner.news().episodes == 2
    residual = residual_of(published[-1].data, hashlib.sha256(published[-1].data).hexdigest(), policy.card, 4, 1.0, 0.1)
    assert np.isfinite(residual.of((np.ones(32), np.ones(32)), np.zeros(7))).all()


def test_what_it_knows_survives_its_end(assignment, policy):
    write_bag(assignment.bags, "e1", policy, ticks=4, success=None)
    write_bag(assignment.bags, "e2", policy, ticks=8)
    learner = OnlineLearner(assignment)
    version = catch_up(learner)[-1].version
    relabel(assignment.bags / "e1", {"success": False})  # while nobody learned
    shutil.rmtree(assignment.bags / "e2")
    again = OnlineLearner(assignment)
    assert again.learner.replay.names == ["e1", "e2"] and again.learner.replay.success("e1") is False
    assert again.learner.agent.updates >= 6 - SETTINGS.publish_every
    assert again.news().weights.version > version, "numbers only count up"
    again.label("e2", False)
    assert again.learner.replay.rewards("e2")[-1] < SETTINGS.reward.failure


def test_a_bag_that_cannot_be_used_is_counted_and_named_once(assignment, policy):
    write_bag(assignment.bags, "bad", policy, change=lambda rows: rows[:-2] + rows[-1:])
    learner = OnlineLearner(assignment)
    news = learner.news()
    assert news.rejected == 1 and "a tick before its last one is missing" in news.problems[0]
    learner.look()
    assert learner.news().problems == ()


def test_freeze_checkpoint_and_rollback(assignment, policy):
    write_bag(assignment.bags, "e1", policy, ticks=12)
    learner = OnlineLearner(assignment)
    with pytest.raises(TrainingError, match="no checkpoint"):
        learner.rollback()
    for _ in range(3):
        learner.learn()
    kept = learner.learner.agent.tensors()["actor.weights"].clone()
    learner.checkpoint()
    catch_up(learner)
    assert not np.array_equal(learner.learner.agent.tensors()["actor.weights"], kept)
    assert "0000009.safetensors; frozen" in learner.rollback()
    assert np.array_equal(learner.learner.agent.tensors()["actor.weights"], kept)
    news = learner.news()
    assert (news.state, news.weights.exploration, learner.busy) == ("frozen", 0.0, False)
    learner.freeze(False)
    assert learner.busy


def test_the_kept_residual_is_one_that_deploys(assignment, policy, base):
    write_bag(assignment.bags, "e1", policy, ticks=12)
    learner = OnlineLearner(assignment)
    catch_up(learner)
    learner.close()
    for suffix in (".json", ".safetensors"):
        shutil.copy(base.with_suffix(suffix), assignment.out)
    assert load_policy(assignment.out / "vital").correction.residual.card.training["steps"] == 12
    assert (assignment.out / "learning.png").stat().st_size > 1000


def wait(process, enough, said, limit=120):
    """News until `enough` says yes; all of them."""
    deadline = time.monotonic() + limit
    while not (said and enough(said)):
        assert time.monotonic() < deadline, said
        said += process.poll()
        time.sleep(0.02)
    return said


def test_the_process_learns_dies_and_comes_back(assignment, policy):
    """kill -9 costs nothing that was finished: the replay is the same, and learning goes on."""
    process = LearningProcess(assignment)
    try:
        said = wait(process, lambda news: True, [])
        assert said[0].state == "learning" and said[0].weights.version == 1
        write_bag(assignment.bags, "e1", policy, ticks=12)
        assert process.order("look")
        said = wait(process, lambda news: news[-1].updates == 6, said)
        assert any(news.answer and news.done for news in said)
        os.kill(process.pid, signal.SIGKILL)
        said = wait(process, lambda news: news[-1].state == "restarting", [])
        assert "exit code -9" in said[-1].message
        said = wait(process, lambda news: news[-1].updates == 6, [])
        assert said[-1].episodes == 1 and said[0].weights.version > 2
        process.order("rollback")
        said = wait(process, lambda news: any(n.answer for n in news), [])
        answer = next(news for news in said if news.answer)
        assert not answer.done and "no checkpoint" in answer.message
    finally:
        process.close()


def test_a_learner_that_cannot_start_says_why(assignment, tmp_path):
    process = LearningProcess(replace(assignment, base=tmp_path / "nothing"))
    try:
        said = wait(process, lambda news: True, [])
        assert said[-1].state == "failed" and "no policy at" in said[-1].message
        assert not process.order("look")
    finally:
        process.close()
