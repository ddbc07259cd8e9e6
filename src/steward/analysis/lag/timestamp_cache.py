"""Timestamps found by searches, retained while a group's position is at that record.

A group that does not move costs its searches once, because its record's timestamp does not change. Stored as columns,
so that millions of positions are looked up at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.analysis.lag.offset_table import Doubles, Indexes, Longs, Topics
from steward.analysis.lag.timestamp_search import TimestampSearch
from steward.model.batch import NO_TIMESTAMP
from steward.model.unknown import Why

_MIX_ROW = np.uint64(0x9E3779B97F4A7C15)
_MIX_OFFSET = np.uint64(0xC2B2AE3D27D4EB4F)
_MISSING = -1
_FOR_GOOD = frozenset({Why.DENIED, Why.REFUSED, Why.TRUNCATED})
"""Reasons why a record was not read that a new request would not change."""

Keys = NDArray[np.uint64]
StampMask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TimestampBracket:
    """Bounds of the timestamp of the record at an offset; ``row`` is the partition's in the table.

    ``exact``: the bounds are the timestamp itself. ``disputed``: the log is not in order, and ``low_ms`` is invalid.
    ``settled``: a further search would add nothing.
    """

    row: int
    offset: int
    low_ms: int | None
    high_ms: int | None
    exact: bool = False
    disputed: bool = False
    is_final: bool = False

    @classmethod
    def of(cls, row: int, search: TimestampSearch) -> "TimestampBracket":
        """Convert a search's present result; a record without a timestamp is settled without bounds."""
        low_ms, high_ms = search.low_ms, search.high_ms
        if search.is_exact and high_ms == NO_TIMESTAMP:
            low_ms = high_ms = None
        unreadable = search.unread is not None and search.unread.why in _FOR_GOOD
        settled = search.is_exact or (unreadable and search.probe() is None)
        return cls(row, search.offset, low_ms, high_ms, search.is_exact, search.disputed, settled)


class TimestampCache:
    """Bounds by (partition, offset).

    Shape: the columns are indexed by the result of `find`.
    Units: epoch milliseconds; NaN if a bound is unknown.
    """

    def __init__(self) -> None:
        self._topics: Topics = ()
        self._rows: Indexes = np.empty(0, np.int32)
        self._offsets: Longs = np.empty(0, np.int64)
        self._keys: Keys = np.empty(0, np.uint64)
        self.low: Doubles = np.empty(0)
        self.high: Doubles = np.empty(0)
        self.exact: StampMask = np.empty(0, np.bool_)
        self.disputed: StampMask = np.empty(0, np.bool_)
        self.final: StampMask = np.empty(0, np.bool_)

    def __len__(self) -> int:
        """Number of cached bounds."""
        return len(self._rows)

    def align(self, topics: Topics) -> None:
        """Adopt a layout of partitions: entries of deleted or recreated topics are dropped."""
        if topics == self._topics:
            return
        new_start = _starts(topics)
        moved = np.full(sum(count for _, count in self._topics), _MISSING, np.int64)
        for topic, (start, count) in _starts(self._topics).items():
            if topic in new_start:
                now, has = new_start[topic]
                kept = min(count, has)
                moved[start : start + kept] = np.arange(now, now + kept)
        self._topics = topics
        if len(self):
            rows = moved[self._rows]
            self._keep(rows != _MISSING)
            self._rows = rows[rows != _MISSING].astype(np.int32)
            self._sort()

    def find(self, rows: Indexes, offsets: Longs) -> Longs:
        """Return each position's index in the cache, -1 if it is not cached."""
        found = np.full(len(rows), _MISSING, np.int64)
        if not len(self) or not len(rows):
            return found
        has = np.zeros(sum(count for _, count in self._topics), np.bool_)
        has[self._rows] = True
        likely = np.flatnonzero(has[rows])
        keys = _keys(rows[likely], offsets[likely])
        places = np.minimum(np.searchsorted(self._keys, keys), len(self) - 1)
        same = (self._rows[places] == rows[likely]) & (self._offsets[places] == offsets[likely])
        found[likely[same]] = places[same]
        return found

    def retain(self, places: Longs) -> None:
        """Keep only the entries at these indexes: no group is at the other positions any more."""
        kept = np.zeros(len(self), np.bool_)
        kept[places[places >= 0]] = True
        if not kept.all():
            self._keep(kept)

    def drop(self, rows: Longs) -> None:
        """Drop every entry of these rows of the table."""
        self._keep(~np.isin(self._rows, rows))

    def bracket(self, place: int) -> tuple[int | None, int | None]:
        """Return the bounds at an index, epoch ms; none if timestamps were found not to rise."""
        if self.disputed[place]:
            return None, None
        low, high = float(self.low[place]), float(self.high[place])
        return (None if np.isnan(low) else int(low)), (None if np.isnan(high) else int(high))

    def add(self, stamps: Iterable[TimestampBracket]) -> None:
        """Add entries; they replace those of the same positions."""
        new = list(stamps)
        if not new:
            return
        rows = np.array([s.row for s in new], np.int32)
        offsets = np.array([s.offset for s in new], np.int64)
        known = self.find(rows, offsets)
        kept = np.ones(len(self), np.bool_)
        kept[known[known >= 0]] = False
        self._keep(kept)
        self._rows = np.concatenate([self._rows, rows])
        self._offsets = np.concatenate([self._offsets, offsets])
        self.low = np.concatenate([self.low, [_bound(s.low_ms) for s in new]])
        self.high = np.concatenate([self.high, [_bound(s.high_ms) for s in new]])
        self.exact = np.concatenate([self.exact, [s.exact for s in new]])
        self.disputed = np.concatenate([self.disputed, [s.disputed for s in new]])
        self.final = np.concatenate([self.final, [s.is_final for s in new]])
        self._sort()

    def _sort(self) -> None:
        self._keys = _keys(self._rows, self._offsets)
        self._keep(np.argsort(self._keys, kind="stable"))

    def _keep(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> None:
        self._rows, self._offsets = self._rows[which], self._offsets[which]
        self._keys = self._keys[which]
        self.low, self.high = self.low[which], self.high[which]
        self.exact, self.disputed = self.exact[which], self.disputed[which]
        self.final = self.final[which]


def _bound(value: int | None) -> float:
    return np.nan if value is None else float(value)


def _keys(rows: Indexes, offsets: Longs) -> Keys:
    """Hash partition and offset into one number; both are compared as well, so a collision only hides an entry."""
    return (rows.astype(np.uint64) * _MIX_ROW) ^ (offsets.astype(np.uint64) * _MIX_OFFSET)


def _starts(topics: Topics) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    at = 0
    for topic, count in topics:
        found[topic] = (at, count)
        at += count
    return found
