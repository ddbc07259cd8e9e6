"""Search for a record's timestamp: by reading the record, or with ListOffsets by time.

Source: for a time T Kafka returns o(T), the first offset with a timestamp of at least T, and that record's own
timestamp (UnifiedLog.fetchOffsetByTimestamp). Every record before o(T) is stamped before T, in any order, so an upper
bound of a timestamp is proved. A lower bound would need timestamps that rise with offsets, which clients cannot check:
it is an estimate until o(T) is the record itself, or the record was read.
"""

from dataclasses import dataclass

from steward.model.instant import CLOCK_TOLERANCE_MS
from steward.model.unknown import Unknown

FIRST_STEP_MS = 1_000
"""First time requested: finishes in one round what is less than a second behind."""
GROWTH = 4
MAX_ROUNDS = 24
MAX_TIMESTAMP = -3
"""Special time value: requests the record with the largest timestamp (KIP-734)."""


@dataclass(frozen=True, slots=True)
class TimestampAtOffset:
    """A response: the first offset at or after a time, with that record's own timestamp (epoch ms)."""

    offset: int
    timestamp_ms: int


class TimestampSearch:
    """Narrows the timestamp of the first remaining record at or after ``offset``.

    ``timestamp <= high_ms`` is proved; ``low_ms <= timestamp`` holds if timestamps rise with offsets, and is proved if
    ``is_exact``. Either is None while unknown. Send every `probe` to the broker and pass its response to `absorb`,
    until `probe` returns None. ``disputed``: timestamps were found not to rise. ``nothing_left``: no record is left at
    or after the offset. ``unread``: why the record was not read. ``expected_ms`` are times between which the record is
    expected, requested first; ``known_ms`` is what an earlier search has proved.

    Units:  epoch milliseconds on the clock that stamped the records.
    """

    def __init__(
        self,
        offset: int,
        *,
        now_ms: int,
        end_offset: int,
        compacted: bool = False,
        tolerance_ms: int = 500,
        tolerance_ratio: float = 0.01,
        hint_ms: int | None = None,
        expected_ms: tuple[int, int] | None = None,
        known_ms: tuple[int | None, int | None] = (None, None),
    ) -> None:
        self.offset = offset
        self.now_ms = now_ms
        self.low_ms, self.high_ms = known_ms
        self.disputed = False
        self.is_exact = False
        self.nothing_left = False
        self.unread: Unknown | None = None
        self.rounds = 0
        self._end = end_offset
        self._compacted = compacted
        self._tolerance_ms = tolerance_ms
        self._ratio = tolerance_ratio
        self._hint_ms = hint_ms
        self._expected_ms = expected_ms
        self._low_offset: int | None = None
        self._high_offset: int | None = None
        self._floor_ms: int | None = None
        """Times up to this one give no better result: they returned the same record."""

    def take_read(self, answer: TimestampAtOffset | Unknown | None) -> None:
        """Process a read at the offset: its first record, None if none is left, or why it failed."""
        if isinstance(answer, Unknown):
            self.unread = answer
        elif answer is None:
            self.nothing_left = True
        else:
            self._settle(answer.timestamp_ms)

    def take_newest(self, newest: TimestampAtOffset | None) -> None:
        """Process the record with the largest timestamp: in an ordered log it is at the end, and not in the future.

        No record has a larger timestamp, so one before the wanted offset bounds the wanted timestamp as well, and hides
        the order.
        """
        if newest is None or not self.is_open:
            return
        if self.high_ms is None or newest.timestamp_ms < self.high_ms:
            self.high_ms = newest.timestamp_ms
        is_ahead = newest.timestamp_ms > self.now_ms + CLOCK_TOLERANCE_MS
        self.disputed |= newest.offset < self.offset or is_ahead or self._contradicts

    def _settle(self, timestamp_ms: int) -> None:
        self.low_ms = self.high_ms = timestamp_ms
        self.is_exact = True

    @property
    def is_open(self) -> bool:
        """Whether the record's own timestamp is still unknown."""
        return not (self.is_exact or self.nothing_left)

    @property
    def _contradicts(self) -> bool:
        return self.low_ms is not None and self.high_ms is not None and self.low_ms > self.high_ms

    def is_narrow(self) -> bool:
        """Whether the bounds are as narrow as requested."""
        if self.low_ms is None or self.high_ms is None:
            return False
        age = max(0, self.now_ms - self.low_ms)
        return self.high_ms - self.low_ms <= max(self._tolerance_ms, self._ratio * age)

    def probe(self) -> int | None:
        """Return the next time to request, or None if there is nothing more to learn."""
        if not self.is_open or self.disputed or self.is_narrow() or self.rounds >= MAX_ROUNDS:
            return None
        if self._expected_ms and (bound := self._expected()) is not None:
            return bound
        if self.low_ms is None:
            return self._backwards()
        if self.high_ms is None:
            return self._forwards()
        return self._between(self.low_ms, self.high_ms)

    def absorb(self, asked_ms: int, answer: TimestampAtOffset | None, *, own: bool = True) -> None:
        """Process a response: None if no record is as late as the requested time.

        ``own`` is false for a response to another search of the same partition: it is equally valid.
        """
        self.rounds += int(own)
        if not self.is_open:
            return
        if answer is None or answer.offset > self.offset:
            self._is_older(asked_ms, answer)
        elif answer.offset == self.offset:
            self._settle(answer.timestamp_ms)
        else:
            self._is_younger(answer)
        if self._contradicts:
            self.disputed = True
            self.low_ms = None

    def _is_older(self, asked_ms: int, answer: TimestampAtOffset | None) -> None:
        """Every record before the result is stamped before the requested time; so is the wanted one, if it exists."""
        if self._compacted:
            if answer is None:
                return self._raise_floor(asked_ms)
            if answer.offset == self._high_offset:
                self._raise_floor(asked_ms)
            bound = answer.timestamp_ms
        else:
            bound = asked_ms - 1
        if self.high_ms is None or bound <= self.high_ms:
            self.high_ms = bound
            self._high_offset = answer.offset if answer else self._end
        return None

    def _raise_floor(self, asked_ms: int) -> None:
        if self._floor_ms is None or asked_ms < self._floor_ms:
            self._floor_ms = asked_ms

    def _is_younger(self, answer: TimestampAtOffset) -> None:
        """With rising timestamps the wanted one is at least the result's; `absorb` detects if that is impossible."""
        if self.low_ms is None or answer.timestamp_ms >= self.low_ms:
            self.low_ms = answer.timestamp_ms
            self._low_offset = answer.offset

    def _expected(self) -> int | None:
        """Request both ends of the expected range; if one proves wrong, the search continues without it."""
        low, high = self._expected_ms or (0, 0)
        if self.high_ms is None and self.rounds == 0:
            return high
        if (
            self.low_ms is None
            and self.rounds <= 1
            and (self.high_ms is None or low < self.high_ms)
        ):
            return max(0, low)
        return None

    def _backwards(self) -> int:
        """Go back in time in growing steps until the result is a record before the wanted one."""
        if self.rounds == 0 and self._hint_ms is not None:
            return self._hint_ms
        reached = self.now_ms if self.high_ms is None else self.high_ms
        step = FIRST_STEP_MS * GROWTH ** min(self.rounds, 14)
        return max(0, min(reached, self.now_ms) - step)

    def _forwards(self) -> int:
        """Find an upper bound: usually now; with timestamps in the future, later."""
        return self.now_ms + (0 if self.rounds <= 2 else FIRST_STEP_MS * GROWTH**self.rounds)

    def _between(self, low_ms: int, high_ms: int) -> int | None:
        """Return a time strictly within the bounds: by offset and by halving, in turn."""
        ceiling = high_ms if self._floor_ms is None else min(high_ms, self._floor_ms - 1)
        if ceiling <= low_ms:
            return None
        middle = (low_ms + ceiling + 1) // 2
        if self.rounds % 2 and self._low_offset is not None and self._high_offset is not None:
            span = self._high_offset - self._low_offset
            share = (self.offset - self._low_offset) / span if span > 0 else 0.5
            middle = low_ms + round(share * (ceiling - low_ms))
        return min(max(middle, low_ms + 1), ceiling)
