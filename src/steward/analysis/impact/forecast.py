"""When a growing value reaches its limit: a robust trend over stored samples with an interval, or unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from steward.model.unknown import Unknown, Why
from steward.model.wording import count, duration

LEAST_SAMPLES = 12
LEAST_SPAN_SECONDS = 3_600.0
REACH = 30.0
"""Multiple of the samples' time span up to which a trend is extrapolated: from a day a month ahead, no further."""
_MOST = 400
"""Number of samples used for a trend; more are thinned evenly, because it uses the slopes of all pairs."""
_Z95 = 1.959964

SampleFloats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendLine:
    """A trend over samples: Theil-Sen slope, 95% interval.

    ``low`` and ``high`` are the 95% interval of the slope for independent errors; consecutive samples are not quite
    independent, so the true interval is somewhat wider.

    Units: the value's own, per second; seconds.
    """

    level: float
    slope: float
    low: float
    high: float
    samples: int
    span_seconds: float

    def seconds_to(self, limit: float, slope: float) -> float | None:
        """Return when the trend with this slope reaches a limit; None if not within the extrapolation range."""
        if self.level >= limit:
            return 0.0
        if slope <= 0:
            return None
        seconds = (limit - self.level) / slope
        return seconds if seconds <= REACH * self.span_seconds else None


def growth(times: Sequence[float], values: Sequence[float]) -> TrendLine | Unknown:
    """Fit a trend; Unknown with too few samples, or over too short a time.

    Units:  times in seconds, ascending; the level is the trend's at the last of them.
    Source: Theil-Sen: the median slope of all pairs, robust against up to a third of outliers; its interval from the
            order of the slopes (Sen 1968).
    """
    span = times[-1] - times[0] if times else 0.0
    if len(times) < LEAST_SAMPLES or span < LEAST_SPAN_SECONDS:
        return Unknown(
            Why.NEEDS_HISTORY,
            f"{count(len(times), 'sample')} over {duration(span)}; {LEAST_SAMPLES} over "
            f"{duration(LEAST_SPAN_SECONDS)} are needed: let steward serve run",
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


def _thinned(values: SampleFloats) -> SampleFloats:
    if len(values) <= _MOST:
        return values
    return values[np.linspace(0, len(values) - 1, _MOST).round().astype(np.int64)]


def _interval(slopes: SampleFloats, samples: int) -> tuple[float, float]:
    """Return the 95% interval of the slope, by the variance of Kendall's statistic."""
    n = samples
    spread = _Z95 * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    below = max(0, int((len(slopes) - spread) / 2))
    return float(slopes[below]), float(slopes[len(slopes) - 1 - below])
