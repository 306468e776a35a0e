"""Several processes train as one: the same result contract, and only the first writes."""

import os
import socket
import subprocess
import sys

import pytest
import torch

from vital_ros.learning.state import TrainingError
from vital_ros.learning.team import Team, join
from vital_ros.policy import LocalPolicy, load_card


def test_the_rows_of_all_make_the_batch():
    batch = torch.arange(12)
    parts = [Team(rank, 3).share(batch) for rank in range(3)]
    assert sorted(torch.cat(parts).tolist()) == batch.tolist()
    assert {len(part) for part in parts} == {4}


def test_alone_there_is_nobody_to_wait_for(monkeypatch):
    team = join("cpu")
    assert team == Team() and team.first
    network = torch.nn.Linear(1, 1)
    assert team.joined(network) is network
    assert team.mean(torch.tensor(3.0)) == 3


@pytest.mark.parametrize("device", ["tpu", *([] if torch.cuda.is_available() else ["cuda"])])
def test_a_device_that_is_not_there(device):
    with pytest.raises(TrainingError, match=f"--device {device}: not available here"):
        join(device)


def run_two(command):
    """What two processes that form a team have printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []
    for rank in ("0", "1"):
        team = {"WORLD_SIZE": "2", "RANK": rank, "LOCAL_RANK": rank}
        team |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, env={**os.environ, **team}, **pipes))
    said = [process.communicate(timeout=240) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    return [out for out, _ in said]


def test_two_processes(tiny_config, write_episode, tmp_path):
    write_episode("a")
    demos, out = write_episode("b"), tmp_path / "run"
    words = ["train", "bc", "--task", "key_lock", "--preset", "quick", "--config", tiny_config, "--demos", demos]
    words += ["--out", out, "--masks", "truth", "--device", "cpu", "--threads", "1"]
    said = run_two([sys.executable, "-m", "vital_ros.cli.main", *map(str, words)])
    assert "2/2 loss" in said[0] and said[1] == ""
    card = load_card(out / "vital_bc")
    assert card.training["processes"] == 2
    LocalPolicy.load(out / "vital_bc")


MEANS = """
import sys, torch
from vital_ros.learning.team import join, leave
team = join("cpu")
torch.manual_seed(0)
network = torch.nn.Linear(3, 2)
joined = team.joined(network)
torch.nn.functional.mse_loss(joined(torch.full((4, 3), team.rank + 1.0)), torch.zeros(4, 2)).backward()
mine = network.weight.grad.clone()
print(*mine.flatten().tolist(), float(team.mean(torch.tensor(float(team.rank)))))
leave()
"""


def test_gradients_are_the_mean_of_all():
    torch.manual_seed(0)
    network, alone = torch.nn.Linear(3, 2), []
    for value in (1.0, 2.0):
        network.zero_grad()
        torch.nn.functional.mse_loss(network(torch.full((4, 3), value)), torch.zeros(4, 2)).backward()
        alone.append(network.weight.grad.flatten().clone())
    said = run_two([sys.executable, "-c", MEANS])
    for out in said:
        *gradient, mean = (float(word) for word in out.split())
        torch.testing.assert_close(torch.tensor(gradient), (alone[0] + alone[1]) / 2)
        assert mean == 0.5
    assert not torch.allclose(alone[0], alone[1])
