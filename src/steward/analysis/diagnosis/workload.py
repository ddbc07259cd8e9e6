"""Load and speed of each member of a group: each is its own queue, because groups do not pool work."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.analysis.diagnosis.samples import unread_together
from steward.analysis.diagnosis.stalled_partitions import stalled_of
from steward.model.group import Member

_KEEPS_UP = 0.95
"""Share of arrivals from which a member's rate may be limited by the arrivals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLoad:
    """Load of one member. Rates are records per second.

    ``service_rate`` is how much it can process: measured while it always has work, else from its own report; None if
    neither is available. ``is_backlogged`` is also true if one of its partitions does not move while it reads another.
    ``seconds`` is the age of its oldest unread record.
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
        """Arrivals as a share of the service rate, None if that is unknown."""
        return self.arrivals / self.service_rate if self.service_rate else None

    @property
    def name(self) -> str:
        """Instance id or client id, and host."""
        own = self.member.instance_id or self.member.client_id or self.member.id
        return f"{own} on {self.member.host}" if self.member.host else own


def loads_of(case: DiagnosisInput) -> tuple[MemberLoad, ...]:
    """Return every member's load, the largest backlog first; empty for groups that share partitions."""
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
    """Return whether an active member had unread records in every sample, on any of its partitions."""
    stalled = stalled_of(case, member)
    left_alone = {r.partition for r in stalled.left_alone}
    readable = [r for r in rows if r.partition not in left_alone]
    if stalled.waiting or any(case.is_always_unread(r) for r in readable):
        return True
    # a member that reads its partitions to the end in turn shows no backlog on any; their sum does, and it grows
    arrivals = sum(r.arrivals for r in readable)
    if consumed >= _KEEPS_UP * arrivals:
        return False
    partitions = [r.partition for r in readable]
    least = min((unread_together(k, partitions) for k in case.group_samples), default=0)
    return least > max(10.0, 3 * arrivals * case.interval)


def _service_rate(
    case: DiagnosisInput, member: Member, consumed: float, *, backlogged: bool
) -> float | None:
    """Return how much a member can process, records per second.

    Source: the rate of a member that always has work; of an idle one, consumed / (1 - poll-idle-ratio).
    """
    if consumed <= 0:
        return None
    if backlogged:
        return consumed
    same = [c for c in case.clients if c.client_id and c.client_id == member.client_id]
    ratios = [c.poll_idle_ratio for c in same if c.poll_idle_ratio is not None]
    return consumed / (1 - ratios[0]) if len(ratios) == 1 and ratios[0] < 0.99 else None


def service_rate_of(loads: Sequence[MemberLoad]) -> float | None:
    """Return the median service rate of the members that show one."""
    shown = [w.service_rate for w in loads if w.service_rate]
    return median(shown) if shown else None


def active(loads: Sequence[MemberLoad]) -> tuple[MemberLoad, ...]:
    """Return the members with partitions."""
    return tuple(w for w in loads if w.member.assignment)
