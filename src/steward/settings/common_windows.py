"""The maintenance windows that two profiles share: what is open by both, minute by minute of a week."""

from collections.abc import Iterable

from steward.change.guard.policy import DAYS, MaintenanceWindow, window_of
from steward.model.error import ConfigurationError

_DAY = 24 * 60
_WEEK = 7 * _DAY
NEVER = "00:00-00:00"
"""A window that is never open."""


def common_windows(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return windows that are open exactly when both sets are; an empty set is always open.

    Sets that are never open together give one window that is never open. Where a window cannot be read, all are
    returned: the policy refuses to read them.
    """
    if not one or not other or set(one) == set(other):
        return one or other
    try:
        shared = _minutes(map(window_of, one)) & _minutes(map(window_of, other))
    except ConfigurationError:
        return (*one, *other)
    return tuple(_written(shared)) or (NEVER,)


def _minutes(windows: Iterable[MaintenanceWindow]) -> frozenset[int]:
    """Return the minutes of a week, from Monday 00:00 UTC on, in which any window is open."""
    return frozenset(minute % _WEEK for window in windows for minute in _of_one(window))


def _of_one(window: MaintenanceWindow) -> Iterable[int]:
    over_midnight = _DAY if window.to_minute < window.from_minute else 0
    for day in window.days:
        start = day * _DAY
        yield from range(start + window.from_minute, start + window.to_minute + over_midnight)


def _written(minutes: frozenset[int]) -> Iterable[str]:
    """Yield a window for each span within a day, with every day that has it: ``sat,sun 02:00-06:00``."""
    days: dict[tuple[int, int], list[str]] = {}
    for number, name in enumerate(DAYS):
        for span in _spans(sorted(m - number * _DAY for m in minutes if m // _DAY == number)):
            days.setdefault(span, []).append(name)
    for (first, end), names in sorted(days.items()):
        named = "" if len(names) == len(DAYS) else f"{','.join(names)} "
        yield f"{named}{_clock(first)}-{_clock(end)}"


def _spans(minutes: list[int]) -> Iterable[tuple[int, int]]:
    """Yield runs of consecutive minutes: the first, and the one after the last."""
    starts = [m for i, m in enumerate(minutes) if not i or minutes[i - 1] != m - 1]
    ends = [
        m + 1 for i, m in enumerate(minutes) if i + 1 == len(minutes) or minutes[i + 1] != m + 1
    ]
    return zip(starts, ends, strict=True)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
