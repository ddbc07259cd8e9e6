"""Lag of a group in records, per partition and in total; never estimated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from steward.analysis.lag.unread import lag_records, lost_records
from steward.model.doc import Doc
from steward.model.lag import Flag
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Observed, Unknown, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionPosition:
    """A group's position in one partition. For share groups the commit is the share-partition start offset."""

    topic: str
    partition: int
    committed_offset: Annotated[int | NotApplicable, Doc("null without a commit")]
    start_offset: Annotated[
        int | Unknown | NotApplicable, Doc("first offset still stored", wide=True)
    ]
    end_offset: Annotated[int | Unknown | NotApplicable, Doc("high watermark")]
    lag_records: Annotated[
        int | Unknown | NotApplicable, Doc("offsets between commit and end, at least 0")
    ]
    lost_records: Annotated[
        int | Unknown | NotApplicable, Doc("offsets deleted before they were consumed", wide=True)
    ]
    flags: Annotated[tuple[Flag, ...], Doc("data_loss, no_commit, topic_gone, recreated")]


_UNCOMMITTED = NotApplicable("no committed offset")
_GONE = NotApplicable("the partition no longer exists")


class Positions:
    """A snapshot, indexed to find the positions of groups."""

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _existing(self) -> frozenset[TopicPartition] | None:
        """The existing partitions; None if not all are visible."""
        topics = self._snapshot.topics
        if not isinstance(topics, Observed) or topics.gaps:
            return None
        return frozenset(p.key for topic in topics.value for p in topic.partitions)

    def of_group(
        self, group: str, assigned: Iterable[TopicPartition] = ()
    ) -> tuple[PartitionPosition, ...] | Unknown:
        """Measure every partition that a group has commits on or is assigned, in order."""
        committed = self.committed(group)
        if isinstance(committed, Unknown):
            return committed
        partitions = sorted({*committed, *assigned})
        return tuple(self.of_partition(p, committed.get(p)) for p in partitions)

    def committed(self, group: str) -> Mapping[TopicPartition, int] | Unknown:
        """Return a group's committed offsets."""
        part = self._snapshot.group_offsets
        if isinstance(part, Unknown):
            return part
        found = part.value.get(group)
        if found is None:
            return Unknown(Why.TRUNCATED, f"brokers reported no offsets of group {group}")
        return found if isinstance(found, Unknown) else found.committed

    def of_partition(self, partition: TopicPartition, committed: int | None) -> PartitionPosition:
        """Measure one partition.

        Without a commit the lag is Unknown, with its bounds. An empty partition is the exception: its lag is 0 for
        every start offset.
        """
        offsets = self.offsets(partition)
        if isinstance(offsets, PartitionOffsets):
            lag, lost, flags = _measure(partition, committed, offsets)
            start, end = offsets.start, offsets.end
        else:
            start = end = lag = lost = offsets
            flags = (Flag.TOPIC_GONE,) if isinstance(offsets, NotApplicable) else ()
        return PartitionPosition(
            topic=partition.topic,
            partition=partition.partition,
            committed_offset=_UNCOMMITTED if committed is None else committed,
            start_offset=start,
            end_offset=end,
            lag_records=lag,
            lost_records=lost,
            flags=flags,
        )

    def offsets(self, partition: TopicPartition) -> PartitionOffsets | Unknown | NotApplicable:
        """Return the offsets of a partition; not applicable if it does not exist."""
        part = self._snapshot.offsets
        if isinstance(part, Unknown):
            return part
        found = part.value.get(partition)
        if found is not None:
            return found
        if self._existing is not None and partition not in self._existing:
            return _GONE
        return Unknown(Why.TRUNCATED, f"no broker reported offsets of {partition}")


def _measure(
    partition: TopicPartition, committed: int | None, offsets: PartitionOffsets
) -> tuple[int | Unknown, int, tuple[Flag, ...]]:
    """Return lag, lost records and flags."""
    if committed is not None:
        lost = lost_records(committed, offsets.start)
        flags = (Flag.DATA_LOSS,) if lost else ()
        if (
            committed > offsets.end
        ):  # commits are read before ends: it is not the log that was committed on
            flags = (Flag.RECREATED,)
        return lag_records(committed, offsets.end), lost, flags
    stored = offsets.end - offsets.start
    detail = f"no commit on {partition}: between 0 and {stored}, depending on auto.offset.reset"
    return Unknown(Why.REFUSED, detail) if stored else 0, 0, (Flag.NO_COMMIT,)


def total_lag(partitions: tuple[PartitionPosition, ...] | Unknown) -> int | Unknown | NotApplicable:
    """Sum the lag of a group's existing partitions.

    Unknown if one of them is, with the certain part; not applicable without any position.
    """
    if isinstance(partitions, Unknown):
        return partitions
    known = [p.lag_records for p in partitions if isinstance(p.lag_records, int)]
    missing = [p for p in partitions if isinstance(p.lag_records, Unknown)]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        certain = f"; at least {sum(known)} records" if sum(known) else ""
        why = f"{missing[0].lag_records}{more}{certain}"
        first = missing[0].lag_records
        return Unknown(first.why if isinstance(first, Unknown) else Why.REFUSED, why)
    return sum(known) if known else NotApplicable("the group has no committed offsets")


def flags_of(partitions: tuple[PartitionPosition, ...] | Unknown) -> tuple[Flag, ...]:
    """Return the distinct flags of a group's partitions."""
    if isinstance(partitions, Unknown):
        return ()
    return tuple(sorted({flag for p in partitions for flag in p.flags}))
