"""Plans from manifests: compared with the cluster, judged, kept, shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.capabilities import plan_audit, plan_run
from steward.capabilities.comparing import Comparing
from steward.capabilities.context import Context
from steward.capabilities.manifest_files import sources
from steward.capabilities.no_collection import no_collection
from steward.capabilities.plan_report import PlanReport
from steward.capabilities.planned import Made, Wanted, answer_of, make
from steward.capabilities.registry import Answer, Capability, Notice, Outcome, capability
from steward.manifests.comparison.compare import declared_criticality, needed_parts
from steward.manifests.comparison.pruning import PRUNABLE
from steward.manifests.comparison.result import Comparison, Wishes
from steward.manifests.desired import Desired
from steward.manifests.kinds import ManifestSetSpec, PolicySpec
from steward.manifests.reading import Manifests, read
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot, Part
from steward.planning.kinds import kind_of

PARTS = (
    Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS, Part.BROKER_CONFIGS, Part.LOG_DIRS, Part.REASSIGNMENTS, Part.ACLS,
    Part.QUOTAS, Part.USERS,
)  # fmt: skip
"""What a plan of manifests may have to see; each only where manifests or a scope name its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanParams:
    """Which manifests, and how to compare them."""

    paths: Annotated[
        tuple[str, ...],
        Doc("files or folders of manifests; - is standard input", positional=True, metavar="PATH..."),
    ]  # fmt: skip
    prune: Annotated[
        tuple[str, ...],
        Doc(f"remove undeclared objects where their set says confirm: {', '.join(PRUNABLE)}", metavar="KIND"),
    ] = ()  # fmt: skip
    rotate: Annotated[
        tuple[str, ...], Doc("set the passwords of these users anew", metavar="USER")
    ] = ()
    pin: Annotated[bool, Doc("set also what the brokers' defaults give anyway")] = False
    exit_code: Annotated[bool, Doc("exit with 3 when something would change")] = False


@capability(
    "plan",
    parts=PARTS,
    formats=("markdown",),
    examples=(
        "steward plan manifests",
        "steward plan manifests --prune acls,quotas --exit-code",
        "steward plan manifests -o markdown > plan.md",
        "steward plan -",
    ),
)
def plan(params: PlanParams, context: Context) -> Answer[PlanReport]:
    """Compare manifests with the cluster, and plan what leads from one to the other.

    Nothing is changed. The plan is kept: steward plan execute ID runs exactly it. -o wide adds the commands of Apache
    Kafka's tools. Exit code 4 says that the guard refuses a step; 3, with --exit-code, that something differs.
    """
    with no_collection():
        made = plan_of(params, context)
        differs = bool(made.plan.steps or made.plan.impossible or made.wanted.remaining)
        outcome = Outcome.FINDINGS if params.exit_code and differs else Outcome.DONE
        return answer_of(made, context, outcome=outcome)


def plan_of(params: PlanParams, context: Context) -> Made:
    """Make and keep the plan of manifests.

    Errors: UsageError; ManifestsInvalid, with every problem; WrongCluster; those of observing.
    """
    wishes = _wishes(params)
    with no_collection():
        return _plan_of(params, wishes, context)


def _plan_of(params: PlanParams, wishes: Wishes, context: Context) -> Made:
    manifests = read(sources(params.paths, context.directory))
    comparing = Comparing(manifests, wishes, context)

    def wanted(snapshot: ClusterSnapshot) -> Wanted:
        wish = comparing.desired(snapshot)
        return _wanted(params, manifests, wish, comparing.result(snapshot))

    return make(context, wanted, then=comparing.looks)


def _wishes(params: PlanParams) -> Wishes:
    for kind in params.prune:
        if kind not in PRUNABLE:
            raise UsageError(
                f"there is no {kind!r} to prune", remedy=f"use one of {', '.join(PRUNABLE)}"
            )
    return Wishes(prune=frozenset(params.prune), rotate=frozenset(params.rotate), pin=params.pin)


def _wanted(
    params: PlanParams, manifests: Manifests, desired: Desired, found: Comparison
) -> Wanted:
    return Wanted(
        title=_title(manifests, params.paths),
        source=f"plan {' '.join(params.paths)}",
        changes=found.changes,
        impossible=found.impossible,
        remaining=found.remaining,
        rests_on=needed_parts(desired) - {Part.IDENTITY, Part.BROKERS},
        warnings=(*_notes(found), *_not_judged(manifests)),
        criticality=_of_changed(desired, found),
    )


def _title(manifests: Manifests, paths: tuple[str, ...]) -> str:
    sets = sorted(m.metadata.name for m, _ in manifests.of(ManifestSetSpec))
    return ", ".join(sets) or ", ".join(paths)


def _of_changed(desired: Desired, found: Comparison) -> Mapping[str, Criticality]:
    names = {t for c in found.changes for t in kind_of(c).topics(c)}
    return {t: level for t, level in declared_criticality(desired).items() if t in names}


def _notes(found: Comparison) -> tuple[Notice, ...]:
    return tuple(Notice(code="undeclared", message=note) for note in found.notes)


def _not_judged(manifests: Manifests) -> tuple[Notice, ...]:
    count = sum(1 for _ in manifests.of(PolicySpec))
    if not count:
        return ()
    return (
        Notice(
            code="policies_not_judged",
            message=f"{count} Policy documents lie among the manifests: plans are judged by those of the profile",
            remedy="name their file or folder in the profile: policies = [...]",
        ),
    )


CAPABILITIES: tuple[Capability, ...] = (
    plan,
    *plan_run.CAPABILITIES,
    *plan_audit.CAPABILITIES,
)
