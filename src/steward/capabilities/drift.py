"""Where a cluster has left its manifests, and since when."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any

from steward.capabilities.answering import answer
from steward.capabilities.context import Context
from steward.capabilities.plan import PARTS, PlanParams, plan_of
from steward.capabilities.plan_report import PlannedStep, PlanReport
from steward.capabilities.planned import Made, report
from steward.capabilities.registry import Answer, Capability, Notice, Outcome, capability
from steward.capabilities.remembered import remembered
from steward.manifests.comparison.pruning import PRUNABLE
from steward.model.doc import Doc
from steward.model.error import StoreUnavailable
from steward.model.instant import Instant
from steward.model.unknown import Unknown, Why
from steward.planning.kinds import parts_of

if TYPE_CHECKING:  # SQLAlchemy is imported only by work that needs it
    from steward.store.drift import Appearance


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftParams:
    """Which manifests."""

    paths: Annotated[
        tuple[str, ...],
        Doc("files or folders of manifests; - is standard input", positional=True, metavar="PATH..."),
    ]  # fmt: skip
    prune: Annotated[
        tuple[str, ...],
        Doc(f"count undeclared objects where their set says confirm: {', '.join(PRUNABLE)}", metavar="KIND"),
    ] = ()  # fmt: skip
    pin: Annotated[bool, Doc("count also what only the brokers' defaults give")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftedStep(PlannedStep):
    """One step that would lead back."""

    appeared_at: Annotated[Instant | Unknown, Doc("the first look that showed the difference")]
    absent_at: Annotated[Instant | None, Doc("the last look before it; null: there was none")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport(PlanReport):
    """A plan that leads back to the manifests, with the time since when each step is needed."""

    steps: Annotated[tuple[DriftedStep, ...], Doc("what would lead back, in order")]


@capability(
    "drift",
    parts=PARTS,
    formats=("markdown",),
    examples=("steward drift manifests", "steward drift manifests -o json"),
)
def drift(params: DriftParams, context: Context) -> Answer[DriftReport]:
    """Say where a cluster has left its manifests, and since when; exit code 3 where it has.

    The same comparison as a plan, which is kept: steward plan execute ID leads back. Since when things differ is known
    from earlier runs on the same store: a difference came between absent_at and appeared_at.
    """
    made = plan_of(PlanParams(paths=params.paths, prune=params.prune, pin=params.pin), context)
    plain = report(made, context)
    seen, trouble = _appearances(made, plain, context)
    steps = tuple(_drifted(step, seen) for step in plain.steps)
    copied: dict[str, Any] = {f.name: getattr(plain, f.name) for f in fields(plain)}
    copied["steps"] = steps
    result = DriftReport(**copied)
    found = answer(
        result,
        made.snapshot,
        context,
        parts_of(made.wanted.changes) | made.wanted.rests_on,
        warnings=(*made.wanted.warnings, *trouble),
    )
    if result.in_sync or found.outcome is not Outcome.DONE:
        return found
    return replace(found, outcome=Outcome.FINDINGS)


def _appearances(
    made: Made, plain: PlanReport, context: Context
) -> tuple[Mapping[str, "Appearance"], tuple[Notice, ...]]:
    differences = {d for step in plain.steps for d in differences_of(step)}
    try:
        with remembered(context) as store:
            seen = store.drift.record(
                plain.cluster_id, made.plan.title, differences, made.plan.created_at
            )
    except StoreUnavailable as fault:
        notice = Notice(
            code=fault.code,
            message=f"since when things differ is unknown: {fault.summary}",
            remedy=fault.remedy,
        )
        return {}, (notice,)
    return seen, ()


def differences_of(step: PlannedStep) -> Iterator[str]:
    """Yield a digest for each value of an object that differs: one that joins later has a time of its own."""
    keys = sorted({*step.before, *step.after})
    changed = [k for k in keys if step.before.get(k) != step.after.get(k)] or [""]
    for key in changed:
        said = [step.kind, str(step.object), key, step.before.get(key), step.after.get(key)]
        yield hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _drifted(step: PlannedStep, seen: Mapping[str, "Appearance"]) -> DriftedStep:
    known = [seen[d] for d in differences_of(step) if d in seen]
    first = min(known, key=lambda a: a.seen_at) if known else None
    unknown = Unknown(Why.NEEDS_HISTORY, "the store could not be used")
    copied: dict[str, Any] = {f.name: getattr(step, f.name) for f in fields(step)}
    return DriftedStep(
        **copied,
        appeared_at=first.seen_at if first else unknown,
        absent_at=first.absent_at if first else None,
    )


CAPABILITIES: tuple[Capability, ...] = (drift,)
