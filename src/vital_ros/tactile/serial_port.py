"""AnySkin's serial port, or a pseudo-terminal that speaks the same bytes."""

from __future__ import annotations

import serial

from vital_ros.device_reader import DeviceError
from vital_ros.tactile.protocol import FrameParser, Reading


class SerialPort:
    """An open port.

    Args:
        port: device path, e.g. /dev/ttyACM0.
        magnetometers: of all pads together.
        baud_rate: of the board (115200).

    Raises:
        DeviceError: the port is missing, not readable or in use.
    """

    def __init__(self, port: str, magnetometers: int, baud_rate: int):
        self._name = port
        self._parser = FrameParser(magnetometers)
        self.skipped = 0
        """Frames that came together with a newer one and were not reported: nobody can tell when they were taken."""
        try:
            self._serial = serial.Serial(port, baud_rate, timeout=0.05, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            reason = "it does not exist" if getattr(error, "errno", None) == 2 else str(error)
            raise DeviceError(
                f"AnySkin port '{port}' cannot be opened: {reason}; check the cable and tactile.port in robot.yaml"
            ) from None
        self._serial.reset_input_buffer()

    def read(self) -> Reading | None:
        """The newest frame; None after 0.05 s without one. Raises DeviceError when the port is gone."""
        try:
            data = self._serial.read(max(1, self._serial.in_waiting))
        except (serial.SerialException, OSError, TypeError) as error:  # TypeError: closed under the read
            raise DeviceError(f"AnySkin port '{self._name}' stopped: {error}") from None
        frames = self._parser.feed(data)
        self.skipped += max(0, len(frames) - 1)
        return frames[-1] if frames else None

    @property
    def discarded(self) -> int:
        """Bytes that belonged to no frame."""
        return self._parser.discarded

    def close(self) -> None:
        self._serial.close()
