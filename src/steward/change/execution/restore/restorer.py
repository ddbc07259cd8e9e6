"""Restores the partitions of one topic, a window at a time, and returns where each record is.

The target's own end offset says how many records are restored: the restorer is its only writer and writes in order.
So a run that was killed continues from there, and no journal of batches is needed. An answer with another offset than
expected means that something else writes to the topic: the restore stops.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from steward.backup.restore.source import PartitionSource
from steward.cluster.record_writer import Produced
from steward.model.error import BrokerRefused, StewardError
from steward.model.names import TopicPartition
from steward.records.restore.decide import RestoreFormat
from steward.records.restore.offset_map import OffsetMap, OffsetMapBuilder
from steward.records.restore.producing import PartitionSequence, ProducerIdentity, patched
from steward.records.restore.rewriting import BatchRewriter, RestoredBatch, UnreadableBatch

WINDOW_BYTES = 32 * 1024 * 1024
"""Of all partitions together: batches that are written before the next ones are read."""
_UNKNOWN_OFFSET = -1


class RecordWriter(Protocol):
    """What is used of `KafkaRecordWriter`."""

    def new_producer(self) -> ProducerIdentity:
        """Request a producer id."""
        ...

    def write(
        self, topic: str, batches: Mapping[int, Sequence[bytes | bytearray]]
    ) -> Mapping[int, Produced]:
        """Write patched batches."""
        ...


@dataclass(frozen=True, slots=True)
class TargetRange:
    """Where a partition of the target begins and ends now."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RestoreProgress:
    """What is written so far."""

    records: int
    bytes: int


OnProgress = Callable[[RestoreProgress], None]


class TopicRestorer:
    """Writes partitions of a backup into the same partitions of a topic."""

    def __init__(
        self,
        writer: RecordWriter,
        topic: str,
        goal: RestoreFormat,
        *,
        window_bytes: int = WINDOW_BYTES,
        progress: OnProgress = lambda _: None,
    ) -> None:
        self._writer = writer
        self._topic = topic
        self._goal = goal
        self._window_bytes = window_bytes
        self._progress = progress
        self._records = self._bytes = 0

    def run(
        self, sources: Sequence[PartitionSource], target: Mapping[int, TargetRange]
    ) -> tuple[OffsetMap, ...]:
        """Restore what the target does not have yet, and return the maps of all records, by partition.

        Errors: StewardError: damaged backup, refused batch, another writer; the records written so far stay.
        """
        producer = self._writer.new_producer()
        parts = [
            _PartitionRestore(source, self._topic, self._goal, target[source.partition], producer)
            for source in sources
        ]
        share = max(1, self._window_bytes // max(1, len(parts)))
        left = parts
        while left:
            windows = {part.partition: part.window(share) for part in left}
            left = [part for part in left if windows[part.partition]]
            if left:
                self._write(left, windows)
        return tuple(part.map() for part in parts)

    def _write(
        self, parts: Sequence["_PartitionRestore"], windows: Mapping[int, "_Window"]
    ) -> None:
        batches = {p.partition: windows[p.partition].batches for p in parts}
        found = self._writer.write(self._topic, batches)
        for part in parts:
            part.acknowledge(windows[part.partition], found[part.partition])
        self._records += sum(w.records for w in windows.values())
        self._bytes += sum(len(b) for own in batches.values() for b in own)
        self._progress(RestoreProgress(self._records, self._bytes))


@dataclass(slots=True)
class _Window:
    batches: list[bytearray]
    sources: list[RestoredBatch]

    def __bool__(self) -> bool:
        return bool(self.batches)

    @property
    def records(self) -> int:
        return sum(batch.records for batch in self.sources)


class _PartitionRestore:
    """One partition: the batches that come next, and the offsets that they must get."""

    def __init__(
        self,
        source: PartitionSource,
        topic: str,
        goal: RestoreFormat,
        target: TargetRange,
        producer: ProducerIdentity,
    ) -> None:
        self.partition = source.partition
        self._key = TopicPartition(topic, source.partition)
        self._source = source
        self._producer = producer
        self._sequence = PartitionSequence()
        self._target = target
        self._rewriter = BatchRewriter(goal, start=source.start, skip=target.end - target.start)
        self._map = OffsetMapBuilder(topic, source.partition, target.start)
        self._batches = self._rewritten()

    def window(self, most_bytes: int) -> _Window:
        """Return the next batches, ready to be sent, up to a size; at least one if any is left."""
        found, size = _Window([], []), 0
        while size < most_bytes:
            batch = next(self._batches, None)
            if batch is None:
                break
            sequence = self._sequence.take(batch.records)
            found.batches.append(patched(batch.data, self._producer, sequence))
            found.sources.append(batch)
            size += len(batch.data)
        return found

    def acknowledge(self, window: _Window, produced: Produced) -> None:
        """Take the answer for a window.

        Errors: the fault of the first batch that was not accepted; BrokerRefused, where another producer wrote.
        """
        self._take_skipped()
        for batch, offset in zip(window.sources, produced.offsets, strict=False):
            expected = self._map.next_target
            if offset not in (expected, _UNKNOWN_OFFSET):
                raise BrokerRefused(
                    f"partition {self._key} has records of another producer: a batch is at offset {offset}, "
                    f"expected {expected}",
                    kafka_error="",
                    remedy="stop the other producer, delete the topic, and restore it again",
                    object_name=str(self._key),
                )
            self._map.add(batch.runs)
        if produced.fault is not None:
            raise produced.fault

    def map(self) -> OffsetMap:
        """Return the map of all records, those of earlier runs of the restore included."""
        self._take_skipped()
        if self._map.next_target < self._target.end:
            raise StewardError(
                f"partition {self._key} has {self._target.end - self._target.start:,} records, "
                f"more than the {self._map.next_target - self._target.start:,} of the backup",
                remedy="restore into a topic that is empty",
            )
        return self._map.map(self._source.end)

    def _take_skipped(self) -> None:
        skipped = self._rewriter.skipped
        if skipped:
            self._map.add(skipped)
            skipped.clear()

    def _rewritten(self) -> Iterator[RestoredBatch]:
        for piece in self._source.pieces():
            for batch in self._rewriter.feed(piece.data, piece.table, piece.aborted):
                if isinstance(batch, UnreadableBatch):
                    raise StewardError(
                        f"partition {self._key}: records from source offset {batch.offset} on cannot be decoded: "
                        f"{batch.reason}",
                        object_name=str(self._key),
                    )
                yield batch
        yield from self._rewriter.flush()
