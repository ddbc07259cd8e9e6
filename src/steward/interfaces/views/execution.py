"""Layout of an execution: its outcome, the steps that did not succeed, and how to continue."""

from collections.abc import Iterator

from steward.commands.plan.execution_report import ChangeReport, ExecutionReport, StepEnd
from steward.interfaces.views.blocks import Block, Column, Paragraph, Prose, Table
from steward.interfaces.views.plan import arrange_plan
from steward.model.command import Hint, steward
from steward.model.plan import PlanOutcome, PlanStepStatus
from steward.model.wording import count

SHOWN = 30
"""Maximum number of successful steps listed; of more only the count is shown, and -o wide has all."""
_GOOD = (PlanStepStatus.DONE, PlanStepStatus.ALREADY)
_STYLES = {PlanOutcome.DONE: "bold green", PlanOutcome.PARTLY: "bold yellow", None: "bold"}


def arrange_change(report: ChangeReport, wide: bool) -> tuple[Block, ...]:
    """Lay out a created plan: itself where it was not executed, else its execution."""
    if report.execution is None:
        return arrange_plan(report, wide)
    return arrange_execution(report.execution, wide)


def arrange_execution(report: ExecutionReport, wide: bool) -> tuple[Block, ...]:
    """Lay out an execution: headline, a table of steps, how to continue."""
    if report.outcome is None:  # a dry run: not started, and nothing blocks it
        left = sum(s.status is PlanStepStatus.SKIPPED for s in report.steps)
        text = f"{count(left, 'step')} would be executed"
    else:
        text = f"{report.outcome.value}: {report.summary}"
    if report.left_out:
        text += f"; partial: {count(len(report.left_out), 'impossible change')} left out"
    headline = Prose(f"plan {report.plan_id}: {text}", _STYLES.get(report.outcome, "bold red"))
    return (headline, *_steps(report, wide), *_left_out(report), *_next(report))


def _left_out(report: ExecutionReport) -> tuple[Block, ...]:
    lines = tuple((str(one.object), one.reason) for one in report.left_out)
    return (Paragraph("impossible, left out", "yellow", lines),) if lines else ()


def _steps(report: ExecutionReport, wide: bool) -> tuple[Block, ...]:
    good = [s for s in report.steps if s.status in _GOOD]
    hidden = 0 if wide else max(len(good) - SHOWN, 0)
    left_out = {s.index for s in good[SHOWN:]} if hidden else set[int]()
    to_do = "to do" if report.outcome is None else PlanStepStatus.SKIPPED.value
    rows = tuple(_row(s, to_do) for s in report.steps if s.index not in left_out)
    if not rows:
        return ()
    columns = tuple(Column(n, n.upper()) for n in ("status", "kind", "object", "detail"))
    table = Table("", columns, rows)
    more = Prose(f"and {hidden} more that succeeded (all: -o wide)", "dim")
    return (table, more) if hidden else (table,)


def _row(step: StepEnd, skipped: str) -> tuple[object, ...]:
    status = skipped if step.status is PlanStepStatus.SKIPPED else step.status.value
    return (status, step.kind, str(step.object), step.detail or None)


def _next(report: ExecutionReport) -> Iterator[Block]:
    statuses = {s.status for s in report.steps}
    if report.outcome is PlanOutcome.PARTLY or PlanStepStatus.UNSURE in statuses:
        yield Prose(Hint("continue: ", steward("plan resume", report.plan_id)), "dim")
    if report.irreversible:
        yield Prose(f"cannot be undone: {report.irreversible}", "dim")
    elif PlanStepStatus.DONE in statuses:
        yield Prose(Hint("undo: ", steward("plan undo", report.plan_id)), "dim")


ARRANGEMENTS = {ChangeReport: arrange_change, ExecutionReport: arrange_execution}
"""Layouts by result type."""
