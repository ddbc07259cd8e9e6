"""A restore that is killed at any batch continues without losing or doubling a record, and its map is exact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.backup.restore.source import SourcePiece
from steward.change.execution.restore.restorer import TargetRange, TopicRestorer
from steward.cluster.record_writer import Produced
from steward.model.error import BrokerRefused, StewardError
from steward.records.backup.aborted import AbortedBatches
from steward.records.batch_table import batch_table
from steward.records.batches import stored_batches
from steward.records.record_digest import RecordDigest
from steward.records.restore.decide import RestoreFormat
from steward.records.restore.offset_map import OffsetMap, OffsetRun
from steward.records.restore.producing import ProducerIdentity
from steward.records.stored_records import StoredRecord, records_of
from support.partition_log import Log, Written, batch_of, old_set, partition_logs


class Killed(Exception):
    """The process ends here."""


@dataclass
class Source:
    """A partition of a backup in memory."""

    partition: int
    log: Log
    start: int = 0

    @property
    def end(self) -> int:
        return self.log.end

    def pieces(self) -> Iterator[SourcePiece]:
        aborted = AbortedBatches(self.log.aborted)
        for i in range(0, len(self.log.batches), 2):
            data = memoryview(b"".join(self.log.batches[i : i + 2]))
            table = batch_table(data)
            yield SourcePiece(data, table, aborted.mask(table, data))


@dataclass
class Target:
    """A topic that stores batches; the process is killed after a number of them, with or without having written it."""

    starts: list[int]
    kills: list[int] = field(default_factory=list)
    stored: dict[int, list[bytes]] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    producers: int = 0

    def __post_init__(self) -> None:
        self.ends = dict(enumerate(self.starts))
        self.stored = {n: [] for n in self.ends}

    def new_producer(self) -> ProducerIdentity:
        self.producers += 1
        return ProducerIdentity(self.producers, 0)

    def write(
        self, topic: str, batches: Mapping[int, Sequence[bytes | bytearray]]
    ) -> Mapping[int, Produced]:
        return {n: Produced(tuple(self._append(n, bytes(b)) for b in own)) for n, own in batches.items()}  # fmt: skip

    def _append(self, number: int, batch: bytes) -> int:
        if self.kills and not self.kills[0]:
            self.kills.pop(0)
            raise Killed
        if self.kills:
            self.kills[0] -= 1
        (parsed,) = stored_batches(batch)
        base = self.ends[number]
        self.ends[number] += parsed.header.record_count
        self.stored[number].append(batch)
        return base

    @property
    def ranges(self) -> dict[int, TargetRange]:
        return {n: TargetRange(self.starts[n], end) for n, end in self.ends.items()}


def restore(
    target: Any, sources: Sequence[Any], goal: RestoreFormat, window: int
) -> tuple[OffsetMap, ...]:
    return TopicRestorer(target, "copy", goal, window_bytes=window).run(sources, target.ranges)


def records(batches: Sequence[bytes]) -> list[StoredRecord]:
    found: list[StoredRecord] = []
    for batch in stored_batches(b"".join(batches)):
        own = records_of(batch)
        assert isinstance(own, list), own
        found += own
    return found


def l1(found: Sequence[StoredRecord]) -> str:
    digest = RecordDigest()
    digest.add(found)
    return digest.l1


@given(
    st.lists(partition_logs(), min_size=1, max_size=3),
    st.lists(st.integers(0, 8), max_size=6),
    st.sampled_from([1, 900, 100_000]),
    st.integers(0, 20),
    st.integers(0, 12),
)
@settings(max_examples=80)
def test_a_restore_killed_anywhere_continues_without_loss_or_duplicate(
    logs: list[Log], kills: list[int], window: int, target_start: int, start: int
) -> None:
    sources = [Source(n, log, start) for n, log in enumerate(logs)]
    target = Target([target_start] * len(logs), kills)
    goal = RestoreFormat(small_bytes=300, merged_bytes=2_000)
    while True:
        try:
            maps = restore(target, sources, goal, window)
        except Killed:
            continue
        break
    for number, log in enumerate(logs):
        kept = [o for o in log.committed if o >= start]
        assert len(records(target.stored[number])) == len(kept)
        source = [r for r in records(log.batches) if r.offset in set(kept)]
        assert l1(records(target.stored[number])) == l1(source)
        for committed in range(log.end + 3):
            expected = target_start + sum(o < committed for o in kept)
            assert maps[number].translate(committed) == expected
        assert maps[number].target_end == target.ends[number]


def test_a_compressed_set_of_an_old_format_is_cut_at_the_start() -> None:
    """Its header names the offset of its last record, not of its first."""
    log = Log(batches=[old_set(RECORDS, base=0, codec="gzip", magic=1)], end=4)
    target = Target([0])
    (found,) = restore(target, [Source(0, log, start=2)], RestoreFormat(), 1000)
    assert [r.timestamp_ms for r in records(target.stored[0])] == [2, 3]
    assert found.runs == (OffsetRun(2, 2, 0),)


RECORDS = [Written(i, b"k", b"v" * 50) for i in range(4)]


def test_a_batch_at_another_offset_stops_the_restore() -> None:
    class Shared(Target):
        def _append(self, number: int, batch: bytes) -> int:
            return super()._append(number, batch) + 1

    source = Source(0, Log(batches=[batch_of(RECORDS)], end=4))
    with pytest.raises(BrokerRefused, match="records of another producer"):
        restore(Shared([0]), [source], RestoreFormat(), 1000)


def test_a_target_with_more_records_than_the_backup_is_refused() -> None:
    target = Target([0])
    target.ends[0] = 5
    source = Source(0, Log(batches=[batch_of(RECORDS)], end=4))
    with pytest.raises(StewardError, match="5 records, more than the 4 of the backup"):
        restore(target, [source], RestoreFormat(), 1000)
    assert target.stored[0] == []


def test_a_refused_batch_ends_it_with_the_fault() -> None:
    class Full(Target):
        def write(self, topic: str, batches: Any) -> Mapping[int, Produced]:
            fault = BrokerRefused("too large", kafka_error="MESSAGE_TOO_LARGE")
            return {n: Produced((), fault) for n in batches}

    with pytest.raises(BrokerRefused, match="too large"):
        restore(Full([0]), [Source(0, Log(batches=[batch_of(RECORDS)], end=4))], RestoreFormat(), 9)
