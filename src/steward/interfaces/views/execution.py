"""Arranging what became of a plan: how it ended, the steps that did not end well, and how to go on."""

from collections.abc import Iterator

from steward.commands.plan.execution_report import ChangeReport, ExecutionReport, StepEnd
from steward.interfaces.views.blocks import Block, Column, Prose, Table
from steward.interfaces.views.plan import arrange_plan
from steward.model.command import Hint, steward
from steward.model.plan import PlanOutcome, PlanStepStatus
from steward.model.wording import count

SHOWN = 30
"""Steps that ended well and are listed; of more only the number is told, and -o wide has all."""
_GOOD = (PlanStepStatus.DONE, PlanStepStatus.ALREADY)
_STYLES = {PlanOutcome.DONE: "bold green", PlanOutcome.PARTLY: "bold yellow", None: "bold"}


def arrange_change(report: ChangeReport, wide: bool) -> tuple[Block, ...]:
    """Arrange a plan that a command made: itself where it was not carried out, else what became of it."""
    if report.execution is None:
        return arrange_plan(report, wide)
    return arrange_execution(report.execution, wide)


def arrange_execution(report: ExecutionReport, wide: bool) -> tuple[Block, ...]:
    """Arrange an execution: headline, a table of steps, how to go on."""
    if report.outcome is None:  # a dry run: nothing was tried, and nothing forbids it
        left = sum(s.status is PlanStepStatus.SKIPPED for s in report.steps)
        told = f"{count(left, 'step')} would be carried out"
    else:
        told = f"{report.outcome.value}: {report.summary}"
    headline = Prose(f"plan {report.plan_id}: {told}", _STYLES.get(report.outcome, "bold red"))
    return (headline, *_steps(report, wide), *_next(report))


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
    more = Prose(f"and {hidden} more that ended well (all of them: -o wide)", "dim")
    return (table, more) if hidden else (table,)


def _row(step: StepEnd, skipped: str) -> tuple[object, ...]:
    status = skipped if step.status is PlanStepStatus.SKIPPED else step.status.value
    return (status, step.kind, str(step.object), step.detail or None)


def _next(report: ExecutionReport) -> Iterator[Block]:
    statuses = {s.status for s in report.steps}
    if report.outcome is PlanOutcome.PARTLY or PlanStepStatus.UNSURE in statuses:
        yield Prose(Hint("to go on: ", steward("plan resume", report.plan_id)), "dim")
    if report.irreversible:
        yield Prose(f"it cannot be undone: {report.irreversible}", "dim")
    elif PlanStepStatus.DONE in statuses:
        yield Prose(Hint("to undo it: ", steward("plan undo", report.plan_id)), "dim")


ARRANGEMENTS = {ChangeReport: arrange_change, ExecutionReport: arrange_execution}
"""Who arranges which result."""
