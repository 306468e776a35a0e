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


def test_two_processes(tiny_config, write_episode, tmp_path):
    write_episode("a")
    demos, out = write_episode("b"), tmp_path / "run"
    words = ["train", "bc", "--task", "key_lock", "--preset", "quick", "--config", tiny_config, "--demos", demos]
    words += ["--out", out, "--masks", "truth", "--device", "cpu", "--threads", "1"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []
    for rank in ("0", "1"):
        team = {
            "WORLD_SIZE": "2",
            "RANK": rank,
            "LOCAL_RANK": rank,
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }
        command = [sys.executable, "-m", "vital_ros.cli.main", *map(str, words)]
        started.append(
            subprocess.Popen(
                command, env={**os.environ, **team}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
    said = [process.communicate(timeout=240) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert "2/2 loss" in said[0][0] and said[1][0] == ""
    card = load_card(out / "vital_bc")
    assert card.training["processes"] == 2
    LocalPolicy.load(out / "vital_bc")
