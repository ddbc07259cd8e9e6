"""A rebalance as it is told: its certificate, each resource before and after, each partition that moves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.model.doc import Doc

if TYPE_CHECKING:  # numpy: only planning pays for it
    from steward.rebalancing.certificate import Balance, Proposal
    from steward.rebalancing.layout import Layout

_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """One resource before and after, relative to each broker's share: 1 is even."""

    resource: str
    least_before: Annotated[float, Doc("emptiest broker now, 1 is its share")]
    most_before: Annotated[float, Doc("fullest broker now")]
    least: Annotated[float, Doc("emptiest broker afterwards")]
    most: Annotated[float, Doc("fullest broker afterwards")]
    deviation_before: Annotated[float, Doc("standard deviation now", wide=True)]
    deviation: Annotated[float, Doc("standard deviation afterwards", wide=True)]
    outside: Annotated[int, Doc("brokers out of their window afterwards")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """One partition whose assignment changes; broker ids, the preferred leader first."""

    topic: str
    partition: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    bytes: Annotated[int, Doc("what has to be copied; 0: only the order changes")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentPlan:
    """A plan with its certificate: what it moves, and the least that any plan moves."""

    intent: str
    planned: Annotated[bool, Doc("whether there is a plan; if not, errors say why")]
    bytes_moved: Annotated[int, Doc("bytes that have to be copied")]
    lower_bound_bytes: Annotated[int, Doc("what any plan for the same windows copies at least")]
    gap: Annotated[float, Doc("by what share it copies more than that")]
    replicas_moved: int
    leaders_moved: Annotated[int, Doc("partitions that another broker leads afterwards")]
    duration_estimate_seconds: Annotated[float, Doc("at least, at the rate")]
    bottleneck: Annotated[str, Doc("the broker that takes longest, receiving or sending")]
    balance: tuple[BalanceRow, ...]
    moves: Annotated[tuple[MoveRow, ...], Doc("largest first")]


NO_PLAN = ReassignmentPlan(
    intent="", planned=False, bytes_moved=0, lower_bound_bytes=0, gap=0.0, replicas_moved=0, leaders_moved=0,
    duration_estimate_seconds=0.0, bottleneck="", balance=(), moves=(),
)  # fmt: skip
"""What is answered where nothing can be planned."""


def report_of_proposal(
    intent: str, layout: "Layout", proposal: "Proposal", rate_mb: float
) -> ReassignmentPlan:
    """Tell what a proposal costs and brings; the duration at so many MB a second and broker."""
    from steward.rebalancing.certificate import duration_of

    took = duration_of(layout, proposal.replicas, max(rate_mb, 1e-6) * _MB)
    way = "receives" if took.receives else "sends"
    return ReassignmentPlan(
        intent=intent,
        planned=True,
        bytes_moved=round(proposal.moved_bytes),
        lower_bound_bytes=round(proposal.lower_bound_bytes),
        gap=round(proposal.gap, 6),
        replicas_moved=proposal.replicas_moved,
        leaders_moved=proposal.leaders_moved,
        duration_estimate_seconds=round(took.seconds, 1),
        bottleneck="" if took.broker is None else f"broker {took.broker} {way} most",
        balance=tuple(
            _balance_row(r.value, proposal.before[r], proposal.after[r])
            for r in proposal.after
            if layout.load(r).any()
        ),
        moves=_moves(layout, proposal),
    )


def _balance_row(resource: str, before: "Balance", after: "Balance") -> BalanceRow:
    return BalanceRow(
        resource=resource,
        least_before=round(before.least, 3),
        most_before=round(before.most, 3),
        least=round(after.least, 3),
        most=round(after.most, 3),
        deviation_before=round(before.deviation, 4),
        deviation=round(after.deviation, 4),
        outside=after.outside,
    )


def _moves(layout: "Layout", proposal: "Proposal") -> tuple[MoveRow, ...]:
    import numpy as np

    found: list[MoveRow] = []
    for row in np.flatnonzero((proposal.replicas != layout.replicas).any(axis=1)):
        before, after = (
            tuple(layout.brokers[int(b)] for b in rows[row] if b >= 0)
            for rows in (layout.replicas, proposal.replicas)
        )
        key = layout.partitions[row]
        copies = len(set(after) - set(before))
        found.append(MoveRow(topic=key.topic, partition=key.partition, before=before, after=after,
                             bytes=round(float(layout.size[row])) * copies))  # fmt: skip
    return tuple(sorted(found, key=lambda m: (-m.bytes, m.topic, m.partition)))
