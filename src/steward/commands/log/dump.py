"""``steward log dump``: print what the files of a log hold."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Notice, capability
from steward.commands.log.directories import LOG_PATHS, partition_directories
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.wording import count

FILE = Doc("file, as the path was given")
DEFAULT_LIMIT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDumpParams:
    """Which logs, and what of them."""

    paths: Annotated[tuple[str, ...], LOG_PATHS]
    records: Annotated[bool, Doc("also print records; the metadata log's are decoded")] = False
    show_payloads: Annotated[
        bool, Doc("print keys, values and headers instead of their sizes; implies --records")
    ] = False
    from_offset: Annotated[int | None, Doc("begin at this offset")] = None
    to_offset: Annotated[int | None, Doc("end at this offset, included")] = None
    from_time: Annotated[
        str | None,
        Doc("only batches and records from this time on: ISO 8601, epoch, or -1h", metavar="TIME"),
    ] = None
    to_time: Annotated[
        str | None, Doc("only batches and records up to this time", metavar="TIME")
    ] = None
    producer_id: Annotated[int | None, Doc("only batches of this producer id")] = None
    key: Annotated[
        str | None, Doc("only records with this key, as UTF-8 text; implies --records")
    ] = None
    limit: Annotated[int, Doc("print at most this many rows of each kind; 0: all", unit="rows")] = (
        DEFAULT_LIMIT
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """The header of one batch."""

    file: Annotated[str, FILE]
    position: Annotated[int, Doc("byte in the file")]
    base_offset: Annotated[int, Doc("offset of the first record")]
    last_offset: Annotated[int, Doc("offset of the last record as written")]
    record_count: Annotated[int, Doc("records stored; compaction removes some of those written")]
    size_bytes: Annotated[int, Doc("size as stored")]
    codec: Annotated[str, Doc("compression")]
    is_valid: Annotated[bool, Doc("whether the checksum is that of the content")]
    leader_epoch: Annotated[int, Doc("leader epoch in which it was written")]
    producer_id: Annotated[int, Doc("-1: written without idempotence")]
    producer_epoch: Annotated[int, Doc("epoch of the producer", wide=True)]
    base_sequence: Annotated[int, Doc("sequence of the first record", wide=True)]
    last_sequence: Annotated[int, Doc("sequence of the last record", wide=True)]
    is_transactional: Annotated[bool, Doc("whether it is part of a transaction")]
    control: Annotated[
        str | None, Doc("type of a control batch, such as COMMIT; null: a batch of data")
    ]
    timestamp_type: Annotated[str, Doc("CreateTime or LogAppendTime", wide=True)]
    base_timestamp: Annotated[Instant | None, Doc("timestamp of the first record", wide=True)]
    max_timestamp: Annotated[Instant | None, Doc("largest timestamp")]
    delete_horizon: Annotated[
        Instant | None, Doc("when its tombstones may be removed; then it has no base timestamp", wide=True)
    ]  # fmt: skip
    magic: Annotated[int, Doc("format of the batch", wide=True)]
    crc: Annotated[int, Doc("checksum as stored", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One record; its payload is null unless --show-payloads is given."""

    file: Annotated[str, FILE]
    offset: Annotated[int, Doc("offset")]
    timestamp: Annotated[Instant | None, Doc("timestamp")]
    sequence: Annotated[int, Doc("sequence of the producer; -1: without idempotence", wide=True)]
    key_bytes: Annotated[int, Doc("size of the key; -1: no key")]
    value_bytes: Annotated[int, Doc("size of the value; -1: a tombstone")]
    key_digest: Annotated[
        str | None, Doc("equal for equal keys within one run, and tells nothing else of them")
    ]
    header_keys: Annotated[tuple[str, ...], Doc("names of the headers", wide=True)]
    key: Annotated[str | None, Doc("key as UTF-8 text, other bytes as 0x...")]
    value: Annotated[str | None, Doc("value as UTF-8 text, other bytes as 0x...")]
    headers: Annotated[tuple[str, ...], Doc("headers, NAME=VALUE", wide=True)]
    control: Annotated[str | None, Doc("type of a control record, such as ABORT")]
    decoded: Annotated[
        Mapping[str, Any] | None,
        Doc("a record of the metadata log, or of the quorum: type, version and data in Kafka's names; secrets hidden"),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """An entry of an offset index."""

    file: Annotated[str, FILE]
    offset: Annotated[int, Doc("offset")]
    position: Annotated[int, Doc("byte in the segment at which a read of the offset begins")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeIndexRow:
    """An entry of a time index."""

    file: Annotated[str, FILE]
    timestamp: Annotated[Instant, Doc("largest timestamp up to the offset")]
    offset: Annotated[int, Doc("offset")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortedTransactionRow:
    """An entry of a transaction index."""

    file: Annotated[str, FILE]
    version: Annotated[int, Doc("version of the entry", wide=True)]
    producer_id: Annotated[int, Doc("producer id")]
    first_offset: Annotated[int, Doc("first offset of the transaction")]
    last_offset: Annotated[int, Doc("offset of its ABORT marker")]
    last_stable_offset: Annotated[int, Doc("last stable offset after the marker")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerStateRow:
    """A producer in a snapshot."""

    file: Annotated[str, FILE]
    producer_id: Annotated[int, Doc("producer id")]
    producer_epoch: Annotated[int, Doc("epoch")]
    last_sequence: Annotated[int, Doc("last sequence")]
    last_offset: Annotated[int, Doc("last offset of data; -1: none since the epoch began")]
    offset_delta: Annotated[int, Doc("last offset minus first of the last batch", wide=True)]
    timestamp: Annotated[Instant | None, Doc("timestamp of its last batch or marker")]
    coordinator_epoch: Annotated[int, Doc("epoch of its transaction coordinator")]
    current_txn_first_offset: Annotated[int, Doc("where its open transaction begins; -1: none")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """A line of a checkpoint or of partition.metadata."""

    file: Annotated[str, FILE]
    name: Annotated[str, Doc("leader epoch, or name of the field")]
    value: Annotated[str, Doc("first offset of the epoch, or value")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDump:
    """What the files hold; null: no file of the kind was read."""

    batches: Annotated[tuple[BatchRow, ...] | None, Doc("headers of batches")]
    records: Annotated[tuple[RecordRow, ...] | None, Doc("records, if they were requested")]
    index_entries: Annotated[tuple[IndexRow, ...] | None, Doc("entries of .index files")]
    time_index_entries: Annotated[
        tuple[TimeIndexRow, ...] | None, Doc("entries of .timeindex files")
    ]
    aborted_transactions: Annotated[
        tuple[AbortedTransactionRow, ...] | None, Doc("entries of .txnindex files")
    ]
    producer_states: Annotated[
        tuple[ProducerStateRow, ...] | None, Doc("entries of .snapshot files")
    ]
    checkpoints: Annotated[
        tuple[TextRow, ...] | None, Doc("leader-epoch-checkpoint and partition.metadata")
    ]


@capability(
    "log.dump",
    needs_cluster=False,
    examples=(
        "steward log dump /var/lib/kafka/orders-0 --from-offset 1000 --limit 20",
        "steward log dump orders-0/00000000000000000000.log --records --producer-id 42",
        "steward log dump /var/lib/kafka/__cluster_metadata-0 --records -o json",
        "steward log dump orders-0/00000000000000000000.timeindex",
    ),
)
def dump(params: LogDumpParams, context: Context) -> Answer[LogDump]:
    """Print batches, records and index entries of files on disk.

    Of a directory, the batches of all segments are printed; name an index, snapshot or checkpoint to print its entries.
    Keys and values are personal data: their sizes are printed unless --show-payloads is given. Records of the metadata
    log are decoded by name. Segments before --from-offset are not read. Damaged batches are printed as they are stored.
    """
    from steward.commands.log.dumping import Dumping, selection_of  # numpy: only needed here

    if params.limit < 0:
        raise UsageError("--limit is negative", remedy="use 0 for all rows")
    directories = partition_directories(params.paths, context.directory, alone=True)
    dumping = Dumping(selection_of(params, context), secrets.token_bytes(16))
    for directory in directories:
        dumping.add(directory)
    return Answer(
        data=dumping.result(),
        observed_at=Instant(context.now_ms()),
        warnings=(
            *_unread(dumping.unread, params.paths),
            *((_truncated(params.limit),) if dumping.truncated else ()),
        ),
    )


def _unread(faults: Sequence[str], paths: Sequence[str]) -> tuple[Notice, ...]:
    remedy = Hint("locate the damage with: ", steward("log verify", *paths))
    return tuple(
        Notice(code="unreadable", message=fault, object="log", remedy=remedy) for fault in faults
    )


def _truncated(limit: int) -> Notice:
    return Notice(
        code="truncated",
        message=f"only the first {count(limit, 'row')} of a kind are printed",
        object="log",
        remedy="narrow the range with --from-offset or --from-time, or pass --limit 0 for all",
    )


CAPABILITIES: tuple[Capability, ...] = (dump,)
