"""Reads a device on a thread of its own and opens it again when it is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class DeviceError(OSError):
    """A device that cannot be opened, read or understood. The message names the device and the remedy."""


class Device(Protocol[T_co]):
    """What a reader needs of a device."""

    def read(self) -> T_co | None:
        """The newest item, or None when none came within a fraction of a second. Raises DeviceError when lost."""

    def close(self) -> None: ...


class DeviceReader(Generic[T]):
    """Hands every item of a device to a callback, on the reader's thread, at once.

    Args:
        open_device: opens the device; raises DeviceError.
        on_item: gets every item.
        report: gets one line when the device is lost, and one when it is back.
        pause: s between two attempts to reopen; doubles after each failure up to 16 times this.
    """

    def __init__(
        self,
        open_device: Callable[[], Device[T]],
        on_item: Callable[[T], None],
        report: Callable[[str], None],
        pause: float = 0.125,
    ):
        self._open, self._on_item, self._report, self._pause = open_device, on_item, report, pause
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_item = time.monotonic()
        self.items = 0
        self.reconnects = 0

    def start(self, timeout: float) -> None:
        """Open the device, wait for its first item, then read on.

        Raises DeviceError when the device cannot be opened, TimeoutError when it gives nothing within `timeout` s.
        """
        device = self._open()
        try:
            deadline = time.monotonic() + timeout
            while (first := device.read()) is None:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"nothing valid arrived within {timeout:g} s")
        except OSError:
            device.close()
            raise
        self._accept(first)
        self._thread = threading.Thread(target=self._run, args=(device,), name="device_reader", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading and close the device; a read that hangs is left to end by itself."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    @property
    def silence(self) -> float:
        """Time since the last item, s."""
        return time.monotonic() - self._last_item

    def _accept(self, item: T) -> None:
        self._last_item = time.monotonic()
        self.items += 1
        self._on_item(item)

    def _run(self, device: Device[T] | None) -> None:
        while not self._stop.is_set():
            if device is None:
                device = self._reopen()
                continue
            try:
                item = device.read()
            except DeviceError as error:
                device.close()
                device = None
                self._report(f"lost: {error}; trying to reopen it")
                continue
            if item is not None:
                self._accept(item)
        if device is not None:
            device.close()

    def _reopen(self) -> Device[T] | None:
        pause = self._pause
        while not self._stop.wait(pause):
            try:
                device = self._open()
            except DeviceError:
                pause = min(2 * pause, 16 * self._pause)
                continue
            self.reconnects += 1
            self._report("open again")
            return device
        return None
