"""A gamepad through Linux's joystick device (Documentation/input/joydev/joystick-api.rst): 8-byte events."""

from __future__ import annotations

import os
import struct

from vital_ros.device_reader import DeviceError
from vital_ros.teleop.command import Command

EVENT = struct.Struct("<IhBB")
"""Time in ms, value, type, number."""
BUTTON, AXIS, INITIAL = 0x01, 0x02, 0x80
SPEED, TURN_SPEED = 0.05, 0.5
"""m/s and rad/s with a stick at its end."""
DEAD = 0.12
"""Share of a stick's way around its middle that counts as let go."""
HELP = (
    "left stick forward/back and left/right, right stick up/down and turn, A gripper, "
    "Start success, Back failure, B stop the arm, Y next episode"
)
# the numbers of an Xbox pad with the xpad driver
_LEFT_X, _LEFT_Y, _RIGHT_X, _RIGHT_Y = 0, 1, 3, 4
_A, _B, _Y, _BACK, _START = 0, 1, 3, 6, 7


class Gamepad:
    """Velocities while a stick is held, nothing when it is let go.

    Raises:
        DeviceError: the device is not there.
    """

    def __init__(self, path: str):
        self._path = path or "/dev/input/js0"
        try:
            self._device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise DeviceError(
                f"gamepad: '{self._path}' cannot be opened ({error.strerror}); is it plugged in?"
            ) from None
        self._axes: dict[int, float] = {}
        self._rest = b""

    def poll(self, period: float) -> Command:
        pressed = self._read()
        sticks = (self._axes.get(number, 0.0) for number in (_LEFT_X, _LEFT_Y, _RIGHT_X, _RIGHT_Y))
        left_x, left_y, right_x, right_y = (0.0 if abs(value) < DEAD else value for value in sticks)
        way = SPEED * period
        verdict = True if _START in pressed else False if _BACK in pressed else None
        # sticks count right and down as positive; x of link_base is forward, y left
        move = (-left_y * way, -left_x * way, -right_y * way)
        return Command(move, -right_x * TURN_SPEED * period, _A in pressed, verdict, _B in pressed, _Y in pressed)

    def close(self) -> None:
        os.close(self._device)

    def _read(self) -> set[int]:
        """Take in all events there are; the buttons that were pressed."""
        pressed: set[int] = set()
        while True:
            try:
                data = os.read(self._device, 64 * EVENT.size)
            except BlockingIOError:
                return pressed
            except OSError:
                data = b""
            if not data:
                self._axes.clear()
                raise DeviceError(f"gamepad: '{self._path}' is gone")
            data = self._rest + data
            whole = len(data) - len(data) % EVENT.size
            self._rest = data[whole:]
            for _, value, kind, number in EVENT.iter_unpack(data[:whole]):
                if kind & ~INITIAL == AXIS:
                    self._axes[number] = max(-1.0, value / 32767)
                elif kind == BUTTON and value:
                    pressed.add(number)
