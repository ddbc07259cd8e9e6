"""Turn a rebalance into a saved plan: each partition's move, then the leader elections."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from steward.analysis.rebalance.throttles.rates import floor_of, megabytes
from steward.commands.api.context import Context
from steward.commands.api.registry import Notice
from steward.commands.plan.change_command import plan_fields
from steward.commands.plan.create import PlanRequest, SavedPlan, create_plan_on, report
from steward.commands.reassignment.report import MoveRow, ReassignmentPlan
from steward.model.change import Change, ElectLeader, ReassignPartition
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import value_or

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.layout import ReplicaLayout


def save_reassignment(
    data: ReassignmentPlan,
    seen: ClusterSnapshot,
    context: Context,
    *,
    source: str,
    rate_mb: float,
    warnings: tuple[Notice, ...] = (),
) -> tuple[ReassignmentPlan, SavedPlan]:
    """Create the steps of the moves, save the checked plan, and add both to the report; ``rate_mb`` is the throttle.

    Errors: as `create_plan_on`.
    """
    wanted = PlanRequest(
        title=f"reassignment: {data.intent}",
        source=source,
        changes=changes_of(data.moves, seen),
        warnings=warnings,
        ordered=True,
        rate_bytes_per_second=max(round(rate_mb * 1_000_000), 1),
    )
    made = create_plan_on(context, wanted, seen)
    return replace(data, **plan_fields(report(made, context))), made


def changes_of(moves: Sequence[MoveRow], seen: ClusterSnapshot) -> tuple[Change, ...]:
    """Return the moves by partition, then an election for each partition whose leader changes.

    An election that the move itself causes is left out when the plan is created.
    """
    ordered = sorted(moves, key=lambda m: (m.topic, m.partition))
    topics = value_or(seen.topics, ())
    leaders = {p.key: p.leader for t in topics for p in t.partitions}
    moved = [
        ReassignPartition(
            partition=TopicPartition(m.topic, m.partition),
            replicas=m.after,
            changes_factor=len(m.after) != len(m.before),
        )
        for m in ordered
    ]
    elected = [
        ElectLeader(partition=m.partition)
        for m in moved
        if m.replicas and leaders.get(m.partition) != m.replicas[0]
    ]
    return (*moved, *elected)


def copies_too_slow(
    layout: "ReplicaLayout", moves: Sequence[MoveRow], rate_mb: float
) -> tuple[Notice, ...]:
    """Warn about copies that cannot finish at this rate because of their write rate; silent where that is unknown.

    Returns at most one notice: the partition that needs the highest rate, with the lowest rate that finishes.
    """
    written = dict(zip(layout.partitions, layout.bytes_in.tolist(), strict=True))
    rate = rate_mb * 1_000_000
    copied = [TopicPartition(m.topic, m.partition) for m in moves if m.bytes]
    worst = max(copied, key=lambda p: (written[p], p), default=None)
    if worst is None or written[worst] < rate:
        return ()
    nearest = megabytes(floor_of(written[worst]))
    return (
        Notice(
            code="throttle_too_low",
            message=f"producers write {megabytes(written[worst])} to {worst}, its copy may use {megabytes(rate)}: "
            "it would never finish",
            object=f"partition {worst}",
            remedy=f"lowest rate that finishes, {nearest}: --rate {floor_of(written[worst]) / 1_000_000:.2f}",
        ),
    )
