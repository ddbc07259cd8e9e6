"""Past end offsets of all partitions, shared by all groups, so that ages cost no requests.

The last poll with an end at or below offset c and the first with an end above it bound when the record at c became
visible, on the collector's own clock. Polls are thinned as they age, so that their spacing stays a fixed share of
their age.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.analysis.lag.offset_table import ABSENT, Doubles, Indexes, Longs, OffsetTable, Topics

_UNSEEN = 255
"""Leader value if a poll did not learn an end; the last known end is carried forward."""
_BROKERS = _UNSEEN
_QUESTIONS_AT_ONCE = 250_000
_FIRST_POLLS = 64


@dataclass(frozen=True, slots=True)
class Ages:
    """Bounds of ages in seconds, one row per query; NaN if unknown."""

    low: Doubles
    high: Doubles
    value: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetPoll:
    """All end offsets at one poll.

    Shape: ``topics`` are topic ids with their numbers of partitions, in the order of the columns ``ends`` (ABSENT if
           unknown) and ``leaders`` (broker ids).
    Units: seconds on the collector's monotonic clock.

    ``brokers`` are sorted; ``sent`` and ``received`` bound, for each of them, when its ends were read.
    """

    at: float
    topics: Topics
    ends: Longs
    leaders: Indexes
    brokers: Indexes
    sent: Doubles
    received: Doubles


def poll_of(table: OffsetTable) -> OffsetPoll:
    """Extract what the history stores from a poll of all offsets: a time per broker instead of per partition."""
    known = table.end != ABSENT
    brokers, places = np.unique(table.leaders[known], return_inverse=True)
    sent, received = np.full(len(brokers), np.inf), np.full(len(brokers), -np.inf)
    np.minimum.at(sent, places, table.sent[known])
    np.maximum.at(received, places, table.received[known])
    return OffsetPoll(
        at=table.now, topics=table.topics, ends=table.end, leaders=table.leaders,
        brokers=brokers.astype(np.int32), sent=sent, received=received,
    )  # fmt: skip


class OffsetHistory:
    """A matrix of polls by partitions; a partition keeps its column until its topic is deleted.

    Units: seconds. ``spacing_ratio`` is the share of its age that a gap may have; ``horizon`` the age of the oldest
           retained poll.
    """

    def __init__(
        self, *, interval: float = 10.0, spacing_ratio: float = 0.02, horizon: float = 86_400.0
    ) -> None:
        self.interval = interval
        self.spacing_ratio = spacing_ratio
        self.horizon = horizon
        self._places: dict[str, Longs] = {}
        self._topics: Topics = ()
        self._columns: Longs = np.empty(0, np.int64)
        self._used = 0
        self._ends: Longs = np.empty((0, 0), np.int64)
        self._leader: NDArray[np.uint8] = np.empty((0, 0), np.uint8)
        self._sent: Doubles = np.empty((0, _BROKERS))
        self._received: Doubles = np.empty((0, _BROKERS))
        self._broker: dict[int, int] = {}
        self._times: list[float] = []
        self._slots: list[int] = []
        self._free: list[int] = []

    @property
    def polls(self) -> int:
        """Number of retained polls."""
        return len(self._times)

    @property
    def size_bytes(self) -> int:
        """Memory of the retained polls."""
        return self.polls * self._used * (self._ends.itemsize + self._leader.itemsize)

    def add(self, poll: OffsetPoll) -> tuple[float, ...]:
        """Add a poll; return the times of polls that are no longer needed."""
        columns = self._columns_of(poll.topics)
        slot = self._free.pop() if self._free else self._new_slot()
        row, leader = self._ends[slot], self._leader[slot]
        row[:] = self._ends[self._slots[-1]] if self._slots else ABSENT
        leader[:] = _UNSEEN
        known = poll.ends != ABSENT
        seen, ends = columns[known], poll.ends[known]
        self._forget(seen[row[seen] > ends])
        row[seen] = ends
        brokers = np.array([self._place_of(b) for b in poll.brokers.tolist()], np.int64)
        leader[seen] = brokers[np.searchsorted(poll.brokers, poll.leaders[known])]
        self._sent[slot], self._received[slot] = 0.0, 0.0
        self._sent[slot, brokers], self._received[slot, brokers] = np.inf, -np.inf
        np.minimum.at(self._sent[slot], brokers, poll.sent)
        np.maximum.at(self._received[slot], brokers, poll.received)
        self._slots.append(slot)
        self._times.append(poll.at)
        return self._thin(poll.at)

    def ages(self, table: OffsetTable, partitions: Indexes, committed: Longs) -> Ages:
        """Bound the age of the records at the given offsets, as of a poll that was added.

        Shape: one row for each (partition index of the table, offset).

        Offsets must be below the partition's end. ``high`` is NaN if no poll has an end at or below the offset.
        """
        columns = self._columns_of(table.topics)
        found = Ages(*(np.full(len(committed), np.nan) for _ in range(3)))
        for start in range(0, len(committed) if self.polls else 0, _QUESTIONS_AT_ONCE):
            part = slice(start, start + _QUESTIONS_AT_ONCE)
            self._answer(columns[partitions[part]], committed[part], table.now, found, part)
        return found

    def _answer(self, columns: Longs, offsets: Longs, now: float, found: Ages, part: slice) -> None:
        slots = np.array(self._slots, np.int64)
        after = self._first_above(slots, columns, offsets)
        before = self._known_at_or_before(slots, columns, after - 1)
        visible = after < self.polls
        last, earlier = slots[np.minimum(after, self.polls - 1)], slots[np.maximum(before, 0)]
        received = self._received[last, np.minimum(self._leader[last, columns], _BROKERS - 1)]
        sent = self._sent[earlier, np.minimum(self._leader[earlier, columns], _BROKERS - 1)]
        both = visible & (before >= 0)
        low = np.where(visible, now - received, np.nan)
        start, end = self._ends[earlier, columns], self._ends[last, columns]
        share = np.clip((offsets + 1 - start) / np.maximum(end - start, 1), 0.0, 1.0)
        value = np.where(both, now - (sent + share * (received - sent)), low)
        found.low[part] = np.maximum(low, 0.0)
        found.high[part] = np.where(both, now - sent, np.nan)
        found.value[part] = np.maximum(value, found.low[part])

    def _first_above(self, slots: Longs, columns: Longs, offsets: Longs) -> Longs:
        """Return the first poll with an end above each offset; the number of polls if none has.

        Ends do not fall over time, so it is a binary search over polls, for all queries at once.
        """
        low = np.zeros(len(offsets), np.int64)
        high = np.full(len(offsets), len(slots), np.int64)
        while (open_ := low < high).any():
            middle = (low + high) // 2
            at = slots[np.minimum(middle, len(slots) - 1)]
            above = self._ends[at, columns] > offsets
            high = np.where(open_ & above, middle, high)
            low = np.where(open_ & ~above, middle + 1, low)
        return low

    def _known_at_or_before(self, slots: Longs, columns: Longs, polls: Longs) -> Longs:
        """Return the last poll up to each given one that learned the partition's end; -1 if none did."""
        found = polls.copy()
        unsure = np.flatnonzero(found >= 0)
        while len(unsure):
            blind = self._leader[slots[found[unsure]], columns[unsure]] == _UNSEEN
            unsure = unsure[blind]
            found[unsure] -= 1
            unsure = unsure[found[unsure] >= 0]
        return found

    # Columns

    def _columns_of(self, topics: Topics) -> Longs:
        """Return each partition's column: new ones start unknown, those of deleted topics are dropped."""
        if topics == self._topics:
            return self._columns
        for gone in self._places.keys() - {topic for topic, _ in topics}:
            self._forget(self._places.pop(gone))
        if self._used > 2 * sum(count for _, count in topics) + 1000:
            self._compact()
        for topic, count in topics:
            have = self._places.get(topic, np.empty(0, np.int64))
            more = np.arange(self._used, self._used + max(0, count - len(have)), dtype=np.int64)
            self._places[topic] = np.concatenate([have, more])
            self._used += len(more)
        self._widen()
        self._topics = topics
        pieces = [self._places[topic][:count] for topic, count in topics]
        self._columns = np.concatenate(pieces) if pieces else np.empty(0, np.int64)
        return self._columns

    def _widen(self) -> None:
        have = self._ends.shape[1]
        if self._used > have:
            more = (len(self._ends), self._used + self._used // 8 - have)
            self._ends = np.hstack([self._ends, np.full(more, ABSENT, np.int64)])
            self._leader = np.hstack([self._leader, np.full(more, _UNSEEN, np.uint8)])

    def _compact(self) -> None:
        """Compact the columns after many topics were deleted."""
        order = list(self._places)
        kept = np.concatenate([self._places[t] for t in order] or [np.empty(0, np.int64)])
        self._ends, self._leader = self._ends[:, kept], self._leader[:, kept]
        self._used = 0
        for topic in order:
            count = len(self._places[topic])
            self._places[topic] = np.arange(self._used, self._used + count, dtype=np.int64)
            self._used += count

    def _forget(self, columns: Longs) -> None:
        """Invalidate the history of partitions: their ends fell (truncation, unclean election), or they are deleted."""
        if len(columns):
            self._ends[:, columns] = ABSENT
            self._leader[:, columns] = _UNSEEN

    # Polls

    def _new_slot(self) -> int:
        """Return a free row; the matrix grows by half each time, so that it is rarely copied."""
        have = len(self._ends)
        more = max(_FIRST_POLLS, have // 2)
        width = self._ends.shape[1]
        self._ends = np.vstack([self._ends, np.empty((more, width), np.int64)])
        self._leader = np.vstack([self._leader, np.empty((more, width), np.uint8)])
        self._sent = np.vstack([self._sent, np.empty((more, _BROKERS))])
        self._received = np.vstack([self._received, np.empty((more, _BROKERS))])
        self._free = list(range(have + more - 1, have, -1))
        return have

    def _place_of(self, broker: int) -> int:
        """Return the index of a broker's times; beyond 255 brokers some share one, with the wider bounds."""
        return self._broker.setdefault(broker, len(self._broker) % _BROKERS)

    def _thin(self, now: float) -> tuple[float, ...]:
        """Drop a poll whose neighbours are close enough for their age, and those beyond the horizon."""
        superfluous = self._superfluous(now)
        if not superfluous:
            return ()
        dropped = tuple(self._times[k] for k in superfluous)
        self._free += [self._slots[k] for k in superfluous]
        gone = set(superfluous)
        self._times = [t for k, t in enumerate(self._times) if k not in gone]
        self._slots = [s for k, s in enumerate(self._slots) if k not in gone]
        return dropped

    def _superfluous(self, now: float) -> Sequence[int]:
        times, found, previous = self._times, list[int](), 0
        for k in range(len(times) - 1):
            allowed = max(self.interval * 0.5, self.spacing_ratio * (now - times[k]))
            is_close = k > 0 and times[k + 1] - times[previous] <= allowed
            if is_close or now - times[k] > self.horizon:
                found.append(k)
            else:
                previous = k
        return found
