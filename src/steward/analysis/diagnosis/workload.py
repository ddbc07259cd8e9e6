"""What each member of a group has to do and what it manages: a queue of its own, since groups do not pool work."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.analysis.diagnosis.samples import unread_together
from steward.analysis.diagnosis.standing_partitions import stalled_of
from steward.model.group import Member

_KEEPS_UP = 0.95
"""Share of what arrives from which a member's rate may be that of the arrivals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLoad:
    """One member's share of the work. Rates in records a second.

    ``service_rate`` is what it can process: seen only while it always has work, else by its own report; None where
    neither tells. ``is_backlogged`` holds, too, where one of its partitions stands while it reads another. ``seconds``
    is the age of the oldest record that waits for it.
    """

    member: Member
    rows: tuple[PartitionSummary, ...]
    arrivals: float
    consumed: float
    unread: int
    seconds: float
    is_backlogged: bool
    service_rate: float | None

    @property
    def utilisation(self) -> float | None:
        """What arrives as a share of what it can process, None where the latter is unknown."""
        return self.arrivals / self.service_rate if self.service_rate else None

    @property
    def name(self) -> str:
        """Client id and host, as people know it."""
        own = self.member.instance_id or self.member.client_id or self.member.id
        return f"{own} on {self.member.host}" if self.member.host else own


def loads_of(case: DiagnosisInput) -> tuple[MemberLoad, ...]:
    """Return every member's load, the heaviest backlog first; nothing for groups that share partitions."""
    if case.is_pooled:
        return ()
    found = [_load(case, member) for member in case.members]
    return tuple(sorted(found, key=lambda w: (-w.unread, w.member.id)))


def _load(case: DiagnosisInput, member: Member) -> MemberLoad:
    rows = case.rows_of_owner.get(member.id, ())
    consumed = case.consumed_by_owner.get(member.id, 0.0)
    backlogged = consumed > 0 and _always_has_work(case, member, rows, consumed)
    return MemberLoad(
        member=member,
        rows=rows,
        arrivals=sum(r.arrivals for r in rows),
        consumed=consumed,
        unread=sum(r.unread for r in rows),
        seconds=max((r.seconds for r in rows), default=0.0),
        is_backlogged=backlogged,
        service_rate=_service_rate(case, member, consumed, backlogged=backlogged),
    )


def _always_has_work(
    case: DiagnosisInput, member: Member, rows: Sequence[PartitionSummary], consumed: float
) -> bool:
    """Tell whether a member that gets on had records to read in every look: in one partition or another."""
    stalled = stalled_of(case, member)
    left_alone = {r.partition for r in stalled.left_alone}
    readable = [r for r in rows if r.partition not in left_alone]
    if stalled.waiting or any(case.is_always_unread(r) for r in readable):
        return True
    # one that reads each to its end in turn never shows a backlog in any: together they do, and it grows
    arrivals = sum(r.arrivals for r in readable)
    if consumed >= _KEEPS_UP * arrivals:
        return False
    partitions = [r.partition for r in readable]
    least = min((unread_together(k, partitions) for k in case.looks), default=0)
    return least > max(10.0, 3 * arrivals * case.interval)


def _service_rate(
    case: DiagnosisInput, member: Member, consumed: float, *, backlogged: bool
) -> float | None:
    """Return what a member can process.

    Source: a member that always has work shows it; of an idle one, consumed / (1 - poll-idle-ratio).
    """
    if consumed <= 0:
        return None
    if backlogged:
        return consumed
    same = [c for c in case.clients if c.client_id and c.client_id == member.client_id]
    ratios = [c.poll_idle_ratio for c in same if c.poll_idle_ratio is not None]
    return consumed / (1 - ratios[0]) if len(ratios) == 1 and ratios[0] < 0.99 else None


def service_rate_of(loads: Sequence[MemberLoad]) -> float | None:
    """Return what one member of the group processes: the median of those that show it."""
    shown = [w.service_rate for w in loads if w.service_rate]
    return median(shown) if shown else None


def active(loads: Sequence[MemberLoad]) -> tuple[MemberLoad, ...]:
    """Return the members that read anything."""
    return tuple(w for w in loads if w.member.assignment)
