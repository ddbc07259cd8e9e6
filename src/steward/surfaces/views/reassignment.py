"""Arranging a rebalance: what it moves beside the least possible, how even it gets, then the moves."""

from steward.capabilities.reassignment_report import BalanceRow, MoveRow, ReassignmentPlan
from steward.model.wording import span
from steward.surfaces.views.blocks import Block, Prose, table
from steward.surfaces.views.cells import scaled_bytes

SHOWN = 20
"""Moves that are listed; -o wide has all."""


def arrange_reassignment(plan: ReassignmentPlan, wide: bool) -> tuple[Block, ...]:
    """Arrange the certificate first: it is what a person decides by."""
    if not plan.planned:
        return ()
    if not plan.moves:
        return (
            Prose(f"{plan.intent}: nothing has to move", "bold"),
            table("balance", plan.balance, BalanceRow),
        )
    rows = plan.moves if wide else plan.moves[:SHOWN]
    hidden = len(plan.moves) - len(rows)
    more = (Prose(f"and {hidden} more partitions (all of them: -o wide)", "dim"),) if hidden else ()
    return (
        Prose(_headline(plan), "bold"),
        Prose(_duration(plan)),
        table("balance", plan.balance, BalanceRow),
        table("moves", rows, MoveRow),
        *more,
    )


def _headline(plan: ReassignmentPlan) -> str:
    least = (
        f"; no plan moves less than {scaled_bytes(plan.lower_bound_bytes)} ({plan.gap:.2%} above it)"
        if plan.lower_bound_bytes
        else ""
    )
    return (
        f"{plan.intent}: {scaled_bytes(plan.bytes_moved)} in {plan.replicas_moved:,} replicas move, "
        f"{plan.leaders_moved:,} partitions get another leader{least}"
    )


def _duration(plan: ReassignmentPlan) -> str:
    if not plan.bottleneck:
        return "no data is copied: it takes seconds"
    return f"at least {span(plan.duration_estimate_seconds)} at the given rate: {plan.bottleneck}"
