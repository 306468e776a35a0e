"""Control beside a learner that never rests: the tick's lateness with and without it, and how soon new weights act."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import yaml

from vital_ros.config import load_config, share_directory

TASK, EPISODES = "plug_socket", 8
FLAT_OUT = 200
"""Critic updates per step: no machine does so many between two ticks, so the learner is always behind."""
WATCH = """
import json, signal
import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.serialization import deserialize_message
from rclpy.signals import SignalHandlerOptions
from vital_msgs.msg import ResidualWeights, Transition
rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
node = rclpy.create_node("learn_watch", start_parameter_services=False)
published, ticks, sizes, ended = [], [], [], []
signal.signal(signal.SIGINT, lambda *_: ended.append(True))
def on_weights(message):
    published.append((message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec, message.version))
    sizes.append(len(message.data))
def on_transition(message):
    stamp = message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec
    ticks.append((stamp, message.weights_version, message.episode_id))
latched = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
node.create_subscription(ResidualWeights, "/residual/weights", on_weights, latched)
node.create_subscription(Transition, "/policy/transition", on_transition, 100)
while not ended:
    rclpy.spin_once(node, timeout_sec=0.2)
print(json.dumps({"published": published, "ticks": ticks, "bytes": max(sizes, default=0)}))
node.destroy_node()
rclpy.shutdown()
"""


def measure() -> dict[str, float]:
    """Raise RuntimeError when a graph fails or nothing was learned."""
    with TemporaryDirectory() as folder:
        alone, _ = _run("deploy", Path(folder), "policy:=vital_bc", "execution:=ensemble")
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        shutil.copytree(share_directory("config"), config)
        settings = yaml.safe_load((config / "residual.yaml").read_text(encoding="utf-8"))
        (config / "residual.yaml").write_text(yaml.safe_dump({**settings, "utd": FLAT_OUT}), encoding="utf-8")
        learning, watched = _run("learn", Path(folder), f"config_dir:={config}")
    waits = ticks_to_act(watched["published"], watched["ticks"], 1 / load_config().robot.executor.rate)
    if not waits:
        raise RuntimeError("no weights were published while a policy acted")
    figures: dict[str, float] = {}
    for name, report in (("alone", alone), ("learning", learning)):
        figures |= {f"{name}_tick_late_{p}_ms": report["lateness"][f"{p}_ms"] for p in ("p50", "p99", "max")}
        figures[f"{name}_ticks_skipped"] = report["skipped_ticks"]
    return figures | {
        "weights_published": len(waits),
        "published_to_acting_median_ticks": median(waits),
        "published_to_acting_max_ticks": max(waits),
        "weights_kb": round(watched["bytes"] / 1e3, 1),
    }


def ticks_to_act(
    published: Sequence[tuple[float, int]], ticks: Sequence[tuple[float, int, str]], period: float
) -> list[int]:
    """Of each version that came while an episode ran: how many ticks it took from its publication until it acted.

    Args:
        published: stamp in s and version of weights.
        ticks: stamp in s, version that acted and episode, in order.
        period: s between two ticks; what comes later than two of them after a tick came between episodes.
    """
    waits = []
    for stamp, version in published:
        before = [tick for tick in ticks if tick[0] <= stamp]
        if not before or stamp - before[-1][0] > 2 * period:
            continue
        after = [tick for tick in ticks if tick[0] > stamp and tick[2] == before[-1][2]]
        acting = next((count for count, tick in enumerate(after, start=1) if tick[1] >= version), None)
        if acting is not None:
            waits.append(acting)
    return waits


def _run(launch: str, folder: Path, *arguments: str) -> tuple[dict, dict]:
    """Report of a graph, and what was heard of weights and ticks meanwhile."""
    words = [f"task:={TASK}", f"episodes:={EPISODES}", "headless:=true", "video:=false", f"run_dir:={folder / 'run'}"]
    watch = subprocess.Popen([sys.executable, "-c", WATCH], stdout=subprocess.PIPE, text=True)
    graph = [sys.executable, "-m", "vital_ros.cli.main", launch, *words, *arguments]
    ended = subprocess.run(graph, capture_output=True, text=True)
    watch.send_signal(2)
    told, _ = watch.communicate(timeout=30)
    if ended.returncode:
        last = (ended.stdout + ended.stderr).strip().splitlines()[-1:]
        raise RuntimeError(f"{launch} ended with exit code {ended.returncode}: {last}")
    return json.loads((folder / "run" / "report.json").read_text(encoding="utf-8")), json.loads(told)
