"""Arranging a plan that is cancelled: what is stopped, where each move returns to, and what became of it."""

from collections import Counter

from steward.commands.plan.cancel_moves import CancelQuestion, CancelReport, CancelRow
from steward.interfaces.views.blocks import Block, Prose, table
from steward.interfaces.views.execution import arrange_execution
from steward.model.wording import count

SHOWN = 40
"""Moves that are listed; beyond that only their number is shown, and -o wide lists all."""
_SAID = {
    "returns": "to stop and return",
    "finishes": "to finish first",
    "stays": "arrived",
    "not_started": "not started",
    "others": "moved by others",
}


def arrange_question(report: CancelQuestion, wide: bool) -> tuple[Block, ...]:
    """Arrange what cancelling a plan would do."""
    return (Prose(f"cancel plan {report.id}: {report.title}", "bold"), *_moves(report.moves, wide))


def arrange_cancellation(report: CancelReport, wide: bool) -> tuple[Block, ...]:
    """Arrange a dry run as what it would do, anything else as what became of the plan."""
    if report.outcome is None:
        return (Prose(f"plan {report.plan_id}", "bold"), *_moves(report.moves, wide))
    return arrange_execution(report, wide)


def _moves(rows: tuple[CancelRow, ...], wide: bool) -> tuple[Block, ...]:
    shown = rows if wide else rows[:SHOWN]
    hidden = len(rows) - len(shown)
    more = (Prose(f"and {hidden} more moves (all of them: -o wide)", "dim"),) if hidden else ()
    counts = Counter(row.effect for row in rows)
    counted = ", ".join(
        f"{counts[effect]} {said}" for effect, said in _SAID.items() if counts[effect]
    )
    headline = f"{count(len(rows), 'move')}: {counted}" if rows else "no moves are known"
    return (Prose(headline), table("", shown, CancelRow, "no moves"), *more)


ARRANGEMENTS = {CancelQuestion: arrange_question, CancelReport: arrange_cancellation}
"""Who arranges which result."""
