"""One question at a time to a network in this process, with an answer in time, whatever it does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

import numpy as np

from vital_ros.localization.background import in_background
from vital_ros.localization.pointer import LocalizationError
from vital_ros.pretrained.loading import reason_of

T = TypeVar("T")
BLANK = np.zeros((480, 640, 3), np.uint8)
"""A picture to try a network with."""


class Running:
    """Nothing can interrupt a network at work: a late one goes on, and until it ends further questions are refused.

    Args:
        name: of the pointer, as in localizer.yaml.
        limit: s for one question.
    """

    def __init__(self, name: str, limit: float):
        self._name, self._limit = name, limit
        self._last: Future[Any] | None = None

    def result_of(self, work: Callable[[], T]) -> T:
        """Raise LocalizationError when `work` fails, takes longer than the limit, or an earlier one is not done."""
        if self._last is not None and not self._last.done():
            raise LocalizationError(f"{self._name} is still busy with an earlier question{self._advice}")
        self._last = future = in_background(work, self._name)
        if not wait([future], self._limit).done:
            raise LocalizationError(f"{self._name} gave no answer within {self._limit:g} s{self._advice}")
        try:
            return future.result()
        except LocalizationError:
            raise
        except Exception as error:  # of whichever layer: the question has no answer, the node goes on
            raise LocalizationError(f"{self._name} failed: {reason_of(error)}") from None

    @property
    def _advice(self) -> str:
        return f"; see {self._name}.timeout, .device and .model in localizer.yaml, or ask a server (pointer: openai)"
