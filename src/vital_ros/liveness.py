"""Devices that still deliver but no longer measure: what they give is judged before anybody uses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from vital_ros.device_reader import Device

T = TypeVar("T")


class Repetition:
    """Tells a frozen sensor by its noise, which is missing: the same data to the last bit, again and again.

    Similar data are never refused, since an arm at rest gives them too.

    Args:
        what: may not repeat, e.g. "picture".
        limit: s from the first of equal items to the last one that passes.
    """

    def __init__(self, what: str, limit: float):
        self._what, self._limit = what, limit
        self._data: bytes | None = None
        self._since = 0.0

    def complaint(self, data: bytes, t: float) -> str:
        """What is wrong with `data`, which came at `t` s; empty if nothing is."""
        if data != self._data:
            self._data, self._since = data, t
        if t - self._since > self._limit:
            return f"repeats one {self._what} for more than {self._limit:g} s"
        return ""


class JudgedDevice(Generic[T]):
    """A device that falls silent while what it gives cannot be trusted.

    It is not closed and opened again: a covered lens gets no better by it, and cameras begin with dark pictures.

    Args:
        complaint: what is wrong with an item that came at a time in s; empty if nothing is.
        report: gets every new complaint.
    """

    def __init__(self, device: Device[T], complaint: Callable[[T, float], str], report: Callable[[str], None]):
        self._device, self._judge, self._report = device, complaint, report
        self._complaint = ""

    def read(self) -> T | None:
        """As the device's; None for an item that cannot be trusted."""
        item = self._device.read()
        if item is None:
            return None
        before, self._complaint = self._complaint, self._judge(item, time.monotonic())
        if self._complaint and not before:
            self._report(self._complaint)
        return None if self._complaint else item

    def close(self) -> None:
        self._device.close()
