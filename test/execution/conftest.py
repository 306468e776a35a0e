"""A robot without ROS: time advances when the episode waits, and the arm goes where it is told."""

import numpy as np
import pytest

from vital_ros.config import NetworkConfig, load_config
from vital_ros.execution.ending import Ending, NotLocalized
from vital_ros.execution.robot import Observation
from vital_ros.execution.streams import StaleError
from vital_ros.geometry import Pose
from vital_ros.observation import ObservationSpec
from vital_ros.policy import ActionSpec, Card, PolicyError, PolicyStep

HOME = Pose((0.4, 0.0, 0.3), (1, 0, 0, 0))
LOCK = np.array([0.45, 0.02, 0.05])


class FakeEnding(Ending):
    def __init__(self, robot):
        super().__init__()
        self._robot = robot

    def wait(self, timeout=None):
        self._robot.advance(timeout)
        self.check()


class FakeRobot:
    """Logs every call as a tuple; `at_tick` maps a tick's index to something that happens before it.

    The localiser finds nothing `lost` times; an operator gives `consent` after a second, or none.
    """

    def __init__(self):
        self.time = 100.0
        self.ending = FakeEnding(self)
        self.pose = HOME
        self.log = []
        self.at_tick = {}
        self.stale = ""
        self.stuck = False
        self.point = LOCK
        self.records = []
        self.told = []
        self.person = None
        self.lost = 0
        self.consent = True

    def advance(self, seconds):
        self.time += seconds

    def now(self):
        return self.time

    def localize(self, query):
        self.ending.check()
        self.log.append(("localize", query))
        if self.lost > 0:
            self.lost -= 1
            raise NotLocalized(f"'{query}' not found")
        return self.point

    def say(self, message):
        self.log.append(("say", message))

    def confirmed(self, patience):
        self.log.append(("confirmed", patience))
        self.ending.wait(1.0 if self.consent else patience)
        return self.consent

    def begin_task(self, target):
        self.log.append(("begin_task", target))

    def rebaseline(self):
        self.log.append(("rebaseline",))

    def measured_pose(self):
        if self.stale == "arm":
            raise StaleError("/arm/state: newest sample is 900 ms old, the limit is 150 ms")
        return self.pose

    def observe(self):
        if self.stale:
            raise StaleError("/wrist_camera/image_raw: newest sample is 900 ms old, the limit is 300 ms")
        field = np.full(30, 3.0, np.float32)
        return Observation(
            np.zeros((128, 160, 3), np.uint8), field, np.zeros(30, np.float32), self.pose, self.time - 0.01
        )

    def send(self, setpoint):
        self.log.append(("send", setpoint))
        if not self.stuck:
            self.pose = setpoint.pose
        self.advance(0.002)
        return self.time

    def follow(self, person):
        self.person = person

    def tell(self, index, tactile_norm, lateness, skipped):
        self.told.append((index, tactile_norm))

    def stop_arm(self):
        self.log.append(("stop_arm",))

    def run_ticks(self, rate, callback):
        start, index = self.time, 0
        try:
            while True:
                self.time = max(self.time, start + index / rate)
                if index in self.at_tick:
                    self.at_tick[index]()
                callback(index, 0.0005, 0)
                index += 1
        except Exception as error:
            self.ending.set(error)
            self.ending.check()

    def announce(self, phase, episode_id):
        self.log.append(("phase", phase.name))

    def publish(self, record):
        self.records.append(record)

    @property
    def setpoints(self):
        return [entry[1] for entry in self.log if entry[0] == "send"]

    @property
    def phases(self):
        return [entry[1] for entry in self.log if entry[0] == "phase"]


class FakePolicy:
    """Goes 2 mm down each step; `fails` makes its output non-finite."""

    def __init__(self):
        spec = ObservationSpec(raw_width=160, raw_height=128, tactile_scale=(100.0,) * 15)
        action = ActionSpec(translation_scale=0.01, rotation_scale=0.1)
        self.card = Card(task="key_lock", policy="fake", network=NetworkConfig(), observation=spec, action=action)
        self.resets = 0
        self.fails = False

    def reset(self):
        self.resets += 1

    def act(self, image, field, baseline):
        if self.fails:
            raise PolicyError("policy fake of key_lock gave a non-finite action")
        action = np.array([0, 0, 0.002, 0, 0, 0, 0.25])
        return PolicyStep(image[:, :128], np.zeros(15, np.float32), np.tile(action, (10, 1)), action)


@pytest.fixture
def robot():
    return FakeRobot()


@pytest.fixture
def policy():
    return FakePolicy()


@pytest.fixture(scope="session")
def config():
    return load_config()
