"""Run the rules: findings in the audit's shape, with file and line; waivers among the manifests apply."""

from collections.abc import Iterable
from dataclasses import dataclass

from steward.analysis.checks.runner import LOWERED_BY
from steward.change.manifests.kinds import WaiverSpec
from steward.change.manifests.lint import access, clients, configs, topics
from steward.change.manifests.lint.rule import LintHit, LintInput, LintRule
from steward.change.manifests.problem import Problem
from steward.model.finding import Confidence, Evidence, Finding, ObjectRef, Remedy, Severity, Waiver
from steward.model.policy import Criticality

RULES: tuple[LintRule, ...] = tuple(
    sorted((*topics.RULES, *configs.RULES, *clients.RULES, *access.RULES), key=lambda r: r.name)
)

INVALID = "manifest_invalid"
"""Name of the finding for unreadable manifests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledFinding(Finding):
    """A finding with its file and line."""

    file: str
    line: int


def judge(case: LintInput) -> tuple[FiledFinding, ...]:
    """Return the rules' findings, worst first."""
    waivers = _waivers(case)
    found = [
        _finding(case, rule, hit, waivers)
        for rule in RULES
        if case.thresholds.severities.get(rule.name) != "off"
        for hit in rule.examine(case)
    ]
    return ordered(found)


def ordered(findings: Iterable[FiledFinding]) -> tuple[FiledFinding, ...]:
    """Return findings worst first, each once."""
    distinct = {(f.check, f.object, f.summary, f.file, f.line): f for f in findings}
    return tuple(
        sorted(distinct.values(), key=lambda f: (-f.severity, f.check, f.object, f.file, f.line))
    )


def invalid(problem: Problem) -> FiledFinding:
    """Return an unreadable manifest as a finding."""
    return FiledFinding(
        check=INVALID,
        severity=Severity.CRITICAL,
        confidence=Confidence.DECLARED,
        object=ObjectRef("manifest", problem.place.file),
        summary=problem.message,
        evidence=(Evidence(str(problem.place), "manifest", "invalid"),),
        remedy=Remedy(problem.remedy or "correct it"),
        file=problem.place.file,
        line=problem.place.line,
    )


def _finding(
    case: LintInput, rule: LintRule, hit: LintHit, waivers: dict[tuple[str, str], Waiver]
) -> FiledFinding:
    waiver = waivers.get((rule.name, str(hit.object))) or waivers.get((rule.name, "*"))
    return FiledFinding(
        check=rule.name,
        severity=_severity(case, rule, hit),
        confidence=Confidence.DECLARED,
        object=hit.object,
        summary=hit.summary,
        evidence=hit.evidence,
        remedy=Remedy(hit.remedy, hit.command),
        waiver=waiver,
        file=hit.place.file,
        line=hit.place.line,
    )


def _severity(case: LintInput, rule: LintRule, hit: LintHit) -> Severity:
    """Return a severity as the audit does: by configuration, environment and the topic's criticality."""
    configured = case.thresholds.severities.get(rule.name)
    if configured:
        return Severity[configured.upper()]
    severity = hit.severity if hit.severity is not None else rule.severity
    if severity <= Severity.LOW or rule.everywhere:
        return severity
    if hit.object.kind == "topic" and rule.name != "partition_count_outside_policy":
        criticality = case.criticality_by_name.get(hit.object.name)
        if criticality is Criticality.CRITICAL:
            return severity
        if criticality is Criticality.EPHEMERAL:
            return Severity.INFO
    return Severity(max(Severity.LOW, severity - LOWERED_BY[case.environment]))


def _waivers(case: LintInput) -> dict[tuple[str, str], Waiver]:
    """Return the valid waivers, by check and object (``topic/orders`` as ``topic orders``)."""
    return {
        (spec.check, spec.object.replace("/", " ", 1)): Waiver(
            spec.reason, spec.until, spec.accepted_by
        )
        for _, spec in case.manifests.of(WaiverSpec)
        if spec.until >= case.today
    }
