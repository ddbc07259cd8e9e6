"""Lag of groups from offsets and ages: unread records, the age of the oldest, and flags."""

from collections.abc import Iterable
from dataclasses import dataclass

from steward.analysis.lag.age import Age, AgeBounds, NoAge
from steward.analysis.lag.status import OK_RATIO, LagObjective, lag_status
from steward.analysis.lag.unread import first_unread, lag_records, lost_records
from steward.model.lag import Basis, Flag, GroupLag, LagSeconds, PartitionLag
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Unknown, Why

_UNCOUNTED = frozenset({Flag.TOPIC_GONE, Flag.NOT_SUBSCRIBED})
"""Partitions with these flags are shown, but do not count: no consumer will continue there."""
_NOT_COMMITTED = NotApplicable("no committed offset")
_GONE = NotApplicable("the partition no longer exists")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionCommit:
    """A group's position in one partition, and the log's start and end.

    ``not_subscribed``: no member subscribes to the topic any more, so its commit does not count. ``committed`` is None
    without a commit. ``readable`` is the offset up to which the group can read: the last stable offset for a
    read_committed consumer, otherwise the end. ``is_gone``: the partition no longer exists.
    """

    partition: TopicPartition
    committed: int | None
    start: int | Unknown
    end: int | Unknown
    stable: int | Unknown
    is_gone: bool = False
    compacted: bool = False
    recreated: bool = False
    marker_only: bool = False
    not_subscribed: bool = False

    @classmethod
    def of(
        cls,
        partition: TopicPartition,
        committed: int | None,
        offsets: PartitionOffsets | Unknown,
        *,
        is_gone: bool = False,
        compacted: bool = False,
        recreated: bool = False,
        not_subscribed: bool = False,
    ) -> "PartitionCommit":
        """Return a position in a log whose offsets were read together."""
        known = isinstance(offsets, PartitionOffsets)
        return cls(
            partition=partition,
            committed=committed,
            start=offsets.start if known else offsets,
            end=offsets.end if known else offsets,
            stable=offsets.last_stable if known else offsets,
            is_gone=is_gone,
            compacted=compacted,
            recreated=recreated,
            not_subscribed=not_subscribed,
        )

    @property
    def is_behind(self) -> bool:
        """Whether there are records at or after the commit."""
        return (
            self.committed is not None
            and not self.is_gone
            and isinstance(self.end, int)
            and self.committed < self.end
        )

    @property
    def lost(self) -> int:
        """Offsets between the commit and the log start: deleted before they were consumed."""
        if self.committed is None or self.is_gone or not isinstance(self.start, int):
            return 0
        return lost_records(self.committed, self.start)

    @property
    def oldest_unread(self) -> int | None:
        """The first unread offset; None if nothing is unread, or it is unknown."""
        if not self.is_behind or self.committed is None:
            return None
        if not isinstance(self.start, int):
            return self.committed
        return first_unread(self.committed, self.start)


def partition_lag(position: PartitionCommit, age: Age | None) -> PartitionLag:
    """Measure one position.

    ``age`` is None if nothing is unread. After data loss only a lower bound holds: the deleted records were older than
    the oldest remaining one.
    """
    flags = list(_flags(position))
    seconds = _seconds(position, age, flags)
    return PartitionLag(
        topic=position.partition.topic,
        partition=position.partition.partition,
        committed_offset=_NOT_COMMITTED if position.committed is None else position.committed,
        start_offset=_GONE if position.is_gone else position.start,
        end_offset=_GONE if position.is_gone else position.end,
        lag_records=_records(position),
        lag_seconds=seconds,
        lost_records=position.lost,
        flags=tuple(sorted(set(flags))),
    )


def _flags(position: PartitionCommit) -> Iterable[Flag]:
    if position.is_gone:
        yield Flag.TOPIC_GONE
        return
    if position.committed is None:
        yield Flag.NO_COMMIT
        return
    if position.not_subscribed:
        yield Flag.NOT_SUBSCRIBED
    if position.lost and not position.not_subscribed:
        yield Flag.DATA_LOSS
    if position.compacted and position.is_behind:
        yield Flag.COMPACTED
    if position.marker_only:
        yield Flag.MARKER_ONLY
    if isinstance(position.end, Unknown) and position.end.why is Why.LEADER_CHANGE:
        yield Flag.LEADER_CHANGE
    if position.recreated or (isinstance(position.end, int) and position.committed > position.end):
        yield Flag.RECREATED
    if (
        isinstance(position.stable, int)
        and isinstance(position.end, int)
        and position.stable < position.end
    ):
        yield Flag.OPEN_TRANSACTION


