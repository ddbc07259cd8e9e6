"""Manifests against a live cluster: what to observe, and the changes from one to the other."""

from collections.abc import Mapping
from dataclasses import dataclass

from steward.change.manifests.comparison.compare import declared_criticality, needed_parts
from steward.change.manifests.comparison.result import Comparison, ComparisonOptions
from steward.change.manifests.desired import DesiredState
from steward.change.manifests.kinds import ManifestSetSpec, PolicySpec
from steward.change.manifests.reading import Manifests
from steward.change.plan_builder.builder import BuiltPlan, PlanBuilder, PlanRequest
from steward.change.plan_builder.manifest_comparison import ManifestComparison
from steward.change.plan_builder.targets import restricted
from steward.change.planning.kinds import kind_of
from steward.change.planning.retention import RetentionCut
from steward.model.notice import Notice
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.wording import count

DEFAULT_OPTIONS = ComparisonOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Manifests and how to compare them with the cluster that a profile calls ``cluster``.

    ``targets``, where there are any, are the only objects that are planned, as KIND/NAME.
    """

    manifests: Manifests
    cluster: str
    paths: tuple[str, ...]
    options: ComparisonOptions = DEFAULT_OPTIONS
    cut: RetentionCut | None = None
    targets: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The names of the sets; without any, the paths."""
        sets = sorted(m.metadata.name for m, _ in self.manifests.of(ManifestSetSpec))
        return ", ".join(sets) or ", ".join(self.paths)


def plan_manifests(declared: Declared, proposing: PlanBuilder) -> BuiltPlan:
    """Compare manifests with a cluster, and plan the changes that the cluster needs.

    Errors: ManifestsInvalid; WrongCluster; UsageError, for a target that there is not; those of observing.
    """
    comparing = ManifestComparison(declared.manifests, declared.options, declared.cluster)

    def wanted(snapshot: ClusterSnapshot) -> PlanRequest:
        found = comparing.result(snapshot)
        notices: tuple[Notice, ...] = ()
        if declared.targets:
            found, notices = restricted(found, declared.manifests, declared.targets)
        return _request(declared, comparing.desired(snapshot), found, notices)

    return proposing.build(wanted, then=comparing.observations)


def _request(
    declared: Declared, desired: DesiredState, found: Comparison, notices: tuple[Notice, ...]
) -> PlanRequest:
    targets = "".join(f" --target {target}" for target in declared.targets)
    return PlanRequest(
        title=declared.title,
        source=f"plan {' '.join(declared.paths)}{targets}",
        changes=found.changes,
        impossible=found.impossible,
        remaining=found.remaining,
        rests_on=needed_parts(desired) - {Part.IDENTITY, Part.BROKERS},
        warnings=(*notices, *_notes(found), *_not_judged(declared.manifests)),
        criticality=_of_changed(desired, found),
        cut=declared.cut,
        unmanaged=found.unmanaged,
    )


def _of_changed(desired: DesiredState, found: Comparison) -> Mapping[str, Criticality]:
    names = {t for c in found.changes for t in kind_of(c).topics(c)}
    return {t: level for t, level in declared_criticality(desired).items() if t in names}


def _notes(found: Comparison) -> tuple[Notice, ...]:
    return tuple(Notice(code="undeclared", message=note) for note in found.notes)


def _not_judged(manifests: Manifests) -> tuple[Notice, ...]:
    found = sum(1 for _ in manifests.of(PolicySpec))
    if not found:
        return ()
    documents, verb = count(found, "Policy document"), "is" if found == 1 else "are"
    return (
        Notice(
            code="policies_not_judged",
            message=f"{documents} among the manifests {verb} ignored: plans use the profile's policies",
            remedy="add the file or folder to the profile: policies = [...]",
        ),
    )
