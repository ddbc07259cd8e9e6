"""Finding a record's timestamp by asking ListOffsets for times: each answer narrows a bracket.

Source: Kafka answers a time T with o(T), the first offset whose timestamp is at least T, and that record's own
timestamp (UnifiedLog.fetchOffsetByTimestamp); no record is read.
"""

from dataclasses import dataclass

FIRST_STEP_MS = 1_000
"""The tail probe: settles in one round what is less than a second behind."""
GROWTH = 4
MAX_ROUNDS = 24


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: the first offset at or after a time, with that record's own timestamp (epoch ms)."""

    offset: int
    timestamp_ms: int


class TimestampSearch:
    """Narrows the timestamp of the first surviving record at or after ``offset``.

    Shape:  ``low_ms <= timestamp <= high_ms``; either is None while it is not proved. Feed every `probe` to the
            broker and its answer to `absorb` until `probe` returns None.
            ``expected_ms`` are times between which the record is thought to lie, asked for first; ``known_ms`` is what
            an earlier search has proved.
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
        self.non_monotone = False
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
        """Times up to this one give no better answer: the same record came back."""

    @property
    def is_exact(self) -> bool:
        """Whether the timestamp itself is known."""
        return self.low_ms is not None and self.low_ms == self.high_ms

    def is_narrow(self) -> bool:
        """Whether the bracket is as narrow as was asked for."""
        if self.low_ms is None or self.high_ms is None:
            return False
        age = max(0, self.now_ms - self.low_ms)
        return self.high_ms - self.low_ms <= max(self._tolerance_ms, self._ratio * age)

    def probe(self) -> int | None:
        """Return the next time to ask for, or None when there is nothing more to learn."""
        if self.is_narrow() or self.rounds >= MAX_ROUNDS or self.non_monotone:
            return None
        if self._expected_ms and (bound := self._expected()) is not None:
            return bound
        if self.low_ms is None:
            return self._backwards()
        if self.high_ms is None:
            return self._forwards()
        return self._between(self.low_ms, self.high_ms)

    def absorb(self, asked_ms: int, answer: Found | None, *, own: bool = True) -> None:
        """Take an answer: None where no record is as young as the time asked for.

        ``own`` is false for an answer to somebody else's question about the same partition: it is as good.
        """
        self.rounds += int(own)
        if answer is None or answer.offset > self.offset:
            self._is_older(asked_ms, answer)
        elif answer.offset == self.offset:
            self.low_ms = self.high_ms = answer.timestamp_ms
        else:
            self._is_younger(answer)
        if self.low_ms is not None and self.high_ms is not None and self.low_ms > self.high_ms:
            self.non_monotone = True
            self.low_ms = None

    def _is_older(self, asked_ms: int, answer: Found | None) -> None:
        """Every record before the answer is stamped before the time asked for; ours is one of them if it exists."""
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

    def _is_younger(self, answer: Found) -> None:
        """With rising timestamps, ours is at least the answer's; `absorb` notices when that cannot be."""
        if self.low_ms is None or answer.timestamp_ms >= self.low_ms:
            self.low_ms = answer.timestamp_ms
            self._low_offset = answer.offset

    def _expected(self) -> int | None:
        """Ask for the two ends of what is expected; whichever proves wrong, the search goes on without it."""
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
        """Go back in time in growing steps until a record before ours answers."""
        if self.rounds == 0 and self._hint_ms is not None:
            return self._hint_ms
        reached = self.now_ms if self.high_ms is None else self.high_ms
        step = FIRST_STEP_MS * GROWTH ** min(self.rounds, 14)
        return max(0, min(reached, self.now_ms) - step)

    def _forwards(self) -> int:
        """Find an upper bound: normally now; with timestamps in the future, later."""
        return self.now_ms + (0 if self.rounds <= 2 else FIRST_STEP_MS * GROWTH**self.rounds)

    def _between(self, low_ms: int, high_ms: int) -> int | None:
        """Return a time strictly inside the bracket: by offset and by halving, in turn."""
        ceiling = high_ms if self._floor_ms is None else min(high_ms, self._floor_ms - 1)
        if ceiling <= low_ms:
            return None
        middle = (low_ms + ceiling + 1) // 2
        if self.rounds % 2 and self._low_offset is not None and self._high_offset is not None:
            span = self._high_offset - self._low_offset
            share = (self.offset - self._low_offset) / span if span > 0 else 0.5
            middle = low_ms + round(share * (ceiling - low_ms))
        return min(max(middle, low_ms + 1), ceiling)