def _records(position: PartitionCommit) -> int | Unknown | NotApplicable:
    if position.is_gone:
        return _GONE
    if position.committed is None:
        return Unknown(Why.NOT_COMMITTED, "no committed offset")
    if isinstance(position.end, Unknown):
        return position.end
    return lag_records(position.committed, position.end)


def _seconds(position: PartitionCommit, age: Age | None, flags: list[Flag]) -> LagSeconds | Unknown:
    if position.is_gone:
        return Unknown(Why.NOT_COMMITTED, "the partition no longer exists")
    if position.committed is None:
        return Unknown(Why.NOT_COMMITTED, "no committed offset")
    if isinstance(position.end, Unknown):
        return position.end
    if position.recreated or position.committed > position.end:
        return Unknown(
            Why.REFUSED,
            "the commit is beyond the end of the log: it is not the log that was committed on",
        )
    if position.marker_only or (position.committed >= position.end and not position.lost):
        return LagSeconds(value=0.0, low=0.0, high=0.0, basis=Basis.CREATE_TIME)
    if age is None:
        return Unknown(Why.NOT_REQUESTED, "its age was not requested")
    if isinstance(age, Unknown):
        return age
    flags.extend(age.flags)
    if isinstance(age, NoAge):
        return age.why
    if position.lost and age.low == 0:
        return Unknown(
            Why.REFUSED, "records were deleted before they were read: their age is unknown"
        )
    high = None if position.lost else age.high
    value = age.low if position.lost else _best(age, high)
    return LagSeconds(
        value=round(value, 3),
        low=round(age.low, 3),
        high=None if high is None else round(high, 3),
        basis=age.basis,
    )


def _best(age: AgeBounds, high: float | None) -> float:
    if age.value is not None:
        return age.value
    return age.low if high is None else (age.low + high) / 2


def group_lag(
    group: str,
    type: str,
    state: str,
    partitions: Iterable[PartitionLag],
    *,
    objective_seconds: float,
    ok_ratio: float = OK_RATIO,
    flags: Iterable[Flag] = (),
) -> GroupLag:
    """Sum up a group: its worst partition in seconds, the sum in records, and its status."""
    rows = tuple(sorted(partitions, key=lambda p: (p.topic, p.partition)))
    counted = [p for p in rows if not _UNCOUNTED.intersection(p.flags)]
    seconds = _worst([p.lag_seconds for p in counted])
    all_flags = tuple(sorted({*flags, *(f for p in rows for f in p.flags)}))
    known = seconds if isinstance(seconds, LagSeconds) else None
    status = lag_status(
        LagObjective(seconds=objective_seconds, ok_ratio=ok_ratio),
        value=None if known is None else known.value,
        low=None if known is None else known.low,
        is_lost=Flag.DATA_LOSS in all_flags,
        is_behind=any(isinstance(p.lag_records, int) and p.lag_records > 0 for p in counted),
        is_partly_unknown=any(_is_missing(p.lag_seconds) for p in counted),
    )
    return GroupLag(
        group=group,
        type=type,
        state=state,
        lag_records=_sum([p.lag_records for p in counted]),
        lag_seconds=seconds,
        status=status,
        flags=all_flags,
        partitions=rows,
    )


def _worst(values: list[LagSeconds | Unknown]) -> LagSeconds | Unknown:
    """Return the largest lag; a lower bound if only some are known; the reason if none is, or all known ones are 0."""
    known = [v for v in values if isinstance(v, LagSeconds)]
    missing = [v for v in values if isinstance(v, Unknown) and _is_missing(v)]
    if not known:
        return missing[0] if missing else Unknown(Why.NOT_COMMITTED, "no committed offset")
    worst = max(known, key=lambda v: (v.value, v.low))
    if missing and worst.value == 0:
        return missing[0]
    open_ended = bool(missing) or any(v.high is None for v in known)
    highs = [v.high for v in known if v.high is not None]
    return LagSeconds(
        value=worst.value,
        low=max(v.low for v in known),
        high=None if open_ended else max(highs),
        basis=worst.basis,
    )


def _is_missing(value: object) -> bool:
    """Return whether a lag is unknown although it should be known."""
    return isinstance(value, Unknown) and value.why is not Why.NOT_COMMITTED


def _sum(values: list[int | Unknown | NotApplicable]) -> int | Unknown:
    """Sum the known values; Unknown if a part that should be known is not."""
    missing = [v for v in values if isinstance(v, Unknown) and v.why is not Why.NOT_COMMITTED]
    known = [v for v in values if isinstance(v, int)]
    if missing:
        return missing[0]
    if not known:
        return Unknown(Why.NOT_COMMITTED, "no committed offset")
    return sum(known)
