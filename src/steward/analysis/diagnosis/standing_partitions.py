"""Partitions whose commits stand while their reader goes on with others: left alone, or waiting until it has time.

A client that always has work takes one partition's records after the other's, for as long as a fetch lasts. Seen from
the commits, a partition that waits looks like one that is paused. They differ in one thing: a reader that has read its
other partitions to their end has time, and a partition that stands through that is left alone.
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
"""poll-idle-ratio from which a consumer waits for records more than it works."""
_HAS_NONE = 0.1
"""poll-idle-ratio below which a consumer always works."""
_AS_MUCH_AS_ARRIVES = 0.05
_FEW = 2
"""Records that commits and ends, read one after the other, may differ by."""
_FULL_RATE = 0.9
"""Share of what other members manage at most, from which a member counts as always at work."""


@dataclass(frozen=True, slots=True)
class Stalled:
    """A member's partitions whose commits stand while it moves others.

    ``left_alone`` stand though the member has time. ``waiting`` stand while it has other work: they may be paused, or
    may be read next. ``moving`` are the others.
    """

    left_alone: tuple[PartitionSummary, ...] = ()
    waiting: tuple[PartitionSummary, ...] = ()
    moving: tuple[PartitionSummary, ...] = ()


def stalled_of(case: DiagnosisInput, member: Member) -> Stalled:
    """Return what stands of a member's partitions; nothing where none moves, or the member came or went meanwhile."""
    rows = case.rows_of_owner.get(member.id, ())
    flat = tuple(r for r in rows if r.partition not in case.blocked_keys and case.is_flat(r))
    late = tuple(r for r in flat if r.partition in case.late_keys and len(r.owners_since) <= 1)
    apart = case.blocked_keys.union(r.partition for r in flat)
    others = tuple(
        r for r in rows if r.partition not in apart and (r.committed >= 0 or r.end_moved)
    )
    moving = tuple(r for r in others if r.steps)
    if not late or not moving or member.id not in case.lasting_members:
        return Stalled()
    return _sorted_out(case, member, Stalled(waiting=late, moving=moving), others)


def _sorted_out(
    case: DiagnosisInput, member: Member, found: Stalled, others: tuple[PartitionSummary, ...]
) -> Stalled:
    """Tell which of the partitions that stand were left alone."""
    report = report_of(case, member)
    said = report.paused_partitions if report else frozenset[TopicPartition]()
    idle = None if report is None else report.poll_idle_ratio
    if idle is not None and idle >= _HAS_TIME:
        return Stalled(left_alone=found.waiting, moving=found.moving)
    is_busy = (idle is not None and idle < _HAS_NONE) or _at_full_rate(case, member)
    spare = () if is_busy else _spare_times(_other_work(case, others))
    left = [r for r in found.waiting if r.partition in said or _had_time_for(case, r, spare)]
    keys = {r.partition for r in left}
    waiting = tuple(r for r in found.waiting if r.partition not in keys)
    return Stalled(tuple(left), waiting, found.moving)


def report_of(case: DiagnosisInput, member: Member) -> ClientReport | None:
    """Return a member's own word; none where several members share its client id and cannot be told apart."""
    same = [m for m in case.members if m.client_id == member.client_id]
    found = [c for c in case.clients if c.client_id == member.client_id]
    return found[0] if len(found) == 1 and len(same) == 1 else None


def _at_full_rate(case: DiagnosisInput, member: Member) -> bool:
    """Tell whether a member manages about what those manage that always have work."""
    shown = [rate for id, rate in case.backlogged_rates.items() if id != member.id]
    return bool(shown) and case.consumed_by_owner[member.id] >= _FULL_RATE * median(shown)


@dataclass(frozen=True, slots=True)
class _OtherWork:
    """What a look saw of a reader's other partitions, added: commits, ends, and whether all were read up."""

    at: float
    committed: int
    end: int
    is_read_up: bool
    has_moved: bool


def _other_work(case: DiagnosisInput, others: Sequence[PartitionSummary]) -> list[_OtherWork]:
    found: list[_OtherWork] = []
    for look in case.looks:
        known = [
            (r, look.committed[r.partition], ends.end)
            for r in others
            if r.partition in look.committed
            and isinstance(ends := look.offsets.get(r.partition), PartitionOffsets)
        ]
        committed = sum(c for _, c, _ in known)
        found.append(
            _OtherWork(
                at=look.at,
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
    """Return from when to when a reader had nothing to read but what arrived.

    Shape: at both looks it was at the end of all its other partitions, and between them it read what arrived there:
           not more, as it does while a backlog lasts, nor less, as it does when it cannot keep up.
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
    """Tell whether a partition stood through spare time of its reader that is longer than a commit's rhythm."""
    since, patience = case.looks[-1].at - row.flat_seconds, case.patience_of(row)
    return any(begin >= since and end - begin >= patience for begin, end in spare)
