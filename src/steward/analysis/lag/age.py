"""Bounds of a record's age from a timestamp search, or why the age is unknown."""

from dataclasses import dataclass

from steward.analysis.lag.timestamp_search import TimestampSearch
from steward.model.batch import NO_TIMESTAMP
from steward.model.instant import CLOCK_TOLERANCE_MS
from steward.model.lag import Basis, Flag
from steward.model.unknown import Unknown, Why
from steward.model.wording import duration


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeBounds:
    """Age of the oldest unread record of a position, in seconds.

    ``low`` and ``high`` are proved. ``value`` is the best estimate; if it is None, the middle of the bounds.
    """

    low: float
    high: float | None
    basis: Basis
    value: float | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class NoAge:
    """Why the age of the oldest unread record of a position is unknown, with flags to report."""

    why: Unknown
    flags: tuple[Flag, ...] = ()


Age = AgeBounds | NoAge | Unknown


def age_of_search(search: TimestampSearch, now_ms: int, basis: Basis) -> Age:
    """Turn a search result into bounds of a record's age.

    There is an upper bound if the record's own timestamp is known, or if brokers set timestamps and the log shows no
    disorder. Otherwise the estimate holds for rising timestamps, and only if the log shows no disorder. A timestamp
    that is missing, or further in the future than clocks may differ, gives no age.
    """
    if search.nothing_left:
        return AgeBounds(low=0.0, high=0.0, basis=basis, flags=(Flag.MARKER_ONLY,))
    low_ms, high_ms = search.low_ms, search.high_ms
    if high_ms is None and low_ms is None:
        return Unknown(
            Why.TRUNCATED, "the timestamp search did not finish within its request budget"
        )
    skew = (Flag.CLOCK_SKEW,) if (high_ms or 0) > now_ms else ()
    if search.is_exact and high_ms is not None:
        return _exact(high_ms, now_ms, basis, skew)
    flags = skew + ((Flag.NON_MONOTONE,) if search.disputed else ())
    low = 0.0 if high_ms is None else max(0.0, (now_ms - high_ms) / 1000)
    high = None if low_ms is None or search.disputed else max(0.0, (now_ms - low_ms) / 1000)
    value = low if high is None else (low + high) / 2
    if basis is not Basis.LOG_APPEND_TIME:
        high = None
    is_ahead = (high_ms or 0) > now_ms + CLOCK_TOLERANCE_MS
    if is_ahead or (value == 0 and high is None):
        return NoAge(_not_read(search), flags)
    return AgeBounds(low=low, high=high, basis=basis, value=value, flags=flags)


def _exact(stamp_ms: int, now_ms: int, basis: Basis, skew: tuple[Flag, ...]) -> Age:
    if stamp_ms == NO_TIMESTAMP:
        return NoAge(Unknown(Why.REFUSED, "the oldest unread record has no timestamp"))
    if stamp_ms > now_ms + CLOCK_TOLERANCE_MS:
        ahead = (stamp_ms - now_ms) / 1000
        text = f"the oldest unread record is stamped {duration(ahead)} in the future: its age is unknown"
        return NoAge(Unknown(Why.REFUSED, text), skew)
    age = max(0.0, (now_ms - stamp_ms) / 1000)
    return AgeBounds(low=age, high=age, basis=basis, value=age, flags=skew)


def _not_read(search: TimestampSearch) -> Unknown:
    """Return that timestamps prove nothing here, and why the record was not read."""
    text = "timestamps do not rise with offsets, and the oldest unread record was not read"
    if search.unread is None:
        return Unknown(Why.TRUNCATED, text)
    return Unknown(Why.REFUSED, f"{text}: {search.unread}")
