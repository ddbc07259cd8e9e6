"""Parameters and answers shared by the commands on saved plans."""

from dataclasses import dataclass
from typing import Annotated, TypeVar

from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings
from steward.commands.api.registry import Answer
from steward.commands.plan.execution import ConsentParams
from steward.commands.plan.plan_cluster import cluster_of
from steward.model.doc import Candidates, Doc
from steward.model.instant import Instant
from steward.model.plan import Plan

R = TypeVar("R")

PLAN_ID = Doc("the plan's id, or its first characters", positional=True, completes=Candidates.PLANS)


ALLOW_PARTIAL = Doc("execute the possible steps, and leave out what is impossible")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanConsentParams(ConsentParams):
    """Which plan, and what is confirmed."""

    id: Annotated[str, PLAN_ID]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanExecuteParams(PlanConsentParams):
    """Which plan, what is confirmed, and whether a part of it is enough."""

    allow_partial: Annotated[bool, ALLOW_PARTIAL] = False


def answer_about_plan(plan: Plan, data: R, context: Context) -> Answer[R]:
    """Return an answer about a saved plan."""
    return Answer(
        data=data,
        cluster=cluster_of(plan, context),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
    )
