"""From offsets and ages to the lag of groups: which records are unread, how old the oldest is, what is remarkable."""

from collections.abc import Iterable
from dataclasses import dataclass

from steward.model.lag import Basis, Flag, GroupLag, LagSeconds, LagStatus, PartitionLag
from steward.model.names import TopicPartition
from steward.model.unknown import NotApplicable, Unknown, Why

_UNCOUNTED = frozenset({Flag.TOPIC_GONE, Flag.NOT_SUBSCRIBED})
"""Partitions with these flags are shown, and count for nothing: nobody will ever read on there."""
_NOT_COMMITTED = NotApplicable("nothing is committed")
_GONE = NotApplicable("the partition does not exist any more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a group stands in one partition, and where the log begins and ends.

    ``not_subscribed``: no member reads the topic any more, so its commit counts for nothing.
    ``committed`` is None where nothing is committed. ``readable`` is where the group can read to: the last stable
    offset for a read_committed consumer, else the end. ``is_gone``: the partition does not exist any more.
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
        """Offsets between the commit and the log's start: deleted before they were consumed."""
        if self.committed is None or self.is_gone or not isinstance(self.start, int):
            return 0
        return max(0, self.start - self.committed)

    @property
    def oldest_unread(self) -> int | None:
        """The first offset that is still to be read; None when there is none, or it cannot be told."""
        if not self.is_behind or self.committed is None:
            return None
        return max(self.committed, self.start) if isinstance(self.start, int) else self.committed


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeBounds:
    """What is known of the age of a position's oldest unread record, seconds."""

    low: float
    high: float | None
    basis: Basis
    value: float | None = None
    flags: tuple[Flag, ...] = ()


def bounds_of_timestamps(
    low_ms: int | None,
    high_ms: int | None,
    now_ms: int,
    basis: Basis,
    *,
    non_monotone: bool = False,
) -> AgeBounds | Unknown:
    """Turn a bracket around a record's timestamp into bounds of its age; a negative age is clamped and flagged."""
    if low_ms is None and high_ms is None:
        return Unknown(Why.TRUNCATED, "the timestamp queries did not settle within their budget")
    low = 0.0 if high_ms is None else (now_ms - high_ms) / 1000
    high = None if low_ms is None else (now_ms - low_ms) / 1000
    skewed = low < 0 or (high is not None and high < 0)
    flags = tuple(
        flag
        for flag, holds in ((Flag.CLOCK_SKEW, skewed), (Flag.NON_MONOTONE, non_monotone))
        if holds
    )
    return AgeBounds(
        low=max(0.0, low), high=None if high is None else max(0.0, high), basis=basis, flags=flags
    )


def partition_lag(position: Position, age: AgeBounds | Unknown | None) -> PartitionLag:
    """Measure one position.

    Shape: ``age`` is None where none is needed (nothing unread). After data loss only a lower bound holds: the lost
           records were older than the oldest that is left.
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


def _flags(position: Position) -> Iterable[Flag]:
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


def _records(position: Position) -> int | Unknown | NotApplicable:
    if position.is_gone:
        return _GONE
    if position.committed is None:
        return Unknown(Why.NOT_COMMITTED, "nothing is committed")
    if isinstance(position.end, Unknown):
        return position.end
    return max(0, position.end - position.committed)


def _seconds(
    position: Position, age: AgeBounds | Unknown | None, flags: list[Flag]
) -> LagSeconds | Unknown:
    if position.is_gone:
        return Unknown(Why.NOT_COMMITTED, "the partition does not exist any more")
    if position.committed is None:
        return Unknown(Why.NOT_COMMITTED, "nothing is committed")
    if isinstance(position.end, Unknown):
        return position.end
    if position.recreated or position.committed > position.end:
        return Unknown(
            Why.REFUSED, "the commit is beyond the end: the log is not the one committed on"
        )
    if position.marker_only or (position.committed >= position.end and not position.lost):
        return LagSeconds(value=0.0, low=0.0, high=0.0, basis=Basis.CREATE_TIME)
    if age is None:
        return Unknown(Why.NOT_REQUESTED, "its age was not asked for")
    if isinstance(age, Unknown):
        return age
    flags.extend(age.flags)
    high = None if position.lost else age.high
    return LagSeconds(
        value=round(_best(age, high), 3),
        low=round(age.low, 3),
        high=None if high is None else round(high, 3),
        basis=age.basis,
    )


def _best(age: AgeBounds, high: float | None) -> float:
    if high is None:
        return age.low
    return age.value if age.value is not None else (age.low + high) / 2


def group_lag(
    group: str,
    type: str,
    state: str,
    partitions: Iterable[PartitionLag],
    *,
    objective_seconds: float,
    flags: Iterable[Flag] = (),
) -> GroupLag:
    """Sum up a group: its worst partition in seconds, the sum in records, and what that amounts to.

    Shape: status over_objective only where the lower bound proves it, or the estimate says it.
    """
    rows = tuple(sorted(partitions, key=lambda p: (p.topic, p.partition)))
    counted = [p for p in rows if not _UNCOUNTED.intersection(p.flags)]
    seconds = _worst([p.lag_seconds for p in counted])
    all_flags = tuple(sorted({*flags, *(f for p in rows for f in p.flags)}))
    return GroupLag(
        group=group,
        type=type,
        state=state,
        lag_records=_sum([p.lag_records for p in counted]),
        lag_seconds=seconds,
        status=_status(seconds, all_flags, objective_seconds, [p.lag_records for p in counted]),
        flags=all_flags,
        partitions=rows,
    )


def _worst(values: list[LagSeconds | Unknown]) -> LagSeconds | Unknown:
    """Return the largest lag; where only some are known, a lower bound; where none is, why."""
    known = [v for v in values if isinstance(v, LagSeconds)]
    missing = [v for v in values if isinstance(v, Unknown) and v.why is not Why.NOT_COMMITTED]
    if not known:
        return missing[0] if missing else Unknown(Why.NOT_COMMITTED, "nothing is committed")
    worst = max(known, key=lambda v: (v.value, v.low))
    open_ended = bool(missing) or any(v.high is None for v in known)
    highs = [v.high for v in known if v.high is not None]
    return LagSeconds(
        value=worst.value,
        low=max(v.low for v in known),
        high=None if open_ended else max(highs),
        basis=worst.basis,
    )


def _sum(values: list[int | Unknown | NotApplicable]) -> int | Unknown:
    """Add what is known; a part that should be known but is not makes the sum unknown."""
    missing = [v for v in values if isinstance(v, Unknown) and v.why is not Why.NOT_COMMITTED]
    known = [v for v in values if isinstance(v, int)]
    if missing:
        return missing[0]
    if not known:
        return Unknown(Why.NOT_COMMITTED, "nothing is committed")
    return sum(known)


def _status(
    seconds: LagSeconds | Unknown,
    flags: tuple[Flag, ...],
    objective: float,
    records: list[int | Unknown | NotApplicable],
) -> LagStatus:
    if Flag.DATA_LOSS in flags:
        return LagStatus.DATA_LOSS
    if isinstance(seconds, Unknown):
        return LagStatus.UNKNOWN
    if seconds.low > objective or seconds.value > objective:
        return LagStatus.OVER_OBJECTIVE
    behind = any(isinstance(r, int) and r > 0 for r in records)
    return LagStatus.LAGGING if behind and seconds.value > 0 else LagStatus.OK
