"""The graph of a deployment around an arm that is a stand-in: every product node a process, devices that can fail.

One bring-up serves many faults: `Graph.episode` mends whatever the last one left behind before it begins.
"""

from __future__ import annotations

import os
import pty
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
import yaml
from std_srvs.srv import Trigger
from vital_msgs.action import ExecuteTask
from vital_msgs.msg import ArmStatus, ExecutorStatus
from vital_msgs.srv import Localize

from vital_ros.camera.frame_socket import FrameServer
from vital_ros.config import NetworkConfig, load_config
from vital_ros.observation import ObservationSpec
from vital_ros.policy import ActionSpec, Card, VisuoTactilePolicy, save_checkpoint
from vital_ros.tactile import encode_frame

from ..launch.scenarios import patient_config
from .client import LATCHED, Client, wait_until
from .conftest import NodeProcess, own_domain, spawning
from .fake_xarm import FakeXArm, Received

REACH, POLICY = ExecutorStatus.REACH, ExecutorStatus.LOCAL_POLICY
TARGET = (0.42, 0.0, 0.05)  # m, where the localizer sees the key lock
FAR, ABOVE = (420.0, -250.0, 180.0), (420.0, 0.0, 180.0)  # mm, where a long and a short reach begin
NODES = ("wrist_camera", "anyskin", "residual_learner", "policy_executor", "arm_gate")
"""The gate last: it measures the rate of reports, which suffers while processes start."""
LOCALIZE_TIMEOUT = 8.0
"""s that the executor waits for an answer of /localize: enough for a busy machine, not too long for a test."""
LIMITS = {"arm_state": 0.4, "camera": 0.5, "tactile": 0.4, "setpoint": 1.0}
"""s; wider than the product's, for machines whose test process is not served for some tenths of a second."""
REACTION = 0.15
"""s from the limit of a detection to the last command, counted in commands: a busy machine only sends fewer."""


class Lens:
    """The wrist camera's device: 30 noisy pictures a second.

    Attributes:
        fault: "" or one of silent, repeats, black, size, past, future (stamps that are 10 s off).
    """

    def __init__(self, path: Path):
        self.fault = ""
        self._server = FrameServer(path)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        rng = np.random.default_rng(0)
        image = rng.integers(90, 110, (128, 160, 3), np.uint8)
        while not self._stop.wait(1 / 30):
            if self.fault != "repeats":
                image = rng.integers(90, 110, (128, 160, 3), np.uint8)
            shown = {"black": image // 100, "size": image[:64, :80]}.get(self.fault, image)
            if self.fault != "silent":
                self._server.send(shown, time.time() + {"past": -10.0, "future": 10.0}.get(self.fault, 0.0))

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._server.close()


class Skin:
    """AnySkin's board on a pseudo-terminal, 100 readings a second.

    Attributes:
        fault: "" or one of unplugged, garbage, repeats.
    """

    def __init__(self, link: Path):
        self.fault = ""
        self._link = link
        self._plug_in()
        self._plugged = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _plug_in(self) -> None:
        self._master, self._slave = pty.openpty()
        os.set_blocking(self._master, False)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(self._slave))

    def _unplug(self) -> None:
        os.close(self._slave)
        os.close(self._master)

    def _run(self) -> None:
        rng = np.random.default_rng(0)
        frame = b""
        while not self._stop.wait(0.01):
            if self.fault != "repeats":
                frame = encode_frame(np.arange(1, 31) + rng.normal(0, 0.7, 30), np.full(10, 46000.0))
            if self._plugged != (self.fault != "unplugged"):
                self._plugged = not self._plugged
                self._plug_in() if self._plugged else self._unplug()
            if self._plugged:
                try:
                    os.write(self._master, rng.bytes(len(frame)) if self.fault == "garbage" else frame)
                except OSError:
                    pass  # nobody reads
        if self._plugged:
            self._unplug()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


