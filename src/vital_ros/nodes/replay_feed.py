"""What a replay publishes: `/clock`, the recorded sensors and the arm's state, in place of devices and driver."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from vital_msgs.msg import ArmState, Tactile

from vital_ros.bags.pairing import with_header_stamp
from vital_ros.config import ThirdCamera
from vital_ros.geometry import Pose
from vital_ros.nodes import dry_link
from vital_ros.nodes.conversions import header, pose_to_msg, stamp_from_nanoseconds
from vital_ros.nodes.lifecycle import LATCHED
from vital_ros.playback.recorded import ARM, BASELINE, CAMERA_INFO, IMAGE, LOCALIZER, TOUCH, RecordedEpisode
from vital_ros.playback.schedule import Event

STANDBY_PERIOD = 10_000_000
"""ns between two reports of the arm before the policy acts."""
LEAD = 30_000_000_000
"""ns before the first step at which the clock begins: there is time to reach the start pose."""
STRIDE = 40_000_000
"""ns after which the gate must have caught up; its patience with the arm is several times that."""
ECHO = 1.0
"""s of wall time for the arm's state to come back from the gate."""
THIRD_PERIOD = 0.2
"""s between two publications of what the localizer saw, while it looks."""


class ReplayFeed:
    """Its clock is ROS time; it stands until `walk`, and from `stop` on only `play` and `show` move it.

    Attributes:
        clock_ns: what `/clock` shows.
        pose, opening: where the arm says it is before the policy acts; a reach puts it there at once.
    """

    def __init__(self, node: Node, episode: RecordedEpisode, camera: ThirdCamera, await_gate: Callable[[], object]):
        """`await_gate` returns when the gate has received what was published so far."""
        self.clock_ns = max(episode.start_ns - LEAD, STANDBY_PERIOD)
        self.pose, self.opening = Pose(), 0.0
        self._end_ns = episode.start_ns - STANDBY_PERIOD
        self._clock = node.create_publisher(Clock, "/clock", 10)
        self._publishers = {
            IMAGE: node.create_publisher(Image, IMAGE, 10),
            CAMERA_INFO: node.create_publisher(CameraInfo, CAMERA_INFO, 10),
            TOUCH: node.create_publisher(Tactile, TOUCH, 10),
            ARM: node.create_publisher(ArmState, dry_link.TOPIC, 10),
        }
        self._await_gate = await_gate
        self._refreshed_ns = self.clock_ns
        self._echo, self._echoes = threading.Condition(), 0
        self._newest: dict[str, bytes | ArmState] = {}
        self._baseline = node.create_publisher(Tactile, BASELINE, LATCHED)
        self._baseline_cdr = episode.reader.serialised(BASELINE).messages[-1]
        if episode.localizable:
            self._show_third(node, episode, camera)
        self._walking, self._stopped = threading.Event(), threading.Event()
        self._standby = threading.Thread(target=self._stand_by, name="standby", daemon=True)

    def start(self) -> None:
        self._standby.start()

    def walk(self) -> None:
        """Let time go by, as fast as on the wall."""
        self._walking.set()

    def stop(self) -> None:
        """End the standby; harmless to repeat."""
        self._stopped.set()
        if self._standby.is_alive():
            self._standby.join()

    def show(self, clock_ns: int) -> None:
        """Set the clock; it never goes back."""
        self.clock_ns = max(self.clock_ns, clock_ns)
        self._clock.publish(Clock(clock=stamp_from_nanoseconds(self.clock_ns)))

    def play(self, events: Iterable[Event]) -> None:
        """Publish messages as they were recorded, the clock first."""
        for event in events:
            self._advance(event.clock_ns)
            self._newest[event.topic] = event.cdr
            self.again(event.topic)

    def again(self, topic: str) -> None:
        """Publish the newest message of a topic once more, if there is one."""
        if topic in self._newest:
            self._publishers[topic].publish(self._newest[topic])

    def refresh(self) -> None:
        """Say again what the gate watches, and return when it has heard the arm at the time that the clock shows.

        Otherwise the gate, which is as strict as ever, would take a busy machine, or a leap over steps that were
        skipped, for silence.
        """
        self._await_gate()
        for topic in (CAMERA_INFO, TOUCH):
            self.again(topic)
        with self._echo:
            before = self._echoes
            self.again(ARM)
            self._echo.wait_for(lambda: self._echoes > before, ECHO)
        self._refreshed_ns = self.clock_ns

    def heard(self) -> None:
        """The gate has published a state of the arm."""
        with self._echo:
            self._echoes += 1
            self._echo.notify_all()

    def give_baseline(self, stamp_ns: int) -> None:
        """The recorded baseline, as if taken now."""
        self._baseline.publish(with_header_stamp(self._baseline_cdr, stamp_ns))

    def _advance(self, clock_ns: int) -> None:
        """Let time go by, the gate never far behind."""
        while self.clock_ns < clock_ns:
            self.show(min(clock_ns, self._refreshed_ns + STRIDE))
            if self.clock_ns - self._refreshed_ns >= STRIDE:
                self.refresh()

    def _stand_by(self) -> None:
        while not self._stopped.is_set():
            begin = time.monotonic()
            state = ArmState(header=header(stamp_from_nanoseconds(self.clock_ns), "link_base"))
            state.pose, state.gripper_opening = pose_to_msg(self.pose), self.opening
            self._newest[ARM] = state
            self.again(ARM)
            ahead = STANDBY_PERIOD if self._walking.is_set() else 0
            self.show(min(self.clock_ns + ahead, max(self._end_ns, self.clock_ns)))
            self._stopped.wait(max(0.0, STANDBY_PERIOD * 1e-9 - (time.monotonic() - begin)))

    def _show_third(self, node: Node, episode: RecordedEpisode, camera: ThirdCamera) -> None:
        topics = {
            "color": f"{camera.namespace}/color/image_raw",
            "depth": f"{camera.namespace}/aligned_depth_to_color/image_raw",
            "camera_info": f"{camera.namespace}/color/camera_info",
        }
        third = [
            (
                node.create_publisher(CameraInfo if name == "camera_info" else Image, topic, 5),
                episode.reader.serialised(LOCALIZER[name]).messages[-1],
            )
            for name, topic in topics.items()
        ]

        def publish() -> None:
            for publisher, cdr in third:
                if publisher.get_subscription_count():
                    publisher.publish(cdr)

        node.create_timer(THIRD_PERIOD, publish)
