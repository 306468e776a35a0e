"""The runner: order of ending, deaths, Ctrl-C. The nodes here are tiny scripts."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vital_ros.cli.processes import GraphError, Processes
from vital_ros.graph import NodeSpec

WAITS = """
import signal, sys, time
name, book = sys.argv[1:3]
def end(*_):
    open(book, "a").write(name + "\\n")
    time.sleep({delay})
    sys.exit(0)
signal.signal(signal.SIGINT, end)
open(book + "." + name, "w").close()
while True:
    time.sleep(0.02)
"""


class Scripts(Processes):
    """Runs Python sources in place of nodes; `executable` holds the source."""

    def __init__(self, specs, run_dir):
        super().__init__(specs, run_dir)
        self.book = run_dir / "book"

    def _command(self, spec):
        return [sys.executable, "-c", spec.executable, spec.node_name, str(self.book)]


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def node(name, source, motion=False):
    return NodeSpec(textwrap.dedent(source), name=name, motion=motion)


def waiting(name, motion=False, delay=0.0):
    return node(name, WAITS.format(delay=delay), motion)


def last(code, after=()):
    """A supervisor that waits until the named nodes run, then ends with `code`."""
    return node(
        "supervisor",
        f"""
        import os, sys, time
        while not all(os.path.exists(sys.argv[2] + "." + n) for n in {list(after)!r}):
            time.sleep(0.01)
        sys.exit({code})
        """,
    )


def test_exit_code_is_the_supervisors(tmp_path):
    with Scripts([waiting("device"), last(3, ["device"])], tmp_path) as graph:
        assert graph.wait() == 3
    assert graph.book.read_text() == "device\n"


def test_motion_ends_before_devices(tmp_path):
    specs = [waiting("device"), waiting("gate", motion=True, delay=0.3), last(0, ["device", "gate"])]
    with Scripts(specs, tmp_path) as graph:
        assert graph.wait() == 0
    assert graph.book.read_text() == "gate\ndevice\n"


def test_a_death_ends_the_graph_and_is_named(tmp_path, capsys):
    dies = node("localizer", "import sys; print('[ERROR] lens cap on', file=sys.stderr); sys.exit(7)")
    with Scripts([waiting("device"), dies, waiting("supervisor")], tmp_path) as graph:
        assert graph.wait() == 3
    assert "localizer ended (exit code 7): [ERROR] lens cap on" in capsys.readouterr().err


def test_a_node_that_ignores_sigint_is_killed(tmp_path):
    stubborn = """
    import signal, sys, time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    open(sys.argv[2] + ".stubborn", "w").write(str(__import__("os").getpid()))
    time.sleep(600)
    """
    with Scripts([node("stubborn", stubborn), last(0, ["stubborn"])], tmp_path) as graph:
        assert graph.wait() == 0
        pid = int(Path(f"{graph.book}.stubborn").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_missing_driver_package_starts_nothing(tmp_path):
    specs = [waiting("device"), NodeSpec("xarm_driver_node", package="xarm_api")]
    with pytest.raises(GraphError, match="package xarm_api is not installed"), Processes(specs, tmp_path):
        pass
    assert not (tmp_path / "logs").exists()


RUNNER = """
import sys
sys.path.insert(0, {folder!r})
from pathlib import Path
from test_processes import Scripts, waiting
with Scripts([waiting("device"), waiting("supervisor")], Path({run!r})) as graph:
    sys.exit(graph.wait())
"""


def runner(tmp_path, before=None):
    source = RUNNER.format(folder=str(Path(__file__).parent), run=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, preexec_fn=before)
    wait_for(lambda: (tmp_path / "book.device").exists() and (tmp_path / "book.supervisor").exists())
    return process


def wait_for(condition, limit=30.0):
    import threading

    tick, waited = threading.Event(), 0.0
    while not condition():
        tick.wait(0.02)
        waited += 0.02
        assert waited < limit


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_or_a_closed_terminal_ends_everything_with_130(tmp_path, number):
    process = runner(tmp_path)
    process.send_signal(number)
    assert process.wait(30) == 130
    assert sorted((tmp_path / "book").read_text().split()) == ["device", "supervisor"]


def test_a_graph_under_nohup_outlives_its_terminal(tmp_path):
    process = runner(tmp_path, before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 130


def test_nodes_end_when_their_runner_is_killed(tmp_path):
    process = runner(tmp_path)
    process.kill()
    process.wait()
    everybody = {"device", "supervisor"}  # the kernel may tell a node more than once, as each thread of the runner dies
    wait_for(lambda: (tmp_path / "book").exists() and set((tmp_path / "book").read_text().split()) == everybody)
