"""``steward reassignment snapshot``: save replica placement and sizes, for planning without the cluster."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.reassignment.rebalance_input import (
    INPUT_PARTS,
    input_from_cluster,
    write_file,
)
from steward.model.doc import Doc
from steward.model.snapshot import ClusterSnapshot, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentSnapshotParams:
    """The file to write."""

    file: Annotated[str, Doc("the file to write", positional=True)]
    window: Annotated[float, Doc("measure write rates for this long", metavar="DURATION")] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentSnapshot:
    """Summary of the file."""

    file: str
    brokers: int
    partitions: int
    bytes: Annotated[int, Doc("of all replicas")]


@capability(
    "reassignment.snapshot",
    parts=(*INPUT_PARTS, Part.OFFSETS),
    long=True,
    examples=("steward reassignment snapshot prod.layout.json",),
)
def snapshot_layout(
    params: ReassignmentSnapshotParams, context: Context
) -> Answer[ReassignmentSnapshot]:
    """Save replica placement and sizes to a file, for planning without the cluster."""
    from steward.analysis.rebalance.layout import BalancedResource
    from steward.analysis.rebalance.layout_file import write_layout

    inputs = input_from_cluster(params.window, context)
    layout = inputs.layout
    write_file(params.file, write_layout(layout), context)
    data = ReassignmentSnapshot(
        file=params.file,
        brokers=len(layout.brokers),
        partitions=len(layout.partitions),
        bytes=round(float(layout.load(BalancedResource.DISK).sum())),
    )
    seen = inputs.seen or ClusterSnapshot()
    return answer(data, seen, context, INPUT_PARTS)


CAPABILITIES: tuple[Capability, ...] = (snapshot_layout,)
