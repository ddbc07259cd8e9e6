"""Offsets by timestamp, looked up together with evidence whether the logs' timestamps are in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from steward.analysis.lag.search_pool import TimestampAnswers
from steward.analysis.lag.timestamp_order import Disorder, disorder_of, places_to_read
from steward.analysis.lag.timestamp_search import MAX_TIMESTAMP, TimestampAtOffset
from steward.cluster.ports import Observer
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Unknown, Why

READS = 5_000
"""Records that one lookup may read to check the order of timestamps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetsByTime:
    """Each partition's first offset at or after a timestamp, and whether its timestamps rise.

    ``offsets`` is None for a partition without a record that late. A partition is in ``disorder`` where timestamps were
    observed out of order, in ``unread`` where no record could be read to check.
    """

    offsets: Mapping[TopicPartition, int | Unknown | None] = field(
        default_factory=dict[TopicPartition, "int | Unknown | None"]
    )
    disorder: Mapping[TopicPartition, Disorder] = field(
        default_factory=dict[TopicPartition, Disorder]
    )
    unread: Mapping[TopicPartition, Unknown] = field(default_factory=dict[TopicPartition, Unknown])


def offsets_by_time(
    observer: Observer,
    time_ms: int,
    partitions: Iterable[TopicPartition],
    logs: Mapping[TopicPartition, PartitionOffsets | Unknown],
    now_ms: int,
) -> OffsetsByTime:
    """Look up the offset of a timestamp in each partition, and check the order of timestamps from there on.

    ``logs`` are the partitions' starts and ends; order is checked where they are known.
    Errors: StewardError where no broker answers.
    """
    answers = observer.timestamps(dict.fromkeys(partitions, time_ms))
    found = {p: a for p, a in answers.items() if isinstance(a, TimestampAtOffset)}
    newest: TimestampAnswers = (
        observer.timestamps(dict.fromkeys(found, MAX_TIMESTAMP)) if found else {}
    )
    seen: dict[TopicPartition, list[TimestampAtOffset]] = {p: [a] for p, a in found.items()}
    places: dict[TopicPartition, list[int]] = {}
    for partition, answer in found.items():
        log, largest = logs.get(partition), newest.get(partition)
        largest = largest if isinstance(largest, TimestampAtOffset) else None
        if largest is not None:
            seen[partition].append(largest)
        if isinstance(log, PartitionOffsets):
            places[partition] = list(places_to_read(answer, largest, log))
    ends = {p: log.end for p, log in logs.items() if isinstance(log, PartitionOffsets)}
    unread = _read(observer, places, ends, seen)
    disorder = {p: d for p, records in seen.items() if (d := disorder_of(records, now_ms))}
    return OffsetsByTime(
        offsets={
            p: a.offset if isinstance(a, TimestampAtOffset) else a for p, a in answers.items()
        },
        disorder=disorder,
        unread={p: why for p, why in unread.items() if p not in disorder},
    )


def _read(
    observer: Observer,
    places: Mapping[TopicPartition, list[int]],
    ends: Mapping[TopicPartition, int],
    seen: Mapping[TopicPartition, list[TimestampAtOffset]],
) -> dict[TopicPartition, Unknown]:
    """Read records into ``seen``; return why, for each partition of which nothing could be read."""
    unread: dict[TopicPartition, Unknown] = {}
    left, was_read = READS, set[TopicPartition]()
    for turn in range(max(map(len, places.values()), default=0)):
        asked = [p for p, offsets in places.items() if turn < len(offsets) and p not in unread]
        for partition in asked[max(left, 0) :]:
            if partition not in was_read:
                unread[partition] = Unknown(Why.TRUNCATED, f"more than {READS:,} records to read")
        wanted = {p: range(places[p][turn], ends[p]) for p in asked[: max(left, 0)]}
        left -= len(wanted)
        records: TimestampAnswers = observer.first_records(wanted) if wanted else {}
        for partition, record in records.items():
            if isinstance(record, TimestampAtOffset):
                seen[partition].append(record)
            if not isinstance(record, Unknown):
                was_read.add(partition)
            elif partition not in was_read:
                unread[partition] = record
    return unread
