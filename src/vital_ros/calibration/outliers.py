"""Which views do not fit the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vital_ros.config import ConfigError

FACTOR, FLOOR = 3.0, 0.5
"""A view is left out where its RMS residual exceeds both 3 x the median of all views and 0.5 px."""
MOST = 1 / 3
"""Share of the views that may be left out."""

Solution = TypeVar("Solution")


class Kept(NamedTuple):
    """Of the views, by number: which count, and each one's RMS residual against the final solution, px."""

    inside: NDArray[np.bool_]
    rms: NDArray[np.float64]


def without_outliers(
    count: int,
    solve: Callable[[NDArray[np.intp], bool], Solution],
    residuals: Callable[[Solution], NDArray[np.float64]],
) -> tuple[Solution, Kept]:
    """Solve, robustly first, leave out what does not fit, and solve again with the rest until nothing changes.

    Args:
        solve: from the numbers of the views in use, with a robust loss or with squares.
        residuals: RMS of each view, px, (count,).

    Raises:
        ConfigError: more than a third of the views would have to go.
    """
    every = np.arange(count)
    solution, inside = solve(every, True), np.ones(count, dtype=bool)
    for _ in range(5):
        rms = residuals(solution)
        fits = rms <= max(FACTOR * float(np.median(rms)), FLOOR)
        if fits.mean() < 1 - MOST:
            raise ConfigError(
                f"{count - fits.sum()} of {count} views do not fit the others; did the camera, the board "
                f"or the arm's base move meanwhile?"
            )
        settled = bool(np.array_equal(fits, inside))
        inside = fits
        solution = solve(every[inside], False)
        if settled:
            break
    return solution, Kept(inside, residuals(solution))
