"""Check manifests without a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.analysis.checks.thresholds import Thresholds
from steward.change.manifests.kinds import ManifestSetSpec, WaiverSpec
from steward.change.manifests.lint.judge import (
    INVALID,
    RULES,
    FiledFinding,
    invalid,
    judge,
    ordered,
)
from steward.change.manifests.lint.rule import LintInput
from steward.change.manifests.problem import ManifestsInvalid, Problem, nearest
from steward.change.manifests.reading import Manifests, examine
from steward.commands.api.context import Context
from steward.commands.api.manifest_files import MANIFEST_PATHS, sources
from steward.commands.api.registry import Answer, Capability, Notice, Outcome, capability
from steward.commands.check.audit import SEVERITIES, CheckExplanation, check_pages, policy_of, today
from steward.model.command import Hint, steward
from steward.model.connection import Environment
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.finding import Severity
from steward.model.instant import Instant

ENVIRONMENTS = tuple(e.value for e in Environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class LintParams:
    """Which manifests, and which severity counts as failed."""

    paths: Annotated[tuple[str, ...], MANIFEST_PATHS]
    fail_on: Annotated[
        str,
        Doc("exit with 3 for unwaived findings of this severity or worse", choices=(*SEVERITIES, "never")),
    ] = "high"  # fmt: skip
    min_severity: Annotated[
        str, Doc("show findings of this severity or worse", choices=SEVERITIES)
    ] = "info"
    for_: Annotated[
        str, Doc("apply the overrides of this cluster; default: no overrides", metavar="NAME")
    ] = ""
    environment: Annotated[
        str | None,
        Doc(
            "environment of the cluster; severities depend on it; default: that of the profile named with --cluster, "
            "else production",
            choices=ENVIRONMENTS,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """Findings in manifests."""

    environment: Annotated[str, Doc("environment of the cluster; severities depend on it")]
    documents: Annotated[int, Doc("documents read")]
    findings: Annotated[
        tuple[FiledFinding, ...], Doc("worst first; manifest_invalid: not readable")
    ]
    rules_run: Annotated[int, Doc("number of rules evaluated")]
    counts: Annotated[Mapping[str, int], Doc("unwaived findings by severity, and waived ones")]


@capability(
    "lint",
    needs_cluster=False,
    formats=("markdown", "sarif", "junit"),
    examples=(
        "steward lint manifests",
        "steward lint manifests/topics.yaml --for dev --environment development",
        "steward lint manifests --cluster prod",
        "steward lint manifests -o sarif > lint.sarif",
    ),
)
def lint(params: LintParams, context: Context) -> Answer[Lint]:
    """Check manifests without a cluster: syntax, policy, durability, producers.

    The rules have the names of the audit's checks, so that a waiver applies to both. Exit code 3: there are findings of
    the severity of --fail-on or worse; 2: a manifest cannot be read.
    """
    thresholds, _ = policy_of(context)
    environment = environment_of(params, context)
    findings, documents = linted(params, environment, thresholds, context)
    least = Severity[params.min_severity.upper()]
    bad = [f for f in findings if f.check == INVALID]
    return Answer(
        data=Lint(
            environment=environment.value,
            documents=documents,
            findings=tuple(f for f in findings if f.severity >= least),
            rules_run=len(RULES),
            counts=_counts(findings),
        ),
        observed_at=Instant(context.now_ms()),
        errors=tuple(
            Notice(
                code=INVALID,
                message=f"{f.file}:{f.line}: {f.summary}",
                object=f"{f.file}:{f.line}",
                remedy=f.remedy.summary,
            )
            for f in bad
        ),
        outcome=Outcome.INVALID if bad else _outcome(findings, params.fail_on),
    )


def environment_of(params: LintParams, context: Context) -> Environment:
    """Return what the cluster is for: as asked, else as the profile that is named says, else production.

    Errors: ConfigurationError where no profile has that name.
    """
    if params.environment is not None:
        return Environment(params.environment)
    return Environment(context.profile.environment) if context.cluster else Environment.PRODUCTION


def linted(
    params: LintParams, environment: Environment, thresholds: Thresholds, context: Context
) -> tuple[tuple[FiledFinding, ...], int]:
    """Return every finding, including unreadable documents, and the number of documents read."""
    try:
        manifests, problems = examine(sources(params.paths, context.directory))
    except ManifestsInvalid as fault:
        return tuple(invalid(p) for p in fault.problems), 0
    _require_cluster(params.for_, manifests)
    case = LintInput(
        manifests=manifests,
        thresholds=thresholds,
        environment=environment,
        cluster=params.for_ or None,
        today=today(context),
    )
    wrong = (*problems, *_waivers_of_nothing(manifests))
    return ordered((*(invalid(p) for p in wrong), *judge(case))), len(manifests.documents)


def _require_cluster(name: str, manifests: Manifests) -> None:
    known = {c.name for _, spec in manifests.of(ManifestSetSpec) for c in spec.clusters}
    if name and known and name not in known:
        raise UsageError(
            f"no ManifestSet names a cluster {name!r}",
            remedy=nearest(name, known),
            object_name=name,
        )


def _waivers_of_nothing(manifests: Manifests) -> list[Problem]:
    pages = rule_pages()
    listed = Hint("see: ", steward("check list"))
    return [
        Problem(m.place, f"no check named {spec.check!r}", nearest(spec.check, pages, listed))
        for m, spec in manifests.of(WaiverSpec)
        if spec.check not in pages
    ]  # fmt: skip


def _counts(findings: tuple[FiledFinding, ...]) -> Mapping[str, int]:
    counts: dict[str, int] = dict.fromkeys((*SEVERITIES, "waived"), 0)
    for finding in findings:
        counts["waived" if finding.waiver else finding.severity.label] += 1
    return counts


def _outcome(findings: tuple[FiledFinding, ...], fail_on: str) -> Outcome:
    if fail_on == "never":
        return Outcome.DONE
    least = Severity[fail_on.upper()]
    failed = any(f.severity >= least for f in findings if f.waiver is None)
    return Outcome.FINDINGS if failed else Outcome.DONE


def rule_pages() -> Mapping[str, CheckExplanation]:
    """Return the documentation of every check and rule by name; where both share a name, the check's."""
    own = {
        rule.name: CheckExplanation(
            name=rule.name,
            id="",
            severity=rule.severity.label,
            over="manifest",
            needs=(),
            text="\n".join(line.strip() for line in rule.doc.strip().splitlines()),
        )
        for rule in RULES
    }
    unreadable = CheckExplanation(
        name=INVALID,
        id="",
        severity="critical",
        over="manifest",
        needs=(),
        text="A manifest cannot be read: its syntax, a key, or a value is invalid.",
    )
    return {**own, INVALID: unreadable, **check_pages()}


def lint_rule_names() -> tuple[str, ...]:
    """Return the names of the rules, including the one for unreadable manifests."""
    return (*(rule.name for rule in RULES), INVALID)


__all__ = ["CAPABILITIES", "INVALID", "FiledFinding", "Lint", "lint_rule_names", "rule_pages"]

CAPABILITIES: tuple[Capability, ...] = (lint,)
