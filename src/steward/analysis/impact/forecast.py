"""When a growing figure reaches its limit: a robust line through what was kept, with an interval, or not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from steward.model.unknown import Unknown, Why

LEAST_SAMPLES = 12
LEAST_SPAN_SECONDS = 3_600.0
REACH = 30.0
"""How many times the span of the samples a line is followed: a day speaks for a month, no further."""
_MOST = 400
"""Samples that a line goes through: more are thinned evenly, for its slopes are those of all pairs."""
_Z95 = 1.959964

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendLine:
    """A line through samples.

    Shape: ``low`` and ``high`` bound the slope with 95 % where errors are independent; samples that follow each other
           are not quite, so the true interval is somewhat wider.
    Units: the figure's own, a second; seconds.
    """

    level: float
    slope: float
    low: float
    high: float
    samples: int
    span_seconds: float

    def seconds_to(self, limit: float, slope: float) -> float | None:
        """Return when the line with this slope reaches a limit; None: not within reach of the samples."""
        if self.level >= limit:
            return 0.0
        if slope <= 0:
            return None
        seconds = (limit - self.level) / slope
        return seconds if seconds <= REACH * self.span_seconds else None


def growth(times: Sequence[float], values: Sequence[float]) -> TrendLine | Unknown:
    """Fit a line; Unknown with fewer samples, or over less time, than can tell a trend.

    Shape:  times in seconds, rising; the level is the line's at the last of them.
    Source: Theil-Sen: the median slope of all pairs, which a third of wild samples does not move; its interval from
            the order of the slopes (Sen 1968).
    """
    span = times[-1] - times[0] if times else 0.0
    if len(times) < LEAST_SAMPLES or span < LEAST_SPAN_SECONDS:
        return Unknown(
            Why.NEEDS_HISTORY,
            f"{len(times)} samples over {span / 3600:.1f} h; {LEAST_SAMPLES} over "
            f"{LEAST_SPAN_SECONDS / 3600:.0f} h are needed: let steward serve run",
        )
    at, value = _thinned(np.array(times)), _thinned(np.array(values))
    first, second = np.triu_indices(len(at), 1)
    apart = at[second] - at[first]
    slopes = np.sort((value[second] - value[first])[apart > 0] / apart[apart > 0])
    slope = float(np.median(slopes))
    low, high = _interval(slopes, len(at))
    level = float(np.median(value - slope * (at - at[-1])))
    return TrendLine(
        level=level, slope=slope, low=low, high=high, samples=len(times), span_seconds=span
    )


def _thinned(values: Floats) -> Floats:
    if len(values) <= _MOST:
        return values
    return values[np.linspace(0, len(values) - 1, _MOST).round().astype(np.int64)]


def _interval(slopes: Floats, samples: int) -> tuple[float, float]:
    """Return the slopes between which the true one lies with 95 %, by the variance of Kendall's statistic."""
    n = samples
    spread = _Z95 * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    below = max(0, int((len(slopes) - spread) / 2))
    return float(slopes[below]), float(slopes[len(slopes) - 1 - below])
