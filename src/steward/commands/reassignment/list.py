"""``steward reassignment list``: list partitions that are moving now, including moves of other tools."""

from dataclasses import dataclass

from steward.cluster.ports import EVERYTHING
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.model.snapshot import Part
from steward.model.unknown import value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentListParams:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentRow:
    """A moving partition; broker ids."""

    topic: str
    partition: int
    replicas: tuple[int, ...]
    adding: tuple[int, ...]
    removing: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentList:
    """All moves, including those of other tools."""

    reassignments: tuple[ReassignmentRow, ...]


@capability(
    "reassignment.list",
    is_list=True,
    parts=(Part.REASSIGNMENTS,),
    examples=("steward reassignment list",),
)
def list_reassignments(
    params: ReassignmentListParams, context: Context
) -> Answer[ReassignmentList]:
    """List partitions that are moving now, including moves of other tools."""
    with context.connect(context.connection) as observer:
        parts = frozenset({Part.REASSIGNMENTS, Part.IDENTITY})
        seen = observer.observe(parts, EVERYTHING, context.progress)
    rows = tuple(
        ReassignmentRow(
            topic=r.partition.topic,
            partition=r.partition.partition,
            replicas=r.replicas,
            adding=r.adding,
            removing=r.removing,
        )
        for r in sorted(value_or(seen.reassignments, ()), key=lambda r: r.partition)
    )
    return answer(ReassignmentList(reassignments=rows), seen, context, (Part.REASSIGNMENTS,))


CAPABILITIES: tuple[Capability, ...] = (list_reassignments,)
