"""``steward log summary``: what logs hold, by time, producer and codec."""

from dataclasses import dataclass
from typing import Annotated

from steward.codec import UnknownFact
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.log.directories import LOG_PATHS, partition_directories
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant

PARTITION = Doc("partition, or its directory where the name says none")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSummaryParams:
    """Which logs, and how they are grouped."""

    paths: Annotated[tuple[str, ...], LOG_PATHS]
    by: Annotated[
        str, Doc("length of the periods that sizes are shown for", choices=("hour", "day"))
    ] = "day"
    top: Annotated[
        int, Doc("producers shown of each partition, the largest first", unit="producers")
    ] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """One partition."""

    partition: Annotated[str, PARTITION]
    segments: Annotated[int, Doc("segments")]
    bytes: Annotated[int, Doc("bytes of intact batches")]
    batches: Annotated[int, Doc("intact batches")]
    records: Annotated[int, Doc("records stored")]
    first_offset: Annotated[int | None, Doc("first offset stored")]
    last_offset: Annotated[int | None, Doc("last offset stored")]
    first_timestamp: Annotated[
        Instant | None, Doc("smallest of the batches' largest timestamps", wide=True)
    ]
    last_timestamp: Annotated[Instant | None, Doc("largest timestamp")]
    records_per_batch_p50: Annotated[float | None, Doc("records of the median batch of data")]
    records_per_batch_p95: Annotated[float | None, Doc("95th percentile", wide=True)]
    batch_bytes_p50: Annotated[float | None, Doc("bytes of the median batch, as stored")]
    batch_bytes_p95: Annotated[float | None, Doc("95th percentile, as stored", wide=True)]
    missing_offsets: Annotated[int, Doc("offsets without a batch between first and last")]
    removed_records: Annotated[
        int, Doc("records that compaction removed from batches that remain", wide=True)
    ]
    commits: Annotated[int, Doc("COMMIT markers", wide=True)]
    aborts: Annotated[int, Doc("ABORT markers", wide=True)]
    damaged: Annotated[int, Doc("damaged batches and places where the chain of batches breaks")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecRow:
    """What is stored with one compression."""

    partition: Annotated[str, PARTITION]
    codec: Annotated[str, Doc("compression")]
    batches: Annotated[int, Doc("batches")]
    records: Annotated[int, Doc("records")]
    bytes: Annotated[int, Doc("bytes as stored")]
    compression_ratio: Annotated[
        float | None, Doc("size expanded by size stored, of the batches sampled; null: none")
    ]
    sampled_batches: Annotated[int, Doc("batches that were decompressed for the ratio")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerTotalRow:
    """What one producer wrote."""

    partition: Annotated[str, PARTITION]
    producer_id: Annotated[int, Doc("-1: all producers without idempotence together")]
    batches: Annotated[int, Doc("batches")]
    records: Annotated[int, Doc("records")]
    bytes: Annotated[int, Doc("bytes as stored")]
    share_percent: Annotated[float, Doc("share of the partition's bytes")]
    last_timestamp: Annotated[Instant | None, Doc("largest timestamp")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """What has its timestamp in one period."""

    partition: Annotated[str, PARTITION]
    since: Annotated[
        Instant | None, Doc("begin of the period, by the batch's largest timestamp; null: none")
    ]
    batches: Annotated[int, Doc("batches")]
    records: Annotated[int, Doc("records")]
    bytes: Annotated[int, Doc("bytes as stored")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSummary:
    """What logs hold."""

    partitions: Annotated[tuple[SummaryRow, ...], Doc("partitions, in the order given")]
    codecs: Annotated[tuple[CodecRow, ...], Doc("by compression, the largest first")]
    producers: Annotated[tuple[ProducerTotalRow, ...], Doc("by producer, the largest first")]
    periods: Annotated[tuple[PeriodRow, ...], Doc("by time, the oldest first")]


@capability(
    "log.summary",
    needs_cluster=False,
    long=True,
    examples=(
        "steward log summary /var/lib/kafka/orders-0",
        "steward log summary /var/lib/kafka --by hour -o json",
    ),
)
def summary(params: LogSummaryParams, context: Context) -> Answer[LogSummary]:
    """Sum up logs on disk: sizes by time, producer and compression, batch fill, gaps, transactions.

    Only headers are read, and a few batches of each compression are decompressed for its ratio. Checksums are computed:
    damaged batches are counted apart.
    """
    from steward.commands.log.summing import summed  # numpy: only needed here

    if params.top < 1:
        raise UsageError("--top is less than 1", remedy="use --top 10")
    directories = partition_directories(params.paths, context.directory)
    data, unread = summed(params, directories, context)
    return Answer(
        data=data,
        observed_at=Instant(context.now_ms()),
        unknown=tuple(UnknownFact("log", f.object_name, f.summary) for f in unread),
    )


CAPABILITIES: tuple[Capability, ...] = (summary,)
