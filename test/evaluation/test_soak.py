"""What is judged of a soak, with made-up samples; and what is seen of real processes."""

import os
import subprocess
import sys

import psutil
import pytest

from vital_ros.evaluation.soak import LEAST_SAMPLES, Sample, growth, problems, sample, segments, soak_report
from vital_ros.evaluation.soak_figure import soak_figure

RUN = {"count": 60, "successes": 59, "skipped_ticks": 0, "lateness": {"p50_ms": 0.2, "p99_ms": 3.0}}


def soaked(memory=lambda time: 300e6, handles=lambda time: 90, count=100):
    """Samples each 5 s of one node that holds `memory(time)` bytes beside another that stays as it is."""
    times = [5.0 * index for index in range(count)]
    return [Sample(t, {"arm_gate": round(memory(t)), "anyskin": 50_000_000}, handles(t), 40) for t in times]


def judged(samples, run=RUN, processes=0, left=()):
    return problems(soak_report(samples, run, processes, left), 20.0)


def test_what_rests_is_no_problem():
    assert judged(soaked()) == []
    assert judged(soaked(handles=lambda t: 90 + (t % 10 > 4))) == []  # up and down is no growth


def test_growth_before_the_warm_up_does_not_count():
    assert judged(soaked(lambda t: 300e6 + min(t, 90) * 2e6)) == []


def test_a_leak_is_told_with_the_node_that_has_it():
    report = soak_report(soaked(lambda t: 300e6 + t * 1e5), RUN, 0, ())
    assert 32 < report["memory_growth_mb"] < 40
    assert report["memory_growth_by_node_mb"]["anyskin"] == 0 < report["memory_growth_by_node_mb"]["arm_gate"]
    assert problems(report, 20.0) == [
        f"memory grew by {report['memory_growth_mb']:g} MB after the warm-up, 20 are allowed"
    ]


def test_a_peak_is_no_growth():
    assert growth([100.0] * 50 + [900.0] + [100.0] * 49) == 0


@pytest.mark.parametrize(
    ("case", "line"),
    [
        ({"samples": soaked(handles=lambda t: 90 + t // 60)}, "open files grew by"),
        ({"samples": soaked(), "run": {**RUN, "skipped_ticks": 3}}, "3 ticks were skipped"),
        ({"samples": soaked(), "processes": 2}, "2 processes were left"),
        ({"samples": soaked(), "left": ["fastrtps_1"]}, "shared memory was left: fastrtps_1"),
        ({"samples": soaked(count=LEAST_SAMPLES - 1)}, "19 samples are too few to tell growth"),
    ],
)
def test_whatever_should_not_be_is_told(case, line):
    (told,) = judged(**case)
    assert line in told


def test_processes_and_what_they_hold_are_seen():
    program = "import socket, sys; held = [socket.socket() for _ in range(20)]; print(flush=True); sys.stdin.read()"
    # named as a node is: what runs does not matter
    command = [sys.executable, "-c", program, "-m", "vital_ros.nodes.arm_gate"]
    before = sample(psutil.Process(), 0.0)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
        node.stdout.readline()
        seen = sample(psutil.Process(), 1.0)
        node.stdin.close()
    assert seen.memory["arm_gate"] > 3e6
    assert seen.handles >= before.handles + 20


def test_shared_memory_that_is_left_is_seen():
    before = segments()
    name = f"vital_ros_soak_{os.getpid()}"
    port = f"fastdds_port{name}"  # of those there are always some
    for made in (name, port):
        open(f"/dev/shm/{made}", "wb").close()
    after = segments()
    for made in (name, port):
        os.unlink(f"/dev/shm/{made}")
    assert name in after - before and port not in after


def test_the_picture_is_drawn_also_where_a_node_came_late(tmp_path):
    samples = soaked()
    samples[0].memory.pop("anyskin")
    soak_figure(tmp_path / "soak.png", "key_lock", samples)
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")
