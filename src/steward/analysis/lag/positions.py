"""How far a group is behind, partition by partition and in sum, in records; never a guess."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from steward.model.doc import Doc
from steward.model.lag import Flag
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Observed, Unknown, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionPosition:
    """A group's position in one partition. For share groups the committed offset is where the share begins."""

    topic: str
    partition: int
    committed_offset: Annotated[int | NotApplicable, Doc("null where nothing is committed")]
    start_offset: Annotated[
        int | Unknown | NotApplicable, Doc("first offset still stored", wide=True)
    ]
    end_offset: Annotated[int | Unknown | NotApplicable, Doc("high watermark")]
    lag_records: Annotated[
        int | Unknown | NotApplicable, Doc("offsets between commit and end, never below 0")
    ]
    lost_records: Annotated[
        int | Unknown | NotApplicable, Doc("offsets deleted before they were consumed", wide=True)
    ]
    flags: Annotated[tuple[Flag, ...], Doc("data_loss, no_commit, topic_gone, recreated")]


_UNCOMMITTED = NotApplicable("nothing is committed")
_GONE = NotApplicable("the partition does not exist any more")


class Positions:
    """One snapshot, indexed to tell where groups stand."""

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _existing(self) -> frozenset[TopicPartition] | None:
        """The partitions that exist; None where not all could be seen."""
        topics = self._snapshot.topics
        if not isinstance(topics, Observed) or topics.gaps:
            return None
        return frozenset(p.key for topic in topics.value for p in topic.partitions)

    def of_group(
        self, group: str, assigned: Iterable[TopicPartition] = ()
    ) -> tuple[PartitionPosition, ...] | Unknown:
        """Measure every partition that a group has committed on or is assigned, in order."""
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
            return Unknown(Why.TRUNCATED, f"no offsets of group {group} were reported")
        return found if isinstance(found, Unknown) else found.committed

    def of_partition(self, partition: TopicPartition, committed: int | None) -> PartitionPosition:
        """Measure one partition.

        Shape: without a commit the lag is Unknown, with its bounds, but for an empty partition: 0 wherever one
               begins.
        """
        offsets = self._offsets(partition)
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

    def _offsets(self, partition: TopicPartition) -> PartitionOffsets | Unknown | NotApplicable:
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
        lost = max(0, offsets.start - committed)
        flags = (Flag.DATA_LOSS,) if lost else ()
        if (
            committed > offsets.end
        ):  # commits are read before ends: the log is not the one committed on
            flags = (Flag.RECREATED,)
        return max(0, offsets.end - committed), lost, flags
    stored = offsets.end - offsets.start
    detail = f"nothing is committed on {partition}: between 0 and {stored}, by auto.offset.reset"
    return Unknown(Why.REFUSED, detail) if stored else 0, 0, (Flag.NO_COMMIT,)


def total_lag(partitions: tuple[PartitionPosition, ...] | Unknown) -> int | Unknown | NotApplicable:
    """Sum the lag of a group's partitions that exist.

    Shape: Unknown where one is, saying how much is certain; not applicable where there is no position at all.
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
    """Return the flags of a group's partitions, each once."""
    if isinstance(partitions, Unknown):
        return ()
    return tuple(sorted({flag for p in partitions for flag in p.flags}))
