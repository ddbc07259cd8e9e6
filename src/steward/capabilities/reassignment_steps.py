"""From what a rebalance moves to a plan that is kept: each partition's move, and the elections that end them."""

from collections.abc import Sequence
from dataclasses import replace

from steward.capabilities.changing import plan_fields
from steward.capabilities.context import Context
from steward.capabilities.planned import Made, Wanted, make_on, report
from steward.capabilities.reassignment_report import MoveRow, ReassignmentPlan
from steward.capabilities.registry import Notice
from steward.model.change import Change, ElectLeader, ReassignPartition
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Observed


def kept_plan(
    data: ReassignmentPlan,
    seen: ClusterSnapshot,
    context: Context,
    *,
    source: str,
    warnings: tuple[Notice, ...] = (),
) -> tuple[ReassignmentPlan, Made]:
    """Make steps of moves, have them judged and kept, and put both into the report.

    Errors: as `make_on`.
    """
    wanted = Wanted(
        title=f"reassignment: {data.intent}",
        source=source,
        changes=changes_of(data.moves, seen),
        warnings=warnings,
        ordered=True,
    )
    made = make_on(context, wanted, seen)
    return replace(data, **plan_fields(report(made, context))), made


def changes_of(moves: Sequence[MoveRow], seen: ClusterSnapshot) -> tuple[Change, ...]:
    """Return the moves by partition, and then an election for each that another broker is to lead.

    Shape: an election that the move itself brings about is left out when the plan is made.
    """
    ordered = sorted(moves, key=lambda m: (m.topic, m.partition))
    topics = seen.topics.value if isinstance(seen.topics, Observed) else ()
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
