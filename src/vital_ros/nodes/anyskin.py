"""Node anyskin: the pads' readings as topics, and their baseline."""

from __future__ import annotations

import sys
import threading
from collections import deque

from rclpy.time import Time
from std_srvs.srv import Trigger
from vital_msgs.msg import Tactile

from vital_ros.device_reader import DeviceError, DeviceReader
from vital_ros.liveness import JudgedDevice, Repetition
from vital_ros.nodes.lifecycle import LATCHED, Param, ProductNode, run
from vital_ros.nodes.silence import SilenceWatch
from vital_ros.tactile import Reading, SerialPort, baseline

FIRST_READING = 3.0
"""s to wait for the first valid frame at configure."""


class AnySkin(ProductNode):
    """Publishes /anyskin/tactile (every frame, raw) and /anyskin/baseline (latched).

    The baseline is taken at activate and whenever /anyskin/rebaseline is called.
    """

    NAME = "anyskin"
    PARAMETERS = (Param("port", "", "serial device or pseudo-terminal; empty: tactile.port of robot.yaml"),)

    _reader: DeviceReader[Reading] | None = None

    def configure(self) -> None:
        tactile = self.config.robot.tactile
        self._tactile = tactile
        port = self.param("port") or tactile.port
        magnetometers = tactile.sensors * tactile.magnetometers
        self._frame = threading.Condition()
        self._recent: deque[Reading] = deque(maxlen=tactile.baseline_samples)
        self._frames = 0
        self._readings = self.create_lifecycle_publisher(Tactile, "anyskin/tactile", 5)
        self._baselines = self.create_lifecycle_publisher(Tactile, "anyskin/baseline", LATCHED)
        self._service = self.create_service(Trigger, "anyskin/rebaseline", self._rebaseline)
        repetition = Repetition("reading", tactile.frozen_after)
        self._reader = DeviceReader(
            lambda: JudgedDevice(
                SerialPort(port, magnetometers, tactile.baud_rate),
                lambda reading, t: repetition.complaint(reading.field.tobytes() + reading.temperature.tobytes(), t),
                lambda line: self.get_logger().error(f"AnySkin port '{port}' {line}"),
            ),
            self._publish,
            lambda line: self.get_logger().warning(f"AnySkin port '{port}' {line}"),
        )
        self._watch = SilenceWatch(self, self._reader, "AnySkin")
        try:
            self._reader.start(FIRST_READING)
        except TimeoutError as error:
            raise DeviceError(
                f"AnySkin port '{port}': {error}; is it the board, does it stream {magnetometers} magnetometers "
                "(tactile.sensors, tactile.magnetometers in robot.yaml)?"
            ) from None

    def activate(self) -> None:
        try:
            self._take_baseline()
        except DeviceError as error:
            self.get_logger().warning(f"no baseline yet: {error}; then call /anyskin/rebaseline")

    def cleanup(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
            self._watch.close()
            self.destroy_service(self._service)
            self.destroy_lifecycle_publisher(self._readings)
            self.destroy_lifecycle_publisher(self._baselines)

    def _publish(self, reading: Reading) -> None:
        stamp = self.get_clock().now()
        self._readings.publish(self._message(reading, stamp))
        with self._frame:
            self._recent.append(reading)
            self._frames += 1
            self._frame.notify_all()

    def _message(self, reading: Reading, stamp: Time) -> Tactile:
        message = Tactile(sensors=self._tactile.sensors, magnetometers=self._tactile.magnetometers)
        message.header.stamp = stamp.to_msg()
        message.header.frame_id = "anyskin"
        message.field.frombytes(reading.field.tobytes())
        message.temperature.frombytes(reading.temperature.tobytes())
        return message

    def _take_baseline(self) -> None:
        """Publish the median of readings that all arrive from now on; raise DeviceError."""
        count = self._tactile.baseline_samples
        with self._frame:
            enough = self._frames + count
            if not self._frame.wait_for(lambda: self._frames >= enough, timeout=0.5 + 0.1 * count):
                raise DeviceError("the sensor is silent; check its cable")
            recent = list(self._recent)
        field = baseline([reading.field for reading in recent], self._tactile.rest_std)
        self._baselines.publish(self._message(Reading(field, recent[-1].temperature), self.get_clock().now()))

    def _rebaseline(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        if self.state != "active":
            response.message = "anyskin is not active"
            return response
        try:
            self._take_baseline()
        except DeviceError as error:
            response.message = str(error)
        else:
            response.success, response.message = True, f"median of {self._tactile.baseline_samples} readings"
        return response


def main() -> int:
    return run(AnySkin)


if __name__ == "__main__":
    sys.exit(main())
