"""``steward plan``: compare manifests with the cluster; check, save and show the plan."""

from dataclasses import dataclass, replace
from typing import Annotated

from steward.change.manifests.comparison.pruning import PRUNABLE
from steward.change.manifests.comparison.result import ComparisonOptions
from steward.change.manifests.reading import read
from steward.change.plan_builder.declared import Declared, plan_manifests
from steward.commands.api.context import Context
from steward.commands.api.gc_paused import gc_paused
from steward.commands.api.manifest_files import MANIFEST_PATHS, sources
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer, Capability, Outcome, capability
from steward.commands.plan.create import SavedPlan, answer_of, saved_plan
from steward.commands.plan.retention_steps import PAUSE, PAUSE_SECONDS, STEPS, retention_cut
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.snapshot import Part

PARTS = (
    Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS, Part.BROKER_CONFIGS, Part.LOG_DIRS, Part.REASSIGNMENTS, Part.ACLS,
    Part.QUOTAS, Part.USERS,
)  # fmt: skip
"""Parts that a plan of manifests may need; each only where manifests or a scope name its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanParams:
    """Which manifests, and how to compare them."""

    paths: Annotated[tuple[str, ...], MANIFEST_PATHS]
    prune: Annotated[
        tuple[str, ...],
        Doc(f"remove undeclared objects where their set says confirm: {', '.join(PRUNABLE)}",
            metavar="KIND", commas=True),
    ] = ()  # fmt: skip
    rotate: Annotated[
        tuple[str, ...], Doc("set new passwords for these users", metavar="USER")
    ] = ()
    pin: Annotated[bool, Doc("also set values equal to the brokers' defaults")] = False
    retention_steps: Annotated[int | None, STEPS] = None
    retention_pause: Annotated[float, PAUSE] = PAUSE_SECONDS
    target: Annotated[
        tuple[str, ...],
        Doc("plan only this object, such as Topic/payments.orders; what it depends on is named",
            metavar="KIND/NAME"),
    ] = ()  # fmt: skip
    allow_partial: Annotated[
        bool, Doc("accept a plan of which a part is impossible: plan execute takes it, too")
    ] = False
    exit_code: Annotated[bool, Doc("exit with 3 when something would change")] = False


@capability(
    "plan",
    parts=PARTS,
    formats=("markdown",),
    examples=(
        "steward plan manifests",
        "steward plan manifests --prune acls,quotas --exit-code",
        "steward plan manifests -o markdown > plan.md",
        "steward plan manifests --retention-steps 5",
        "steward plan manifests --target Topic/payments.orders --target User/payments-api",
        "steward plan manifests --allow-partial",
        "steward plan -",
    ),
)
def plan(params: PlanParams, context: Context) -> Answer[PlanReport]:
    """Compare manifests with the cluster, and plan the changes between them.

    Nothing is changed. The plan is saved: steward plan execute ID runs exactly it. -o wide adds the commands of Apache
    Kafka's tools. Exit code 4: a step is blocked by policy; 3, with --exit-code: something differs.
    """
    with gc_paused():
        found = plan_of(params, context)
        differs = bool(found.plan.steps or found.plan.impossible or found.request.remaining)
        outcome = Outcome.FINDINGS if params.exit_code and differs else Outcome.DONE
        return answer_of(found, context, outcome=outcome)


def plan_of(params: PlanParams, context: Context, *, unmanaged: bool = False) -> SavedPlan:
    """Make and save the plan of manifests; ``unmanaged``: observe also what the scopes hold and no manifest declares.

    Errors: UsageError; ManifestsInvalid, with every problem; WrongCluster; those of observing.
    """
    options = replace(_requests(params), unmanaged=unmanaged)
    with gc_paused():
        return _plan_of(params, options, context)


def _plan_of(params: PlanParams, options: ComparisonOptions, context: Context) -> SavedPlan:
    declared = Declared(
        manifests=read(sources(params.paths, context.directory)),
        cluster=context.named_profile[0],
        paths=params.paths,
        options=options,
        cut=retention_cut(params.retention_steps, params.retention_pause),
        targets=params.target,
    )
    return saved_plan(
        context,
        lambda builder: plan_manifests(declared, builder),
        allow_partial=params.allow_partial,
    )


def _requests(params: PlanParams) -> ComparisonOptions:
    for kind in params.prune:
        if kind not in PRUNABLE:
            raise UsageError(f"cannot prune {kind!r}", remedy=f"use one of {', '.join(PRUNABLE)}")
    return ComparisonOptions(
        prune=frozenset(params.prune), rotate=frozenset(params.rotate), pin=params.pin
    )


CAPABILITIES: tuple[Capability, ...] = (plan,)
