"""The digest of a partition's committed records: from a backup, and from a cluster."""

from collections.abc import Iterable, Mapping

from steward.backup.restore.source import PartitionSource, SourcePiece, committed
from steward.cluster.log_reading import LogReader, LogSlice, ReadFrom, ReadOutcome
from steward.documents.fault import DocumentError
from steward.model.error import ClusterUnreachable, ObjectNotFound, StewardError
from steward.model.topic import Topic
from steward.model.unknown import Unknown
from steward.records.backup.aborted import AbortedBatches
from steward.records.backup.manifest import AbortedTransaction
from steward.records.batch_table import batch_table
from steward.records.record_digest import RecordDigest
from steward.records.stored_records import records_of

_READ_BYTES = 8 * 1024 * 1024
_MOST_RETRIES = 20


def digest_of_backup(source: PartitionSource) -> RecordDigest:
    """Return the digest of a partition of a backup.

    Errors: DocumentError, where the backup is damaged or a batch cannot be decoded; ObjectStoreFault.
    """
    return _digest(source.pieces(), source.start)


def digest_of_topic(
    reader: LogReader, name: str, partition: int, *, start: int, end: int
) -> RecordDigest:
    """Return the digest of the committed records of a partition between two offsets, read from its leader.

    Errors: ObjectNotFound, ClusterUnreachable; StewardError, where the records cannot be read.
    """
    return _digest(_read(reader, name, partition, start, end), start, end)


def _digest(pieces: Iterable[SourcePiece], start: int, end: int | None = None) -> RecordDigest:
    found = RecordDigest()
    for piece in pieces:
        for batch in committed(piece, start):
            records = records_of(batch)
            if isinstance(records, Unknown):
                raise DocumentError(
                    f"offset {batch.header.base_offset}", str(records), joint=": unreadable: "
                )
            found.add(r for r in records if r.offset >= start and (end is None or r.offset < end))
    return found


def _read(
    reader: LogReader, name: str, partition: int, start: int, end: int
) -> Iterable[SourcePiece]:
    aborted, at = AbortedBatches(), start
    while at < end:
        found = _slice(reader, name, partition, at)
        aborted.expect(
            AbortedTransaction(producer_id=a.producer_id, first_offset=a.first_offset)
            for a in found.aborted
        )
        table = batch_table(found.records)
        if not len(table):
            raise StewardError(
                f"partition {name}-{partition} returns no records at offset {at}",
                remedy="try again once the topic has no open transaction",
            )
        yield SourcePiece(found.records, table, aborted.mask(table, found.records))
        at = int(table.last_offsets[-1]) + 1


def _slice(reader: LogReader, name: str, partition: int, at: int) -> LogSlice:
    found: LogSlice | None = None
    for _ in range(_MOST_RETRIES):
        topic = reader.topic(name)
        if topic is None:
            raise ObjectNotFound(f"topic {name} does not exist", object_name=name)
        leader = _leader(topic, partition)
        answers: Mapping[int, LogSlice] = reader.read(
            leader, topic, {partition: ReadFrom(at, -1)}, _READ_BYTES
        )
        found = answers.get(partition)
        if found is not None and found.outcome is ReadOutcome.READ:
            return found
    detail = found.detail or found.outcome.value if found else "no answer"
    raise ClusterUnreachable(f"partition {name}-{partition} cannot be read: {detail}")


def _leader(topic: Topic, partition: int) -> int:
    leader = next((p.leader for p in topic.partitions if p.partition == partition), -1)
    if leader < 0:
        raise ClusterUnreachable(f"partition {topic.name}-{partition} has no leader")
    return leader
