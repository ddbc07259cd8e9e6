"""Rows of a dump, from batches, records and the entries of other files."""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from steward.commands.log.dump import (
    AbortedTransactionRow,
    BatchRow,
    IndexRow,
    ProducerStateRow,
    RecordRow,
    TextRow,
    TimeIndexRow,
)
from steward.model.instant import Instant
from steward.model.unknown import Unknown
from steward.records.batch_table import BatchTable
from steward.records.batches import CODECS, HEADER, stored_batches
from steward.records.control_records import ControlRecord, control_record
from steward.records.kraft_records import control_value, kraft_record
from steward.records.log.checkpoints import Malformed, leader_epochs, partition_metadata
from steward.records.log.file_names import FileKind, LogFile
from steward.records.log.indexes import offset_index, time_index, transaction_index
from steward.records.log.producer_snapshot import producer_snapshot
from steward.records.stored_records import fields_of, records_of

_DIGEST_CHARACTERS = 12
_SEQUENCES = 2**31
_EMPTY = "none"
"""Label of a control batch whose records the cleaner removed."""


@dataclass(frozen=True, slots=True)
class DumpedRecord:
    """A record with its fields; ``sequence`` is -1 without idempotence, ``timestamp_ms`` -1 without a timestamp."""

    offset: int
    timestamp_ms: int
    sequence: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def dumped_records(batch: memoryview) -> Iterator[DumpedRecord] | Unknown:
    """Return the records of a whole batch, or why they cannot be read."""
    stored = next(stored_batches(batch))
    found = records_of(stored)
    if isinstance(found, Unknown):
        return found
    header = stored.header
    return (
        DumpedRecord(
            record.offset,
            record.timestamp_ms,
            -1
            if header.base_sequence < 0
            else (header.base_sequence + record.offset - header.base_offset) % _SEQUENCES,
            fields.key,
            fields.value,
            tuple((name.decode("utf-8", "replace"), value) for name, value in fields.headers),
        )
        for record in found
        for fields in (fields_of(record.body),)
    )


def batch_row(
    shown: str, position: int, table: BatchTable, i: int, is_valid: bool, control: str | None
) -> BatchRow:
    """Return the row of a batch; ``position`` is that in the file."""
    row = table.rows[i]
    sequence, delta = int(row["base_sequence"]), int(row["last_offset_delta"])
    has_horizon = bool(table.has_delete_horizon[i])
    base_stamp = _instant(int(row["base_timestamp_ms"]))
    by_broker = bool(table.is_log_append_time[i])
    return BatchRow(
        file=shown,
        position=position,
        base_offset=int(row["base_offset"]),
        last_offset=int(table.last_offsets[i]),
        record_count=int(row["record_count"]),
        size_bytes=int(table.sizes[i]),
        codec=CODECS.get(int(table.codec_ids[i]), "unknown"),
        is_valid=is_valid,
        leader_epoch=int(row["leader_epoch"]),
        producer_id=int(row["producer_id"]),
        producer_epoch=int(row["producer_epoch"]),
        base_sequence=sequence,
        last_sequence=-1 if sequence < 0 else (sequence + delta) % _SEQUENCES,
        is_transactional=bool(table.is_transactional[i]),
        control=control,
        timestamp_type="LogAppendTime" if by_broker else "CreateTime",
        base_timestamp=None if has_horizon else base_stamp,
        max_timestamp=_instant(int(row["max_timestamp_ms"])),
        delete_horizon=base_stamp if has_horizon else None,
        magic=int(row["magic"]),
        crc=int(row["crc"]),
    )


def control_label(batch: memoryview) -> str:
    """Name the type of a control batch's first record."""
    found = control_record(batch[HEADER.size :])
    return _EMPTY if found is None else found.label


def record_row(
    shown: str, record: DumpedRecord, secret: bytes, *, shows_payloads: bool
) -> RecordRow:
    """Return the row of a record; its payload is masked unless it is to be shown."""
    key = record.key
    digest = None if key is None else hmac.digest(secret, key, "sha256").hex()
    headers = tuple(f"{name}={shown_bytes(value) or ''}" for name, value in record.headers)
    return _row(
        shown,
        record,
        key_digest=digest and digest[:_DIGEST_CHARACTERS],
        header_keys=tuple(name for name, _ in record.headers),
        key=shown_bytes(key) if shows_payloads else None,
        value=shown_bytes(record.value) if shows_payloads else None,
        headers=headers if shows_payloads else (),
    )


