"""Partitions whose commits do not move while their consumer moves others: left alone, or waiting for their turn.

A consumer that always has work reads one partition's records after another's, for as long as a fetch lasts. By its
commits, a waiting partition looks like a paused one. One thing separates them: a consumer that has read its other
partitions to the end has spare time, and a partition that does not move during that time is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from steward.analysis.diagnosis.client_report import ClientReport
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model.group import Member
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets

_HAS_TIME = 0.5
"""poll-idle-ratio from which a consumer waits for records more than it processes them."""
_HAS_NONE = 0.1
"""poll-idle-ratio below which a consumer is always processing."""
_AS_MUCH_AS_ARRIVES = 0.05
_FEW = 2
"""Records by which commits and ends may differ, because they are read one after the other."""
_FULL_RATE = 0.9
"""Share of the other members' full rate from which a member counts as always busy."""


@dataclass(frozen=True, slots=True)
class StalledPartitions:
    """A member's partitions whose commits do not move, while it moves others.

    ``left_alone`` do not move although the member has spare time. ``waiting`` do not move while it has other work:
    they may be paused, or read next. ``moving`` are the others.
    """

    left_alone: tuple[PartitionSummary, ...] = ()
    waiting: tuple[PartitionSummary, ...] = ()
    moving: tuple[PartitionSummary, ...] = ()


def stalled_of(case: DiagnosisInput, member: Member) -> StalledPartitions:
    """Return a member's stalled partitions; empty if it moves none, or joined or left during the observation."""
    rows = case.rows_of_owner.get(member.id, ())
    flat = tuple(r for r in rows if r.partition not in case.blocked_keys and case.is_flat(r))
    late = tuple(r for r in flat if r.partition in case.late_keys and len(r.owners_since) <= 1)
    apart = case.blocked_keys.union(r.partition for r in flat)
    others = tuple(
        r for r in rows if r.partition not in apart and (r.committed >= 0 or r.end_moved)
    )
    moving = tuple(r for r in others if r.steps)
    if not late or not moving or member.id not in case.lasting_members:
        return StalledPartitions()
    return _sorted_out(case, member, StalledPartitions(waiting=late, moving=moving), others)


def _sorted_out(
    case: DiagnosisInput,
    member: Member,
    found: StalledPartitions,
    others: tuple[PartitionSummary, ...],
) -> StalledPartitions:
    """Separate the partitions that were left alone from those that wait."""
    report = report_of(case, member)
    said = report.paused_partitions if report else frozenset[TopicPartition]()
    idle = None if report is None else report.poll_idle_ratio
    if idle is not None and idle >= _HAS_TIME:
        return StalledPartitions(left_alone=found.waiting, moving=found.moving)
    is_busy = (idle is not None and idle < _HAS_NONE) or _at_full_rate(case, member)
    spare = () if is_busy else _spare_times(_other_work(case, others))
    left = [r for r in found.waiting if r.partition in said or _had_time_for(case, r, spare)]
    keys = {r.partition for r in left}
    waiting = tuple(r for r in found.waiting if r.partition not in keys)
    return StalledPartitions(tuple(left), waiting, found.moving)


def report_of(case: DiagnosisInput, member: Member) -> ClientReport | None:
    """Return a member's own report; None if several members share its client id."""
    same = [m for m in case.members if m.client_id == member.client_id]
    found = [c for c in case.clients if c.client_id == member.client_id]
    return found[0] if len(found) == 1 and len(same) == 1 else None


def _at_full_rate(case: DiagnosisInput, member: Member) -> bool:
    """Return whether a member is about as fast as the members that always have work."""
    shown = [rate for id, rate in case.backlogged_rates.items() if id != member.id]
    return bool(shown) and case.consumed_by_owner[member.id] >= _FULL_RATE * median(shown)


@dataclass(frozen=True, slots=True)
class _OtherWork:
    """A sample of a consumer's other partitions in total: commits, ends, and whether all were read to the end."""

    at: float
    committed: int
    end: int
    is_read_up: bool
    has_moved: bool


def _other_work(case: DiagnosisInput, others: Sequence[PartitionSummary]) -> list[_OtherWork]:
    found: list[_OtherWork] = []
    for sample in case.group_samples:
        known = [
            (r, sample.committed[r.partition], ends.end)
            for r in others
            if r.partition in sample.committed
            and isinstance(ends := sample.offsets.get(r.partition), PartitionOffsets)
        ]
        committed = sum(c for _, c, _ in known)
        found.append(
            _OtherWork(
                at=sample.at,
                committed=committed,
                end=sum(end for _, _, end in known),
                is_read_up=len(known) == len(others)
                and all(end - c <= _between_commits(case, r) for r, c, end in known),
                has_moved=bool(found) and committed > found[-1].committed,
            )
        )
    return found


def _between_commits(case: DiagnosisInput, row: PartitionSummary) -> float:
    """Return how many records may be unread at the end of a partition: those that arrive between two commits."""
    gap = max(row.commit_gaps, default=case.interval)
    return max(_FEW, row.arrivals * (gap + case.interval))


def _spare_times(work: Sequence[_OtherWork]) -> tuple[tuple[float, float], ...]:
    """Return the periods in which a consumer had only new arrivals to read.

    At both samples it was at the end of all its other partitions, and in between it read as many records as arrived:
    not more, as while a backlog lasts, and not fewer, as when it cannot keep up.
    """
    at_end = [w for w in work if w.is_read_up]
    return tuple(
        (earlier.at, later.at)
        for j, later in enumerate(at_end)
        if later.has_moved
        for earlier in at_end[:j]
        if _is_level(earlier, later)
    )


def _is_level(earlier: _OtherWork, later: _OtherWork) -> bool:
    read, arrived = later.committed - earlier.committed, later.end - earlier.end
    return read > 0 and abs(read - arrived) <= _AS_MUCH_AS_ARRIVES * arrived + _FEW


def _had_time_for(
    case: DiagnosisInput, row: PartitionSummary, spare: Sequence[tuple[float, float]]
) -> bool:
    """Return whether a partition did not move during spare time of its consumer that exceeds a commit interval."""
    since, patience = case.group_samples[-1].at - row.flat_seconds, case.patience_of(row)
    return any(begin >= since and end - begin >= patience for begin, end in spare)