class Graph:
    """Everything, and what the arm was told.

    Attributes:
        driver: the arm's side.
        processes: the product nodes, by name.
    """

    def __init__(self, domain: int, directory: Path, spawn: Callable[..., NodeProcess], nodes: Sequence[str]):
        """`nodes`: that take part; where the localizer does not, the target is known at once."""
        self._domain, self._directory, self._spawn, self._nodes = domain, directory, spawn, nodes
        _prepare(directory)
        self.driver = self._arm()
        self.lens, self.skin = Lens(directory / "lens.sock"), Skin(directory / "skin")
        self.client = Client(domain)
        self.status = self.client.subscribe(ArmStatus, "/arm/status", LATCHED)
        self.phases = self.client.subscribe(ExecutorStatus, "/policy/status", LATCHED)
        if "localizer" not in nodes:
            self.client.node.create_service(Localize, "/localize", self._localize)
        self._actions = self.client.action_client(ExecuteTask, "/execute_task")
        self.processes: dict[str, NodeProcess] = {}
        self._goal: Any = None

    def bring_up(self) -> None:
        for name in self._nodes:
            self.start(name)
        for name in self._nodes:
            self.client.bring_up(name)

    def close(self) -> None:
        running = [process for process in self.processes.values() if process.runs]
        for process in running:
            # DDS may have given up what is frozen: continued, it might never come to an end
            frozen = psutil.Process(process.pid).status() == psutil.STATUS_STOPPED
            os.kill(process.pid, signal.SIGKILL if frozen else signal.SIGINT)
        try:
            for process in running:
                process.wait()
        finally:  # threads that go on would keep the tests from ending
            self.client.close()
            self.lens.close()
            self.skin.close()
            self.driver.close()

    def start(self, name: str) -> None:
        own = {
            "wrist_camera": {"device": f"sim:{self._directory / 'lens.sock'}"},
            "anyskin": {"port": self._directory / "skin"},
            "policy_executor": {"task": "key_lock", "policy": self._directory / "tiny.safetensors"},
            "residual_learner": {"task": "key_lock", "record": "false"},
            "localizer": {"timeout": 60.0},
        }.get(name, {})
        parameters = {"config_dir": self._directory / "config", **own}
        words = [word for key, value in parameters.items() for word in ("-p", f"{key}:={value}")]
        self.processes[name] = self._spawn(f"vital_ros.nodes.{name}", "--ros-args", *words)

    def new_driver(self) -> None:
        """As after its process was started again."""
        self.driver = self._arm()

    def _arm(self) -> FakeXArm:
        driver = FakeXArm(self._domain)
        driver.follows = True
        return driver

    def _localize(self, _: Localize.Request, response: Localize.Response) -> Localize.Response:
        response.success = True
        p = response.pose.pose.position
        p.x, p.y, p.z = TARGET
        return response

    # episodes ------------------------------------------------------------------------------------------------------

    def mend(self) -> None:
        """All that lives runs, the arm is ready and nobody asks anything of it.

        The dead are not started again: DDS believes in them for some seconds more, and answers get lost meanwhile.
        """
        self.lens.fault = self.skin.fault = ""
        d = self.driver
        d.frozen, d.error, d.refusal, d.every, d.hanging, d.spoiled = False, 0, 0, 1, set(), {}
        d.hang.set()
        for process in self.processes.values():
            if process.runs:
                os.kill(process.pid, signal.SIGCONT)
        if self._goal is not None:
            self.cancel()
        self.recover_if_stopped()

    def recover_if_stopped(self) -> None:
        self.status.clear()
        self.status.wait(2)  # the newest word of the gate, not one from before
        wait_until(lambda: _rests(self.status.messages[-1]), "the arm does not come to rest")
        if self.status.messages[-1].state == ArmStatus.STOPPED:
            answer = self.trigger("/arm/recover")
            assert answer.success, answer.message

    def episode(self, phase: int) -> None:
        """Begin an episode and wait until the arm moves in `phase`."""
        self.mend()
        self.driver.pose[:3] = ABOVE if phase == POLICY else FAR
        self.phases.clear()
        self.send_goal()
        assert self._goal.accepted
        self.phases.wait(1, lambda s: s.phase == phase and (phase == REACH or s.step >= 2))
        self.status.clear()
        count = len(self.driver.motions)
        wait_until(lambda: len(self.driver.motions) > count + 15, "the arm does not move")

    def send_goal(self) -> bool:
        assert self._actions.wait_for_server(60.0)
        goal = ExecuteTask.Goal(task="key_lock", seed=1, time_limit=60.0)
        handle = self.client.result(self._actions.send_goal_async(goal))
        if handle.accepted:
            self._goal = handle
        return bool(handle.accepted)

    def result(self) -> Any:
        handle, self._goal = self._goal, None
        return self.client.result(handle.get_result_async()).result

    def cancel(self) -> Any:
        """The result of the goal that is given up."""
        self._goal.cancel_goal_async()
        return self.result()

    def trigger(self, name: str) -> Trigger.Response:
        return self.client.call(Trigger, name)

    # what the arm did ----------------------------------------------------------------------------------------------

    def motions_since(self, t: float) -> np.ndarray:
        """TCP of the commands that arrived after `t`, m, shape (n, 3)."""
        poses = [m.request.pose[:3] for m in list(self.driver.motions) if m.time > t]
        return np.array(poses, dtype=float).reshape(-1, 3) * 1e-3

    @property
    def stops(self) -> list[Received]:
        """Requests of state 4."""
        return [r for r in self.driver.requests("set_state") if r.request.data == 4]

    def come_to_rest(self) -> None:
        """Until no command has arrived for half a second."""
        wait_until(lambda: time.monotonic() - self.driver.motions[-1].time > 0.5, "the arm does not come to rest")

    def assert_at_rest(self) -> None:
        """No command arrives any more."""
        count = len(self.driver.motions)
        threading.Event().wait(0.3)  # 45 servo ticks
        assert len(self.driver.motions) == count

    def assert_rested_within(self, limit: float, since: float) -> None:
        """The arm got no more commands after `since` than until the detection and the gate's reaction, and rests.

        Commands in flight: the gate has at most 4 unanswered ones.
        """
        self.assert_at_rest()
        config = load_config().robot.arm
        came = self.motions_since(since)
        assert len(came) <= (limit + REACTION) * config.servo_rate + 4
        travelled = float(np.linalg.norm(np.diff(came, axis=0), axis=1).sum())
        assert travelled <= config.max_speed * (limit + REACTION)

    def assert_stopped(self, rules: set[str], limit: float, since: float) -> ArmStatus:
        """A rule latched, the driver got a stop, and no motion got through after it."""
        status = self.status.wait(1, lambda s: s.state == ArmStatus.STOPPED)[0]
        assert status.rule in rules, status
        wait_until(lambda: any(r.time > since for r in self.stops), "no stop arrived")
        self.assert_rested_within(limit, since)
        return status


