"""Layout of a rebalance: data moved and the lower bound, the resulting balance, then the moves."""

from steward.commands.reassignment.relief import DiskRow
from steward.commands.reassignment.report import BalanceRow, MoveRow, ReassignmentPlan
from steward.commands.reassignment.staying import StayingRow
from steward.interfaces.views.blocks import (
    Block,
    Column,
    Lines,
    Paragraph,
    Prose,
    Table,
    table,
)
from steward.interfaces.views.cells import partitions_in_short
from steward.interfaces.views.plan import closing
from steward.model.command import Hint, steward
from steward.model.names import TopicPartition
from steward.model.wording import count, duration, size

SHOWN = 20
"""Moves that are listed; -o wide has all."""


def arrange_reassignment(plan: ReassignmentPlan, wide: bool) -> tuple[Block, ...]:
    """Lay out the summary first: the decision depends on it."""
    if not plan.planned:
        return ()
    if not plan.moves:
        left = f"no move is possible, {count(len(plan.staying), 'replica')} {_stays(plan.staying)}"
        return (
            Prose(f"{plan.intent}: {left if plan.staying else 'nothing needs to move'}", "bold"),
            *_disks(plan),
            table("balance", plan.balance, BalanceRow),
            *_staying(plan, wide=wide),
            *_drained(plan),
        )
    hidden = 0 if wide else max(0, len(plan.moves) - SHOWN)
    more = (
        (Prose(f"and {count(hidden, 'more partition')} (all: -o wide)", "dim"),) if hidden else ()
    )
    return (
        Prose(headline(plan), "bold"),
        Lines((duration_text(plan), spread_text(plan), *_scope(plan))),
        *_disks(plan),
        table("balance", plan.balance, BalanceRow),
        table("moves", plan.moves, MoveRow) if wide else _marked(plan.moves[:SHOWN]),
        *more,
        *_staying(plan, wide=wide),
        *closing(plan, wide=wide),
        *_drained(plan),
    )


def _scope(plan: ReassignmentPlan) -> tuple[str, ...]:
    """Say what loads and windows refer to: with windows of racks, brokers are even within each, not over all."""
    if plan.window_scope == "rack":
        return (
            "loads: 1 is the mean broker's; windows refer to each rack, because replicas keep to their racks",
        )
    return ("loads: 1 is the mean broker's; windows refer to the whole cluster",)


def _disks(plan: ReassignmentPlan) -> tuple[Block, ...]:
    return (table("disks", plan.disks, DiskRow),) if plan.disks else ()


def _stays(rows: tuple[StayingRow, ...]) -> str:
    return "stays" if len(rows) == 1 else "stay"


def _staying(plan: ReassignmentPlan, *, wide: bool) -> tuple[Block, ...]:
    """Name the replicas that a drain leaves, by broker, reason and topic."""
    found: dict[tuple[int, str, str], list[TopicPartition]] = {}
    for row in plan.staying:
        partitions = found.setdefault((row.broker, row.why, row.topic), [])
        partitions.append(TopicPartition(row.topic, row.partition))
    lines = [
        (f"broker {broker}", f"{partitions_in_short(partitions)}: {why}")
        for (broker, why, _), partitions in sorted(found.items())
    ]
    hidden = 0 if wide else max(0, len(lines) - SHOWN)
    if hidden:
        lines = [*lines[:SHOWN], ("", f"and {count(hidden, 'more topic')} (all: -o wide)")]
    return (Paragraph("stays on the brokers to drain", "yellow", tuple(lines)),) if lines else ()


def _drained(plan: ReassignmentPlan) -> tuple[Block, ...]:
    """Show how to unregister the brokers that are empty afterwards."""
    return tuple(
        Prose(Hint("once it is empty and stopped: ", steward("broker unregister", broker)), "dim")
        for broker in plan.brokers_emptied
    )


def _marked(moves: tuple[MoveRow, ...]) -> Table:
    """Lay out moves one per line, replicas removed and added in brackets."""
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
    """Format replicas, those missing from the others in brackets: ``[1],2,3``."""
    return ",".join(str(b) if b in others else f"[{b}]" for b in replicas)


def headline(plan: ReassignmentPlan) -> str:
    """Format in one line what moves, and the lower bound."""
    least = (
        f"; no plan moves less than {size(plan.lower_bound_bytes)} ({plan.gap:.2%} above it)"
        if plan.lower_bound_bytes
        else ""
    )
    gone = sum(max(0, len(m.before) - len(m.after)) for m in plan.moves)
    dropped = f"{count(gone, 'replica')} {'is' if gone == 1 else 'are'} removed, " if gone else ""
    moved, led = plan.replicas_moved, plan.leaders_moved
    return (
        f"{plan.intent}: {count(moved, 'replica')} {'moves' if moved == 1 else 'move'} "
        f"({size(plan.bytes_moved)}), {dropped}"
        f"{count(led, 'partition')} {'changes' if led == 1 else 'change'} leader{least}"
    )


def duration_text(plan: ReassignmentPlan) -> str:
    """Format the minimum duration, and its bottleneck."""
    if not plan.bottleneck:
        return "no data is copied: it takes seconds"
    return (
        f"at least {duration(plan.duration_estimate_seconds)} at the given rate: {plan.bottleneck}"
    )


def spread_text(plan: ReassignmentPlan) -> str:
    """Format how evenly topics are spread over brokers."""
    spread = plan.topic_spread
    now, then = spread.misplaced, spread.misplaced_before
    return f"{count(now, 'replica')} off an even spread of their topics, {then:,} before"


ARRANGEMENTS = {ReassignmentPlan: arrange_reassignment}
"""Layouts by result type."""
