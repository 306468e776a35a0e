"""What was computed of the last few images: the reference is asked for with every object of every demonstration."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Generic, TypeVar

from vital_ros.augmentation.interfaces import Image

REMEMBERED = 4
"""Images."""

T = TypeVar("T")


class Remembered(Generic[T]):
    """`compute` of an image, at most once while the image is among the last few."""

    def __init__(self, compute: Callable[[Image], T]):
        self._compute = compute
        self._known: dict[tuple[int, ...], T] = {}

    def __call__(self, image: Image) -> T:
        key = (*image.shape, fingerprint(image))
        known = self._known.pop(key) if key in self._known else self._compute(image)
        self._known[key] = known  # the last in, so that the first out is the one not asked for longest
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return known


def fingerprint(image: Image) -> int:
    """The same image, the same number; hardly ever that of another one."""
    return zlib.crc32(image.tobytes())