def _rests(status: ArmStatus) -> bool:
    """A motion that is held, for a reason, is still under way."""
    return status.state != ArmStatus.MOVING and not (status.state == ArmStatus.HOLDING and status.reason)


def _prepare(directory: Path) -> None:
    """Configuration with patience, and a tiny untrained policy."""
    path = patient_config(directory / "config", LIMITS) / "robot.yaml"
    robot = yaml.safe_load(path.read_text())
    robot["executor"]["localize_timeout"] = LOCALIZE_TIMEOUT
    path.write_text(yaml.safe_dump(robot))
    torch.manual_seed(0)
    network = NetworkConfig(width=32, keypoints=8, layers=1, heads=2)
    card = Card(
        task="key_lock",
        policy="tiny",
        network=network,
        observation=ObservationSpec(raw_width=160, raw_height=128, tactile_scale=(100.0,) * 15),
        action=ActionSpec(translation_scale=0.005, rotation_scale=0.02),
    )
    save_checkpoint(directory / "tiny", VisuoTactilePolicy(network, 15), card)


@contextmanager
def whole_graph(directory: Path, nodes: Sequence[str] = NODES) -> Iterator[Graph]:
    """Bring the graph up in a domain of its own, and end it."""
    with own_domain(directory / "ros_log") as domain, spawning() as spawn:
        graph = Graph(domain, directory, spawn, nodes)
        try:
            graph.bring_up()
            yield graph
        finally:
            graph.close()
