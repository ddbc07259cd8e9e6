"""Helpers of commands that change a cluster: the source of their plans, and reports with fields of their own."""

import shlex
from dataclasses import fields
from typing import Any

from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer
from steward.commands.plan.create import PlanRequest, create_plan
from steward.commands.plan.execution import confirm_and_report
from steward.commands.plan.execution_report import ChangeReport


def source_of(*words: str) -> str:
    """Format the command that created a plan, without options of this run only; empty words are omitted."""
    return shlex.join(("steward", *(word for word in words if word)))


def plan_fields(report: PlanReport) -> dict[str, Any]:
    """Return a plan report's fields, to build an extended report."""
    return {f.name: getattr(report, f.name) for f in fields(PlanReport)}


def planned_change(
    context: Context, params: ConsentParams, wanted: PlanRequest
) -> Answer[ChangeReport]:
    """Create the requested plan, and execute it if policy allows and it is confirmed.

    Errors: as `create_plan` and `change`.
    """
    made = create_plan(context, lambda _: wanted, dry_run=params.dry_run)
    return confirm_and_report(made, context, params)
