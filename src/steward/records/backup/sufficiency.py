"""Whether a backup holds everything that a topic holds now, so that the topic may be deleted. Pure."""

from collections.abc import Mapping, Sequence

from steward.model.topic import PartitionOffsets
from steward.model.unknown import Unknown
from steward.records.backup.manifest import GapClass, Manifest, PartitionManifest

_LOST = (GapClass.UNKNOWN, GapClass.RETENTION_BEFORE_REACH)


def why_not_enough(
    runs: Sequence[Manifest], offsets: Mapping[int, PartitionOffsets | Unknown]
) -> str:
    """Return the first fact that speaks against deleting the topic; empty where none does.

    ``runs``: all runs of the lineage, the newest first; ``offsets``: of each partition, now.
    """
    if not runs:
        return "there is no complete run"
    newest = runs[0]
    more = sorted(p.partition for p in newest.partitions if p.partition not in offsets)
    if more:
        return f"the topic has no partition {more[0]}, which the backup has"
    for partition, now in sorted(offsets.items()):
        stored = newest.of(partition)
        if stored is None:
            return f"partition {partition} is not in the backup"
        if isinstance(now, Unknown):
            return f"the end offset of partition {partition} is unknown: {now}"
        why = _why_not(stored, now)
        if why:
            return f"partition {partition}: {why}"
    return _gap(runs)


def _why_not(stored: PartitionManifest, now: PartitionOffsets) -> str:
    if stored.incomplete:
        return stored.incomplete
    if stored.open_transactions:
        first = stored.open_transactions[0]
        return f"producer {first.producer_id} has an open transaction since offset {first.first_offset}"
    if now.end != stored.high_watermark:
        return f"its log ends at offset {now.end}, and at {stored.high_watermark} when it was backed up"
    if stored.stored.next_offset != now.end:
        return f"records from offset {stored.stored.next_offset} to {now.end - 1} are not stored"
    return ""


def _gap(runs: Sequence[Manifest]) -> str:
    for run in reversed(runs):
        for part in run.partitions:
            for kind in _LOST:
                missing = part.gap_counts.get(kind.value, 0)
                if missing:
                    first = next((g.first for g in part.gaps if g.kind is kind), None)
                    where = "" if first is None else f", from offset {first} on"
                    return f"partition {part.partition}: {missing:,} offsets are missing{where} ({kind.value})"
    return ""
