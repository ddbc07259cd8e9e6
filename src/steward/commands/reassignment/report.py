"""Report of a rebalance: data movement, each resource before and after, each partition that moves."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.context import Context
from steward.commands.api.plan_report import GuardRuling, PlanReport
from steward.commands.plan.change_command import plan_fields
from steward.commands.reassignment.rebalance_input import RebalanceInput
from steward.commands.reassignment.relief import DiskRow
from steward.commands.reassignment.staying import StayingRow
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.plan import Risk, Ruling

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.layout import ReplicaLayout
    from steward.analysis.rebalance.optimality import Balance, ProvedPlacement

_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """One resource before and after, relative to each broker's share: 1 is even."""

    resource: str
    least_before: Annotated[float, Doc("least loaded broker now; 1 is its share")]
    most_before: Annotated[float, Doc("most loaded broker now")]
    least: Annotated[float, Doc("least loaded broker afterwards")]
    most: Annotated[float, Doc("most loaded broker afterwards")]
    deviation_before: Annotated[float, Doc("standard deviation now", wide=True)]
    deviation: Annotated[float, Doc("standard deviation afterwards", wide=True)]
    outside: Annotated[int, Doc("brokers outside the tolerance afterwards")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """One partition whose assignment changes; broker ids, the preferred leader first."""

    topic: str
    partition: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    change: Annotated[
        str, Doc("replicas added and removed, a different leader, or a different order only")
    ]
    bytes: Annotated[int, Doc("bytes to copy; 0: only the order changes")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    """One resource of one broker; bytes, bytes per second, replicas or leaders."""

    resource: str
    before: float
    after: float
    relative_before: Annotated[float | None, Doc("relative to its share; none: it has no share")]
    relative_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerBeforeAfter:
    """One broker before and after."""

    broker: int
    rack: str | None
    loads: tuple[LoadRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpread:
    """How evenly topics are spread over brokers and racks."""

    misplaced_before: Annotated[int, Doc("replicas off an even spread of their topics, now")]
    misplaced: Annotated[int, Doc("afterwards")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentPlan(PlanReport):
    """A plan with its optimality: the data it moves, and the minimum that any plan moves.

    A plan over a file cannot be executed: ``id`` is empty, and nothing is saved.
    """

    intent: str
    planned: Annotated[bool, Doc("whether a plan was found; if not, errors say why")]
    bytes_moved: Annotated[int, Doc("bytes to copy")]
    lower_bound_bytes: Annotated[int, Doc("minimum that any plan within the same tolerance copies")]
    gap: Annotated[float, Doc("share by which the plan exceeds that minimum")]
    replicas_moved: int
    leaders_moved: Annotated[int, Doc("partitions with a different leader afterwards")]
    duration_estimate_seconds: Annotated[float, Doc("minimum duration, at the rate")]
    bottleneck: Annotated[str, Doc("the broker that takes longest, receiving or sending")]
    window_scope: Annotated[
        str,
        Doc("what a broker's window refers to: its share of the cluster's load, or of its rack's"),
    ] = "cluster"
    balance: tuple[BalanceRow, ...]
    moves: Annotated[tuple[MoveRow, ...], Doc("largest first")]
    topic_spread: TopicSpread
    brokers: Annotated[tuple[BrokerBeforeAfter, ...], Doc("each broker's load before and after")]
    staying: Annotated[
        tuple[StayingRow, ...], Doc("replicas that a drain leaves on its brokers, all of them")
    ] = ()
    brokers_emptied: Annotated[
        tuple[int, ...], Doc("brokers to drain that hold no replica afterwards")
    ] = ()
    disks: Annotated[tuple[DiskRow, ...], Doc("of a relief: each broker's disks")] = ()


def unplanned(context: Context, inputs: RebalanceInput) -> PlanReport:
    """Return the report where there are no steps to execute; over a file no cluster is contacted."""
    now = Instant(context.now_ms())
    return PlanReport(
        id="", title="", summary="nothing to execute", risk=Risk.SAFE, steps=(), impossible=(), remaining=(),
        guard=GuardRuling(ruling=Ruling.ALLOW, reasons=(), waived=()), reads=(), kept=False,
        environment=context.profile.environment if inputs.seen else "", cluster_id="",
        created_at=now, expires_at=now, made_by="", source="",
        version="", undoes="", document={},
    )  # fmt: skip


def no_plan(context: Context, inputs: RebalanceInput) -> ReassignmentPlan:
    """Return the report where planning is not possible."""
    return ReassignmentPlan(
        **plan_fields(unplanned(context, inputs)), intent="", planned=False, bytes_moved=0, lower_bound_bytes=0,
        gap=0.0,
        replicas_moved=0, leaders_moved=0, duration_estimate_seconds=0.0, bottleneck="", balance=(), moves=(),
        topic_spread=TopicSpread(misplaced_before=0, misplaced=0), brokers=(),
    )  # fmt: skip


def report_of_proposal(
    intent: str,
    layout: "ReplicaLayout",
    proposal: "ProvedPlacement",
    rate_mb: float,
    plan: PlanReport,
) -> ReassignmentPlan:
    """Report a proposal's cost and effect; its duration at ``rate`` MB per second and broker."""
    from steward.analysis.rebalance.optimality import duration_of

    took = duration_of(layout, proposal.replicas, max(rate_mb, 1e-6) * _MB)
    way = "receives" if took.receives else "sends"
    return ReassignmentPlan(
        **plan_fields(plan),
        intent=intent,
        planned=True,
        bytes_moved=round(proposal.moved_bytes),
        lower_bound_bytes=round(proposal.lower_bound_bytes),
        gap=round(proposal.gap, 6),
        replicas_moved=proposal.replicas_moved,
        leaders_moved=proposal.leaders_moved,
        window_scope="rack" if proposal.by_rack else "cluster",
        duration_estimate_seconds=round(took.seconds, 1),
        bottleneck="" if took.broker is None else f"broker {took.broker} {way} most",
        balance=tuple(
            _balance_row(r.value, proposal.before[r], proposal.after[r])
            for r in proposal.after
            if layout.load(r).any()
        ),
        moves=_moves(layout, proposal),
        topic_spread=_spread(layout, proposal),
        brokers=_brokers(layout, proposal),
    )


def _spread(layout: "ReplicaLayout", proposal: "ProvedPlacement") -> TopicSpread:
    import numpy as np

    from steward.analysis.rebalance.topic_spread import misplaced

    before = misplaced(layout, proposal.usable)
    held, wanted = np.sort(layout.replicas, axis=1), np.sort(proposal.replicas, axis=1)
    if np.array_equal(held, wanted):
        return TopicSpread(misplaced_before=before, misplaced=before)
    after = replace(layout, replicas=proposal.replicas)
    return TopicSpread(misplaced_before=before, misplaced=misplaced(after, proposal.usable))


def _brokers(layout: "ReplicaLayout", proposal: "ProvedPlacement") -> tuple[BrokerBeforeAfter, ...]:
    from steward.analysis.rebalance.optimality import relative_load

    after = replace(layout, replicas=proposal.replicas, leader=proposal.leader)
    loads = [(r, layout.load(r), after.load(r)) for r in proposal.after]
    loads = [(r, was, now) for r, was, now in loads if was.any() or now.any()]
    relative = {
        r: [relative_load(layout, r, load, proposal.usable) for load in (was, now)]
        for r, was, now in loads
    }
    return tuple(
        BrokerBeforeAfter(
            broker=broker,
            rack=layout.racks[place],
            loads=tuple(
                LoadRow(
                    resource=r.value,
                    before=round(float(was[place]), 1),
                    after=round(float(now[place]), 1),
                    **{
                        f"relative_{when}": round(float(values[place]), 3)
                        if proposal.usable[place]
                        else None
                        for when, values in zip(("before", "after"), relative[r], strict=True)
                    },
                )
                for r, was, now in loads
            ),
        )
        for place, broker in enumerate(layout.brokers)
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


def _moves(layout: "ReplicaLayout", proposal: "ProvedPlacement") -> tuple[MoveRow, ...]:
    import numpy as np

    from steward.analysis.rebalance.layout import widened

    found: list[MoveRow] = []
    replicas = widened(layout.replicas, proposal.replicas.shape[1])
    ids = layout.brokers
    sizes: list[float] = layout.size.tolist()
    rows: list[int] = np.flatnonzero((proposal.replicas != replicas).any(axis=1)).tolist()
    held: list[list[int]] = replicas[rows].tolist()
    wanted: list[list[int]] = proposal.replicas[rows].tolist()
    led: list[int] = layout.leader[rows].tolist()
    leading: list[int] = proposal.leader[rows].tolist()
    for row, was, now, old, new in zip(rows, held, wanted, led, leading, strict=True):
        before = tuple([ids[b] for b in was if b >= 0])
        after = tuple([ids[b] for b in now if b >= 0])
        leaders = tuple(ids[b] if b >= 0 else -1 for b in (old, new))
        key = layout.partitions[row]
        copies = len(set(after) - set(before))
        found.append(MoveRow(topic=key.topic, partition=key.partition, before=before, after=after,
                             change=_change(before, after, leaders),
                             bytes=round(sizes[row]) * copies))  # fmt: skip
    return tuple(sorted(found, key=lambda m: (-m.bytes, m.topic, m.partition)))


def _change(before: tuple[int, ...], after: tuple[int, ...], leaders: tuple[int, ...]) -> str:
    """Format a partition's change: ``+4 -1, leader 1 to 4``."""
    came = [f"+{b}" for b in after if b not in before]
    gone = [f"-{b}" for b in before if b not in after]
    texts = [" ".join((*came, *gone))] if came or gone else []
    if leaders[0] != leaders[1]:
        texts.append(f"leader {leaders[0]} to {leaders[1]}")
    return ", ".join(texts) or "order only"
