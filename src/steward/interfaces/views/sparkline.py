"""A row of numbers as a line of bars, and where it is heading."""

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
_UNKNOWN = "?"
_STEADY_SHARE = 0.02
"""A change up to this part of the larger number counts as none."""


def sparkline(values: Sequence[int | None]) -> str:
    """Draw a bar for each value, from 0 up to the largest; ``?`` where it is unknown."""
    top = max((v for v in values if v is not None), default=0)
    return "".join(_UNKNOWN if v is None else _bar(v, top) for v in values)


def _bar(value: int, top: int) -> str:
    return BARS[min(value * len(BARS) // top, len(BARS) - 1)] if top > 0 else BARS[0]


def trend(values: Sequence[int | None]) -> str:
    """Compare the mean of the newer half with that of the older: ``rising``, ``falling`` or ``steady``."""
    known = [v for v in values if v is not None]
    half = len(known) // 2
    if not half:
        return "-"
    older, newer = sum(known[:half]), sum(known[-half:])
    change, size = newer - older, max(older, newer)
    if abs(change) <= size * _STEADY_SHARE:
        return "steady"
    return "rising" if change > 0 else "falling"
