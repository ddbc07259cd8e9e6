"""Disks of the brokers before and after a relief."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.model.doc import Doc

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.goal import RebalanceGoal
    from steward.analysis.rebalance.layout import Ints, ReplicaLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskRow:
    """The disks of one broker; shares are of their size, 0 to 1."""

    broker: int
    disk_bytes: Annotated[int | None, Doc("size of its log directories' disks; none: unknown")]
    used_before: Annotated[float | None, Doc("share in use now, including what is no log")]
    used: Annotated[float | None, Doc("share in use afterwards")]
    limit: Annotated[float | None, Doc("share that it may use; none: it is not relieved")]


def disk_rows(
    goal: "RebalanceGoal", layout: "ReplicaLayout", replicas: "Ints"
) -> tuple[DiskRow, ...]:
    """Return the disks of each broker before and after a relief; empty for other goals."""
    from steward.analysis.rebalance.feasibility import usable_brokers
    from steward.analysis.rebalance.goal import Intent
    from steward.analysis.rebalance.relieve import disk_shares, must_give

    if goal.intent is not Intent.RELIEVE:
        return ()
    give = must_give(goal, layout, usable_brokers(goal, layout))
    before, after = disk_shares(layout), disk_shares(layout, replicas)
    whole = layout.disk + layout.not_logs
    return tuple(
        DiskRow(
            broker=broker,
            disk_bytes=_known(float(whole[place])),
            used_before=_share(float(before[place])),
            used=_share(float(after[place])),
            limit=round(goal.disk_share, 4) if give[place] else None,
        )
        for place, broker in enumerate(layout.brokers)
    )


def _known(value: float) -> int | None:
    return None if value == float("inf") else round(value)


def _share(value: float) -> float | None:
    return None if value != value else round(value, 4)
