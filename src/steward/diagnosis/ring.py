"""The anchor ring: when each partition's end was where, shared by all groups, so that age costs no request.

Of a record at offset c, the last look that saw the end at or below c and the first that saw it above bound when it
became visible, on the collector's own clock. Looks are thinned as they age, so that their spacing stays a fixed share
of their age.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.diagnosis.offset_table import ABSENT, Doubles, Indexes, Longs, OffsetTable

Column = tuple[str, int]
"""A partition's lasting identity: topic id and number. A recreated topic has another."""


@dataclass(frozen=True, slots=True)
class Ages:
    """Bounds of ages in seconds, a row a question; NaN where the ring cannot say."""

    low: Doubles
    high: Doubles
    value: Doubles


class AnchorRing:
    """A matrix of looks by partitions.

    Units: seconds. ``spacing_ratio`` is the share of its age that a gap may have; ``horizon`` the oldest kept look.
    """

    def __init__(
        self, *, interval: float = 10.0, spacing_ratio: float = 0.02, horizon: float = 86_400.0
    ) -> None:
        self.interval = interval
        self.spacing_ratio = spacing_ratio
        self.horizon = horizon
        self._columns: dict[Column, int] = {}
        self._ends: Longs = np.empty((0, 0), np.int64)
        self._sent: Doubles = np.empty((0, 0))
        self._received: Doubles = np.empty((0, 0))
        self._times: list[float] = []

    @property
    def looks(self) -> int:
        """How many looks are kept."""
        return len(self._times)

    @property
    def size_bytes(self) -> int:
        """Memory that the matrix takes."""
        return int(self._ends.nbytes + self._sent.nbytes + self._received.nbytes)

    def add(self, table: OffsetTable) -> None:
        """Take a look in: align its partitions, forget what was truncated, thin what has aged."""
        wanted = [(t, p.partition) for t, p in zip(table.topic_ids, table.partitions, strict=True)]
        self._align(wanted)
        order = np.fromiter((self._columns[c] for c in wanted), np.int64, len(wanted))
        ends = np.full(len(self._columns), ABSENT, np.int64)
        sent, received = np.full_like(ends, 0, np.float64), np.full_like(ends, 0, np.float64)
        ends[order], sent[order], received[order] = table.end, table.sent, table.received
        self._forget_truncated(ends)
        self._ends = np.vstack([self._ends, ends])
        self._sent = np.vstack([self._sent, sent])
        self._received = np.vstack([self._received, received])
        self._times.append(table.now)
        self._thin(table.now)

    def ages(self, table: OffsetTable, partitions: Indexes, committed: Longs) -> Ages:
        """Bound the age of the records at the given offsets, as of a look that was added.

        Shape: one row for each (partition index of the table, offset); offsets are below the partition's end.
               ``high`` is NaN where no look saw the end at or below the offset.
        """
        rows, now = len(committed), table.now
        nan = np.full(rows, np.nan)
        if not self.looks or not rows:
            return Ages(nan, nan.copy(), nan.copy())
        columns = self._columns_of(table)[partitions]
        known = self._ends != ABSENT
        filled = np.maximum.accumulate(self._ends, axis=0)
        after = _first_above(filled, columns, committed)
        before = _previous_known(known, columns, after)
        visible = after < self.looks
        last = np.minimum(after, self.looks - 1)
        low = np.where(visible, now - self._received[last, columns], np.nan)
        seen = before >= 0
        earlier = np.maximum(before, 0)
        high = np.where(visible & seen, now - self._sent[earlier, columns], np.nan)
        value = self._interpolated(columns, committed, earlier, last, now)
        return Ages(np.maximum(low, 0.0), high, np.where(np.isnan(high), low, value))

    def _interpolated(
        self, columns: Longs, committed: Longs, before: Longs, after: Longs, now: float
    ) -> Doubles:
        """Place the record between the two looks by its offset."""
        start, end = self._ends[before, columns], self._ends[after, columns]
        t0, t1 = self._sent[before, columns], self._received[after, columns]
        share = (committed + 1 - start) / np.maximum(end - start, 1)
        return np.asarray(now - (t0 + np.clip(share, 0.0, 1.0) * (t1 - t0)), np.float64)

    def _columns_of(self, table: OffsetTable) -> NDArray[np.int64]:
        keys = zip(table.topic_ids, table.partitions, strict=True)
        return np.fromiter(
            (self._columns[topic, p.partition] for topic, p in keys),
            np.int64,
            len(table.partitions),
        )

    def _align(self, wanted: list[Column]) -> None:
        """Keep one column for each partition there is: new ones are unknown before, gone ones are dropped."""
        if len(wanted) == len(self._columns) and all(c in self._columns for c in wanted):
            return
        kept = [(i, self._columns[c]) for i, c in enumerate(wanted) if c in self._columns]
        shape = (self.looks, len(wanted))
        ends, sent, received = np.full(shape, ABSENT, np.int64), np.zeros(shape), np.zeros(shape)
        new = np.array([i for i, _ in kept], np.int64)
        old = np.array([j for _, j in kept], np.int64)
        if len(kept):
            ends[:, new], sent[:, new] = self._ends[:, old], self._sent[:, old]
            received[:, new] = self._received[:, old]
        self._ends, self._sent, self._received = ends, sent, received
        self._columns = {c: i for i, c in enumerate(wanted)}

    def _forget_truncated(self, ends: Longs) -> None:
        """An end that fell (truncation, unclean election) makes earlier anchors of that partition void."""
        if not self.looks:
            return
        fell = (ends != ABSENT) & (self._ends.max(axis=0) > ends)
        if fell.any():
            self._ends[:, fell] = ABSENT

    def _thin(self, now: float) -> None:
        """Drop a look whose neighbours are close enough for their age, and those beyond the horizon."""
        times, keep = self._times, [True] * len(self._times)
        previous = 0
        for k in range(1, len(times) - 1):
            allowed = max(self.interval * 0.5, self.spacing_ratio * (now - times[k]))
            if times[k + 1] - times[previous] <= allowed:
                keep[k] = False
            else:
                previous = k
        for k, time in enumerate(times[:-1]):
            keep[k] = keep[k] and now - time <= self.horizon
        if all(keep):
            return
        mask = np.array(keep)
        self._ends, self._sent = self._ends[mask], self._sent[mask]
        self._received = self._received[mask]
        self._times = [t for t, kept in zip(times, keep, strict=True) if kept]


def _first_above(filled: Longs, columns: NDArray[np.int64], offsets: Longs) -> NDArray[np.int64]:
    """Return, for each question, the first look whose end is above the offset; the number of looks if none is.

    Shape: ``filled`` does not fall along its first axis. A binary search over looks, all questions at once.
    """
    low = np.zeros(len(offsets), np.int64)
    high = np.full(len(offsets), len(filled), np.int64)
    while (open_ := low < high).any():
        middle = (low + high) // 2
        above = filled[np.minimum(middle, len(filled) - 1), columns] > offsets
        high = np.where(open_ & above, middle, high)
        low = np.where(open_ & ~above, middle + 1, low)
    return low


def _previous_known(
    known: NDArray[np.bool_], columns: NDArray[np.int64], looks: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the last look before each given one that knew the partition's end; -1 if none did."""
    before = looks - 1
    numbers = np.arange(len(known), dtype=np.int64)[:, None]
    latest = np.maximum.accumulate(np.where(known, numbers, -1), axis=0)
    return np.where(before >= 0, latest[np.maximum(before, 0), columns], -1)
