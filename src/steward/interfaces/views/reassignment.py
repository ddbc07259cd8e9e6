"""Arranging a rebalance: what it moves beside the least possible, how even it gets, then the moves."""

from steward.commands.reassignment.report import BalanceRow, MoveRow, ReassignmentPlan
from steward.interfaces.views.blocks import Block, Column, Lines, Prose, Table, table
from steward.interfaces.views.cells import scaled_bytes
from steward.interfaces.views.plan import closing
from steward.model.command import Hint, steward
from steward.model.wording import span

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
    hidden = 0 if wide else max(0, len(plan.moves) - SHOWN)
    more = (Prose(f"and {hidden} more partitions (all of them: -o wide)", "dim"),) if hidden else ()
    return (
        Prose(headline(plan), "bold"),
        Lines((duration_text(plan), spread_text(plan))),
        table("balance", plan.balance, BalanceRow),
        table("moves", plan.moves, MoveRow) if wide else _marked(plan.moves[:SHOWN]),
        *more,
        *closing(plan, wide=wide),
        *_drained(plan),
    )


def _drained(plan: ReassignmentPlan) -> tuple[Block, ...]:
    """Say how the brokers that hold nothing afterwards are forgotten."""
    if plan.intent != "drain":
        return ()
    left = {b for m in plan.moves for b in m.before} - {b for m in plan.moves for b in m.after}
    return tuple(
        Prose(Hint("once it is empty and stopped: ", steward("broker unregister", broker)), "dim")
        for broker in sorted(left)
    )


def _marked(moves: tuple[MoveRow, ...]) -> Table:
    """Arrange moves one a line, replicas that go and that come in brackets."""
    heads = ("topic", "partition", "before", "after", "change", "bytes")
    rows = tuple(
        (
            m.topic,
            m.partition,
            marked(m.before, m.after),
            marked(m.after, m.before),
            m.change,
            m.bytes,
        )
        for m in moves
    )
    return Table("moves", tuple(Column(h, h.upper()) for h in heads), rows)


def marked(replicas: tuple[int, ...], others: tuple[int, ...]) -> str:
    """Write replicas, those that are not among the others in brackets: ``[1],2,3``."""
    return ",".join(str(b) if b in others else f"[{b}]" for b in replicas)


def headline(plan: ReassignmentPlan) -> str:
    """Say in a line what moves, and what moves at least."""
    least = (
        f"; no plan moves less than {scaled_bytes(plan.lower_bound_bytes)} ({plan.gap:.2%} above it)"
        if plan.lower_bound_bytes
        else ""
    )
    gone = sum(max(0, len(m.before) - len(m.after)) for m in plan.moves)
    dropped = f"{gone:,} replicas are dropped, " if gone else ""
    return (
        f"{plan.intent}: {scaled_bytes(plan.bytes_moved)} in {plan.replicas_moved:,} replicas move, {dropped}"
        f"{plan.leaders_moved:,} partitions get another leader{least}"
    )


def duration_text(plan: ReassignmentPlan) -> str:
    """Say how long it takes at least, and because of whom."""
    if not plan.bottleneck:
        return "no data is copied: it takes seconds"
    return f"at least {span(plan.duration_estimate_seconds)} at the given rate: {plan.bottleneck}"


def spread_text(plan: ReassignmentPlan) -> str:
    """Say how evenly topics lie over brokers."""
    spread = plan.topic_spread
    now, then = spread.misplaced, spread.misplaced_before
    return f"{now:,} replicas lie beyond an even spread of their topics, {then:,} before"


ARRANGEMENTS = {ReassignmentPlan: arrange_reassignment}
"""Who arranges which result."""
