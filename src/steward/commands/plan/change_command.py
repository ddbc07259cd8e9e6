"""What verbs that change a cluster share besides: how their plans name them, and reports with facts of their own."""

import shlex
from dataclasses import fields
from typing import Any

from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer
from steward.commands.plan.create import PlanRequest, create_plan
from steward.commands.plan.execution import change
from steward.commands.plan.execution_report import ChangeReport


def source_of(*words: str) -> str:
    """Write the command that a plan was made of, without what only this run was told; empty words are left out."""
    return shlex.join(("steward", *(word for word in words if word)))


def plan_fields(report: PlanReport) -> dict[str, Any]:
    """Return a plan's fields, to make a report of them that holds more."""
    return {f.name: getattr(report, f.name) for f in fields(PlanReport)}


def planned_change(
    context: Context, params: ConsentParams, wanted: PlanRequest
) -> Answer[ChangeReport]:
    """Plan what is wanted, and change the cluster if the guard allows it and somebody agrees.

    Errors: as `create_plan` and `change`.
    """
    return change(create_plan(context, lambda _: wanted), context, params)
