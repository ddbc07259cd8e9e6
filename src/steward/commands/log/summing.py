"""Make the rows of a summary, directory after directory."""

from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from steward.commands.api.context import Context
from steward.commands.log.directories import PartitionDirectory, UnreadableLog
from steward.commands.log.reading import scanned
from steward.commands.log.summary import (
    CodecRow,
    LogSummary,
    LogSummaryParams,
    PeriodRow,
    ProducerTotalRow,
    SummaryRow,
)
from steward.model.instant import Instant
from steward.model.progress import ProgressStep
from steward.records.batches import CODECS
from steward.records.log.file_names import LogFile, partition_of
from steward.records.log.segment import BatchVisitor
from steward.records.log.totals import CodecSamples, LogTotals, Total

_HOUR_MS = 3_600_000
_BUCKETS = {"hour": _HOUR_MS, "day": 24 * _HOUR_MS}


def summed(
    params: LogSummaryParams, directories: Sequence[PartitionDirectory], context: Context
) -> tuple[LogSummary, tuple[UnreadableLog, ...]]:
    """Sum up directories, and return what could not be read beside it.

    Errors: UnreadableLog where nothing could be read.
    """
    totals = {d.path: LogTotals(_BUCKETS[params.by]) for d in directories}
    faults: dict[object, UnreadableLog] = {}

    samples: dict[tuple[Path, str], CodecSamples] = {}

    def visitor(directory: PartitionDirectory, segment: LogFile) -> BatchVisitor:
        found = samples[directory.path, segment.name] = CodecSamples()
        return found.sample

    with closing(scanned(directories, visitor)) as scans:
        for number, directory in enumerate(directories, 1):
            step = f"reading {directory.shown}"
            context.progress(ProgressStep(step, number=number, total=len(directories)))
            for one in islice(scans, len(directory.segments)):
                if isinstance(one.scan, UnreadableLog):
                    faults[directory.path] = one.scan
                elif one.scan is not None:
                    totals[directory.path].add(one.scan, samples[directory.path, one.scan.name])
    read = [d for d in directories if d.path not in faults]
    if faults and not read:
        raise next(iter(faults.values()))
    named = [(_name(d), totals[d.path]) for d in read]
    data = LogSummary(
        partitions=tuple(_partition(name, total) for name, total in named),
        codecs=tuple(row for name, total in named for row in _codecs(name, total)),
        producers=tuple(row for name, total in named for row in _producers(name, total, params)),
        periods=tuple(row for name, total in named for row in _periods(name, total)),
    )
    return data, tuple(faults.values())


def _name(directory: PartitionDirectory) -> str:
    return str(partition_of(directory.path.resolve().name) or directory.shown or ".")


def _partition(name: str, total: LogTotals) -> SummaryRow:
    counts, sizes = total.percentiles(50, 95)
    return SummaryRow(
        partition=name,
        segments=total.segments,
        bytes=total.all.bytes,
        batches=total.all.batches,
        records=total.all.records,
        first_offset=None if total.first_offset < 0 else total.first_offset,
        last_offset=None if total.last_offset < 0 else total.last_offset,
        first_timestamp=_instant(total.all.first_ms),
        last_timestamp=_instant(total.all.last_ms),
        records_per_batch_p50=counts[0] if counts else None,
        records_per_batch_p95=counts[1] if counts else None,
        batch_bytes_p50=sizes[0] if sizes else None,
        batch_bytes_p95=sizes[1] if sizes else None,
        missing_offsets=total.missing_offsets,
        removed_records=total.removed_records,
        commits=total.commits,
        aborts=total.aborts,
        damaged=total.damaged,
    )


def _codecs(name: str, total: LogTotals) -> list[CodecRow]:
    rows: list[CodecRow] = []
    for codec, found in _largest_first(total.by_codec):
        sample = total.samples.get(codec)
        has_ratio = sample is not None and sample.stored > 0
        rows.append(
            CodecRow(
                partition=name,
                codec=CODECS.get(codec, "unknown"),
                batches=found.batches,
                records=found.records,
                bytes=found.bytes,
                compression_ratio=sample.expanded / sample.stored if sample and has_ratio else None,
                sampled_batches=sample.batches if sample else 0,
            )
        )
    return rows


def _producers(name: str, total: LogTotals, params: LogSummaryParams) -> list[ProducerTotalRow]:
    return [
        ProducerTotalRow(
            partition=name,
            producer_id=producer,
            batches=found.batches,
            records=found.records,
            bytes=found.bytes,
            share_percent=100 * found.bytes / total.all.bytes,
            last_timestamp=_instant(found.last_ms),
        )
        for producer, found in _largest_first(total.by_producer)[: params.top]
    ]


def _periods(name: str, total: LogTotals) -> list[PeriodRow]:
    return [
        PeriodRow(
            partition=name,
            since=_instant(bucket * total.bucket_ms if bucket >= 0 else -1),
            batches=found.batches,
            records=found.records,
            bytes=found.bytes,
        )
        for bucket, found in sorted(total.by_time.items())
    ]


def _largest_first(totals: dict[int, Total]) -> list[tuple[int, Total]]:
    return sorted(totals.items(), key=lambda item: (-item[1].bytes, item[0]))


def _instant(ms: int) -> Instant | None:
    return None if ms < 0 else Instant(ms)
