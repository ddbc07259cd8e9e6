"""Differences between a cluster and its manifests, and since when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

from steward.change.drift.authorizer_log import read_requests
from steward.change.drift.differences import differences
from steward.change.manifests.comparison.pruning import PRUNABLE
from steward.change.planning.kinds import parts_of
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.manifest_files import MANIFEST_PATHS
from steward.commands.api.open_store import open_store
from steward.commands.api.plan_report import PlannedStep, PlanReport
from steward.commands.api.registry import Answer, Capability, Notice, Outcome, capability
from steward.commands.plan.create import SavedPlan, report
from steward.commands.plan.plan import PARTS, PlanParams, plan_of
from steward.model.doc import Doc
from steward.model.drift import Appearance, UnmanagedObject
from steward.model.error import StoreUnavailable
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftParams:
    """Which manifests."""

    paths: Annotated[tuple[str, ...], MANIFEST_PATHS]
    prune: Annotated[
        tuple[str, ...],
        Doc(f"also count undeclared objects where their set says confirm: {', '.join(PRUNABLE)}",
            metavar="KIND", commas=True),
    ] = ()  # fmt: skip
    pin: Annotated[bool, Doc("also count values that come only from the brokers' defaults")] = False
    authorizer_log: Annotated[
        tuple[str, ...],
        Doc(
            "logs of the brokers' authorizer (at DEBUG) to find who made the change", metavar="FILE"
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftedStep(PlannedStep):
    """One step that would restore the declared state."""

    appeared_at: Annotated[Instant | Unknown, Doc("first comparison that showed the difference")]
    absent_at: Annotated[Instant | None, Doc("last comparison before it; null: none")]
    changed_by: Annotated[
        str, Doc("who made the change, from steward's plans or the authorizer's log; empty where unknown")
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport(PlanReport):
    """A plan that restores the declared state, with the time since when each step is needed."""

    steps: Annotated[
        tuple[DriftedStep, ...], Doc("steps that would restore the declared state, in order")
    ]
    unmanaged: Annotated[
        tuple[UnmanagedObject, ...],
        Doc("objects in the scope of a set that no manifest declares; they do not count as drift"),
    ] = ()


@capability(
    "drift",
    parts=PARTS,
    formats=("markdown",),
    examples=("steward drift manifests", "steward drift manifests -o json"),
)
def drift(params: DriftParams, context: Context) -> Answer[DriftReport]:
    """Report how a cluster differs from its manifests, and since when; exit code 3 where it differs.

    The comparison is also a saved plan: steward plan execute ID restores the declared state. The time of a difference
    is known from earlier runs with the same store, and from steward serve: it appeared between absent_at and
    appeared_at. Its author is known where a plan of steward made the change, or where the authorizer's log is given.
    """
    wanted = PlanParams(paths=params.paths, prune=params.prune, pin=params.pin)
    made = plan_of(wanted, context, unmanaged=True)
    plain = report(made, context)
    seen, trouble = _appearances(made, params, context)
    steps = tuple(_drifted(step, seen) for step in plain.steps)
    copied: dict[str, Any] = {f.name: getattr(plain, f.name) for f in fields(plain)}
    copied["steps"] = steps
    result = DriftReport(**copied, unmanaged=made.request.unmanaged)
    found = answer(
        result,
        made.snapshot,
        context,
        parts_of(made.request.changes) | made.request.rests_on,
        warnings=(*made.request.warnings, *_unseen(made), *trouble),
    )
    if result.in_sync or found.outcome is not Outcome.DONE:
        return found
    return replace(found, outcome=Outcome.FINDINGS)


def _unseen(made: SavedPlan) -> Iterator[Notice]:
    """Return the kinds whose unmanaged objects are unknown; the plan reports its own unknown facts."""
    for part in (Part.ACLS, Part.QUOTAS, Part.USERS):
        seen = made.snapshot.part(part)
        is_asked = isinstance(seen, Unknown) and seen.why is not Why.NOT_REQUESTED
        if is_asked and part not in made.request.rests_on:
            text = f"unmanaged {part.value} are unknown: {seen}"
            yield Notice(code="unmanaged_unknown", message=text)


def _appearances(
    made: SavedPlan, params: DriftParams, context: Context
) -> tuple[Mapping[ObjectRef, Appearance], tuple[Notice, ...]]:
    from steward.change.drift.attribution import DriftAttribution

    plan = made.plan
    try:
        with open_store(context) as store:
            attribution = DriftAttribution(
                store=store,
                source=plan.title,
                log=lambda: read_requests(params.authorizer_log, context.directory),
            )
            return attribution.of(plan.cluster_id, differences(made), plan, plan.created_at), ()
    except StoreUnavailable as fault:
        notice = Notice(
            code=fault.code,
            message=f"unknown since when things differ: {fault.summary}",
            remedy=fault.remedy,
        )
        return {}, (notice,)


def _drifted(step: PlannedStep, seen: Mapping[ObjectRef, Appearance]) -> DriftedStep:
    since = seen.get(step.object)
    unknown = Unknown(Why.NEEDS_HISTORY, "the store could not be used")
    copied: dict[str, Any] = {f.name: getattr(step, f.name) for f in fields(step)}
    return DriftedStep(
        **copied,
        appeared_at=since.seen_at if since else unknown,
        absent_at=since.absent_at if since else None,
        changed_by=since.by if since else "",
    )


CAPABILITIES: tuple[Capability, ...] = (drift,)
