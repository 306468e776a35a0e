"""Fixtures for tests of real processes over real DDS: a domain of their own, processes that cannot outlive the test."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import psutil
import pytest
from rclpy.qos import QoSProfile

from vital_ros.graph import device_directory

from .client import DEFAULT_TIMEOUT, LATCHED, Client

SOURCE = Path(__file__).parents[2] / "src"


@contextmanager
def own_domain(logs: Path) -> Iterator[int]:
    """A ROS domain no other test on this machine has, also across parallel pytest runs; set in the environment.

    The claim is a socket in Linux's abstract name space, which dies with the test whatever happens. Domains above 101
    would use ports that Linux gives to outgoing connections.
    """
    with socket.socket(socket.AF_UNIX) as claim, pytest.MonkeyPatch.context() as monkeypatch:
        for domain in range(10, 102):
            try:
                claim.bind(f"\0vital_ros_test_domain_{domain}")
                break
            except OSError:
                continue
        else:
            pytest.fail("all ROS domains 10..101 are claimed by running tests")
        monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
        monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        monkeypatch.setenv("ROS_LOG_DIR", str(logs))
        yield domain


@pytest.fixture
def ros_domain(tmp_path: Path) -> Iterator[int]:
    with own_domain(tmp_path / "ros_log") as domain:
        yield domain


LIMIT = 240.0  # s, for machines much slower than expected


class Launch:
    """`./vital <name> name:=value …` as a process; its output arrives line by line."""

    def __init__(self, name: str, *arguments: str):
        command = [sys.executable, "-m", "vital_ros.cli.main", name, *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait(self) -> int:
        code = self.process.wait(LIMIT)
        self._reader.join(LIMIT)
        return code

    def wait_for(self, text: str) -> None:
        with self._news:
            assert self._news.wait_for(lambda: text in self.output, LIMIT), f"no '{text}' in:\n{self.output}"

    def _read(self) -> None:
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip())
                self._news.notify_all()


@pytest.fixture
def launch(ros_domain: int, tmp_path: Path) -> Iterator[Callable[..., Launch]]:
    """Start a launch; at the end it must have left no device behind."""
    started: list[Launch] = []

    def start(name: str, *arguments: str) -> Launch:
        if not any(a.startswith(("run_dir:=", "--run-dir=")) for a in arguments):
            arguments = (*arguments, f"run_dir:={tmp_path / 'run'}")
        started.append(Launch(name, *arguments))
        return started[-1]

    yield start
    for launched in started:
        if launched.process.poll() is None:
            launched.process.send_signal(signal.SIGINT)
            launched.process.wait(LIMIT)
    left = {path.name for path in device_directory().glob("*")}
    shutil.rmtree(device_directory(), ignore_errors=True)
    assert left <= {"lock", "deployment.lock"}


@pytest.fixture
def deploy(launch: Callable[..., Launch]) -> Callable[..., Launch]:
    return partial(launch, "deploy", "headless:=true")


def nodes_of(run_dir: Path) -> list[int]:
    """Processes that were started with a parameter file of this run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(run_dir / "parameters").encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


class NodeProcess:
    """A process in a session of its own whose output is read as it appears."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self._popen = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.pid = self._popen.pid
        self.lines: list[str] = []
        self._ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def output(self) -> str:
        with self._news:
            return "\n".join(self.lines)

    def wait_for_log(self, pattern: str, timeout: float = DEFAULT_TIMEOUT) -> str:
        """The first output line that matches the regular expression; fails when the process ends without one."""
        matches: list[str] = []

        def found() -> bool:
            matches[:] = [line for line in self.lines if re.search(pattern, line)]
            return bool(matches) or self._ended

        with self._news:
            self._news.wait_for(found, timeout)
        if not matches:
            pytest.fail(f"no line matches {pattern!r} in:\n{self.output}")
        return matches[0]

    def wait(self, timeout: float = DEFAULT_TIMEOUT) -> int:
        """The exit code, after the process ended and all its output was read."""
        try:
            code = self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"process {self.pid} still runs after {timeout} s:\n{self.output}")
        self._reader.join(timeout)
        return code

    def interrupt(self, timeout: float = DEFAULT_TIMEOUT) -> int:
        """Send SIGINT (Ctrl-C) and return the exit code."""
        self._popen.send_signal(signal.SIGINT)
        return self.wait(timeout)

    def kill(self) -> None:
        self._popen.kill()
        self.wait()

    @property
    def runs(self) -> bool:
        """Also while it is stopped by a signal."""
        return self._popen.poll() is None

    def session(self) -> list[psutil.Process]:
        """Living processes of this session."""
        return [p for p in psutil.process_iter() if _session_of(p.pid) == self.pid and p.status() != "zombie"]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def clear_shared_memory() -> None:
    """Remove what DDS keeps of processes that were killed: segments whose owner holds its lock no more.

    A segment is made after its lock was taken; what has none yet is not touched. Ports are used again.
    """
    for lock in Path("/dev/shm").glob("fastdds_*_el"):
        segment = lock.with_name(lock.name.removesuffix("_el"))
        if "port" in lock.name or not segment.exists():
            continue
        with suppress(OSError), lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            segment.unlink()
            lock.unlink()


@contextmanager
def spawning() -> Iterator[Callable[..., NodeProcess]]:
    """`spawn("vital_ros.nodes.anyskin", "--ros-args", "-p", "port:=…")` runs `python -m` in the environment's domain.

    At the end every process gets SIGINT; one that does not go, or leaves another behind, fails the test.
    """
    processes: list[NodeProcess] = []

    def start(module: str, *args: str) -> NodeProcess:
        path = os.pathsep.join(p for p in (str(SOURCE), os.environ.get("PYTHONPATH")) if p)
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
        processes.append(NodeProcess([sys.executable, "-m", module, *map(str, args)], environment))
        return processes[-1]

    try:
        yield start
    finally:
        for process in processes:
            for member in process.session():
                member.send_signal(signal.SIGINT)
        stuck = []
        for process in processes:
            _, alive = psutil.wait_procs(process.session(), timeout=15.0)
            for member in alive:
                stuck.append(" ".join(member.cmdline()))
                member.kill()
            process.wait()
            print(process.output)  # pytest shows it when the test failed
        clear_shared_memory()
        if stuck:
            pytest.fail(f"left running 15 s after SIGINT: {stuck}")


@pytest.fixture
def spawn(ros_domain: int) -> Iterator[Callable[..., NodeProcess]]:
    with spawning() as start:
        yield start


@pytest.fixture
def client(ros_domain: int) -> Iterator[Client]:
    """A client node in the test's domain."""
    client = Client(ros_domain)
    yield client
    client.close()


@pytest.fixture
def latched() -> QoSProfile:
    """QoS that also receives what was latched before."""
    return LATCHED
