"""Runs a graph as processes, where no `launch` is needed: starts, watches and ends them in the right order.

Each node runs in a session of its own, so that Ctrl-C, or the end of the terminal, reaches this process alone and the
arm stops before the devices go away; a node whose runner is killed receives SIGINT from the kernel.
"""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import yaml

from vital_ros.graph import NodeSpec

MOTION_GRACE = 2.5  # s for the arm to stop
GRACE = 15.0  # s for everything to end; takes 2 s, but what has to be killed leaves its shared memory behind
GRAPH_FAILED = 3
_PR_SET_PDEATHSIG = 1


class GraphError(RuntimeError):
    """The graph cannot be started; one line."""


class Processes:
    """The processes of one graph; a context manager that always ends them."""

    def __init__(self, specs: list[NodeSpec], run_dir: Path):
        self._specs = specs
        self._run_dir = run_dir
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended: queue.Queue[tuple[str, int]] = queue.Queue()
        self._interrupted = threading.Event()

    def __enter__(self) -> Processes:
        """Start everything; raise GraphError."""
        commands = {spec.node_name: self._command(spec) for spec in self._specs}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN or number != signal.SIGHUP:  # nohup: goes on without terminal
                signal.signal(number, self._interrupt)
        for spec in self._specs:
            self._start(spec, commands[spec.node_name])
        return self

    def __exit__(self, *_: object) -> None:
        self._end([spec.node_name for spec in self._specs if spec.motion], MOTION_GRACE)
        self._end(list(self._running), GRACE - MOTION_GRACE)
        for process in self._running.values():
            process.kill()
            process.wait()

    def wait(self) -> int:
        """Wait for the last node of the list to end, for any other to die, or for Ctrl-C; the exit code."""
        main = self._specs[-1].node_name
        name, code = self._ended.get()
        if self._interrupted.is_set():
            return 130
        if name == main:
            return code if code >= 0 else GRAPH_FAILED
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        log = self._log(name)
        print(f"{name} ended ({how}): {_last_words(log)}  Log: {log}", file=sys.stderr)
        return GRAPH_FAILED

    def _interrupt(self, *_: object) -> None:
        self._interrupted.set()
        self._ended.put(("", 0))

    def _command(self, spec: NodeSpec) -> list[str]:
        parameters = self._run_dir / "parameters" / f"{spec.node_name}.yaml"
        parameters.parent.mkdir(parents=True, exist_ok=True)
        parameters.write_text(yaml.safe_dump({"/**": {"ros__parameters": spec.parameters}}), encoding="utf-8")
        if spec.package == "vital_ros":
            program = [sys.executable, "-m", f"vital_ros.nodes.{spec.executable}"]
        else:
            program = [str(_installed(spec))]
        naming = ["-r", f"__node:={spec.name}"] if spec.name else []
        naming += ["-r", f"__ns:=/{spec.namespace}"] if spec.namespace else []
        naming += [word for old, new in spec.remappings for word in ("-r", f"{old}:={new}")]
        enclave = ["--enclave", spec.enclave]
        return [*program, "--ros-args", *naming, *enclave, "--params-file", str(parameters)]

    def _log(self, name: str) -> Path:
        return self._run_dir / "logs" / f"{name}.log"

    def _start(self, spec: NodeSpec, command: list[str]) -> None:
        log = self._log(spec.node_name)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as stream:
            on_terminal = spec is self._specs[-1]
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=None if on_terminal else stream,
                stderr=stream,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._running[spec.node_name] = process
        threading.Thread(target=self._watch, args=(spec.node_name, process), daemon=True).start()

    def _watch(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self._ended.put((name, process.wait()))

    def _end(self, names: list[str], grace: float) -> None:
        deadline = time.monotonic() + grace
        ending = {name: self._running[name] for name in names if name in self._running}
        for process in ending.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for name, process in ending.items():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
            del self._running[name]


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _installed(spec: NodeSpec) -> Path:
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        program = Path(prefix) / "lib" / spec.package / spec.executable
        if prefix and program.is_file():
            return program
    raise GraphError(
        f"package {spec.package} is not installed, the real arm needs it; without robot_ip the cell is simulated"
    )


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "[ERROR]" in line or "[FATAL]" in line]
    return (errors or lines or ["it said nothing"])[-1]
