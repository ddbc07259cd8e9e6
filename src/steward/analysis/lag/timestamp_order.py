"""Whether the timestamps of a log rise with its offsets, as far as the records read show it.

Source: ListOffsets by time returns the first record stamped at or after the time. All records before it are stamped
earlier, in any order; records after it are later only if timestamps rise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.model.batch import NO_TIMESTAMP
from steward.model.instant import CLOCK_TOLERANCE_MS
from steward.model.topic import PartitionOffsets
from steward.model.wording import duration

_MIDDLES = 3
"""Number of records read between the result and the log's end, besides its neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disorder:
    """How far timestamps of a partition are from rising; at least one exceeds the allowed clock difference.

    Units: milliseconds. ``back_ms`` is how much earlier a record is stamped than one before it in the log; ``ahead_ms``
           how far the largest timestamp is in the future.
    """

    back_ms: int = 0
    ahead_ms: int = 0

    def __str__(self) -> str:
        """Describe the disorder in a clause."""
        ahead = f"a record is stamped {duration(self.ahead_ms / 1000)} in the future"
        back = f"a record is stamped {duration(self.back_ms / 1000)} earlier than one before it"
        return " and ".join(
            text for ms, text in ((self.ahead_ms, ahead), (self.back_ms, back)) if ms
        )


def disorder_of(seen: Iterable[TimestampAtOffset], now_ms: int) -> Disorder | None:
    """Return what records of one log prove about its order; None if they show no disorder.

    Differences within the allowed clock difference (several producers write to one log) are no disorder; records
    without a timestamp are ignored.
    """
    largest: int | None = None
    back_ms = 0
    for record in sorted(seen, key=lambda r: r.offset):
        if record.timestamp_ms == NO_TIMESTAMP:
            continue
        if largest is not None:
            back_ms = max(back_ms, largest - record.timestamp_ms)
        largest = record.timestamp_ms if largest is None else max(largest, record.timestamp_ms)
    ahead_ms = 0 if largest is None else largest - now_ms
    if max(back_ms, ahead_ms) <= CLOCK_TOLERANCE_MS:
        return None
    return Disorder(
        back_ms=back_ms if back_ms > CLOCK_TOLERANCE_MS else 0,
        ahead_ms=ahead_ms if ahead_ms > CLOCK_TOLERANCE_MS else 0,
    )


def places_to_read(
    answer: TimestampAtOffset, newest: TimestampAtOffset | None, log: PartitionOffsets
) -> Sequence[int]:
    """Return offsets whose records show best whether timestamps rise after a ListOffsets result.

    The record after the result, the one after the record with the largest timestamp, the last record, and some in
    between; within the log, the most informative first.
    """
    found = [answer.offset + 1, log.end - 1]
    if newest is not None:
        found.insert(1, newest.offset + 1)
    width = log.end - answer.offset
    found += [answer.offset + width * n // (_MIDDLES + 1) for n in range(1, _MIDDLES + 1)]
    own = (o for o in found if log.start <= o < log.end and o != answer.offset)
    return tuple(dict.fromkeys(own))