def metadata_row(shown: str, record: DumpedRecord) -> RecordRow:
    """Return the row of a record of the metadata log."""
    found = kraft_record(record.value)
    if isinstance(found, str):
        return _row(shown, record, decoded={"type": "unknown", "reason": found})
    plain = {"type": found.type, "version": found.version, "data": found.data}
    return _row(shown, record, decoded=plain)


def control_row(shown: str, record: DumpedRecord) -> RecordRow:
    """Return the row of a control record: the end of a transaction, or a record of the quorum."""
    kind = int.from_bytes((record.key or b"")[2:4], "big", signed=True)
    label = ControlRecord(kind).label
    data = control_value(kind, record.value)
    if data is None:
        return _row(shown, record, control=label)
    return _row(shown, record, control=label, decoded={"type": label, "data": data})


def _row(
    shown: str,
    record: DumpedRecord,
    *,
    key_digest: str | None = None,
    header_keys: tuple[str, ...] = (),
    key: str | None = None,
    value: str | None = None,
    headers: tuple[str, ...] = (),
    control: str | None = None,
    decoded: Mapping[str, Any] | None = None,
) -> RecordRow:
    return RecordRow(
        file=shown,
        offset=record.offset,
        timestamp=_instant(record.timestamp_ms),
        sequence=record.sequence,
        key_bytes=-1 if record.key is None else len(record.key),
        value_bytes=-1 if record.value is None else len(record.value),
        key_digest=key_digest,
        header_keys=header_keys,
        key=key,
        value=value,
        headers=headers,
        control=control,
        decoded=decoded,
    )


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows of one kind."""

    kind: type[Any]
    rows: list[Any]


def rows_of(file: LogFile, shown: str, data: bytes) -> Entries | str:
    """Return the entries of a file that holds no batches, or why it cannot be read."""
    base = max(file.base_offset, 0)
    match file.kind:
        case FileKind.OFFSET_INDEX:
            entries = offset_index(data).entries.tolist()
            return Entries(
                IndexRow, [IndexRow(file=shown, offset=base + o, position=p) for o, p in entries]
            )
        case FileKind.TIME_INDEX:
            entries = time_index(data).entries.tolist()
            rows = [
                TimeIndexRow(file=shown, timestamp=Instant(t), offset=base + o) for t, o in entries
            ]
            return Entries(TimeIndexRow, rows)
        case FileKind.TRANSACTION_INDEX:
            return _aborted(shown, data)
        case FileKind.PRODUCER_SNAPSHOT:
            return _states(shown, data)
        case FileKind.LEADER_EPOCHS:
            epochs = leader_epochs(data)
            if isinstance(epochs, Malformed):
                return f"line {epochs.line}: {epochs.reason}"
            pairs = [(str(e.epoch), str(e.start_offset)) for e in epochs]
            return Entries(TextRow, [TextRow(file=shown, name=n, value=v) for n, v in pairs])
        case FileKind.PARTITION_METADATA:
            found = partition_metadata(data)
            if isinstance(found, Malformed):
                return f"line {found.line}: {found.reason}"
            return Entries(TextRow, [TextRow(file=shown, name="topic_id", value=found.topic_id)])
        case _:
            return Entries(TextRow, [])


def _aborted(shown: str, data: bytes) -> Entries:
    rows = [
        AbortedTransactionRow(
            file=shown,
            version=version,
            producer_id=pid,
            first_offset=first,
            last_offset=last,
            last_stable_offset=stable,
        )
        for version, pid, first, last, stable in transaction_index(data).entries.tolist()
    ]
    return Entries(AbortedTransactionRow, rows)


def _states(shown: str, data: bytes) -> Entries | str:
    found = producer_snapshot(data)
    if isinstance(found, str):
        return found
    rows = [
        ProducerStateRow(
            file=shown,
            producer_id=pid,
            producer_epoch=epoch,
            last_sequence=sequence,
            last_offset=offset,
            offset_delta=delta,
            timestamp=_instant(stamp),
            coordinator_epoch=coordinator,
            current_txn_first_offset=first,
        )
        for pid, epoch, sequence, offset, delta, stamp, coordinator, first in found.states.tolist()
    ]
    return Entries(ProducerStateRow, rows)


def shown_bytes(data: bytes | None) -> str | None:
    """Write bytes as text where they are UTF-8, else as ``0x`` and hexadecimal digits."""
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"0x{data.hex()}"


def _instant(ms: int) -> Instant | None:
    return None if ms < 0 else Instant(ms)
