"""Runs checks: severity by policy, unknown if a fact is missing, waivers until they expire."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from steward.analysis.checks.facts import FactMissing, FactNotApplicable, Facts
from steward.analysis.checks.registry import Check, FoundState
from steward.model.command import steward
from steward.model.connection import Environment
from steward.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Nature,
    ObjectRef,
    Remedy,
    Severity,
    Waiver,
    urgency,
)
from steward.model.policy import Criticality
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

LOWERED_BY = {Environment.PRODUCTION: 0, Environment.STAGING: 1, Environment.DEVELOPMENT: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredWaiver:
    """A waiver as configured: which check, on which object (``topic orders``, or ``*``)."""

    check: str
    object: str
    waiver: Waiver


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The findings, worst first, and the number of checks; ``not_applicable`` names checks with nothing to judge."""

    findings: tuple[Finding, ...]
    checks_run: int
    not_applicable: tuple[str, ...]


def run_checks(
    checks: Iterable[Check], facts: Facts, waivers: Iterable[DeclaredWaiver] = (), today: str = ""
) -> CheckReport:
    """Run checks on the facts of one or more snapshots.

    ``today`` is an ISO date: a waiver is valid up to and including its date of expiry. Findings are sorted by urgency
    (broken now first, unknown last), check and object.
    """
    valid = {(w.check, w.object): w.waiver for w in waivers if w.waiver.expires >= today}
    findings: list[Finding] = []
    not_applicable: list[str] = []
    ran = 0
    for check in checks:
        if facts.thresholds.severities.get(check.name) == "off":
            continue
        ran += 1
        outcome = _run_one(check, facts)
        if outcome is None:
            not_applicable.append(check.name)
        else:
            findings.extend(_waived(finding, valid) for finding in outcome)
    findings.sort(key=lambda f: (urgency(f), f.check, f.object, f.summary))
    return CheckReport(tuple(findings), ran, tuple(sorted(not_applicable)))


def _run_one(check: Check, facts: Facts) -> list[Finding] | None:
    """Return a check's findings; None if it does not apply to this cluster."""
    findings: list[Finding] = []
    missing: dict[Unknown, list[str]] = {}
    applied = False
    try:
        if check.needs_history:
            facts.require_history()
        subjects = check.subjects.list(facts)
        for subject in subjects:
            try:
                for found in check.examine(facts, subject):
                    finding = _judged(check, facts, found)
                    if finding:
                        findings.append(finding)
                applied = True
            except FactMissing as e:
                applied = True
                missing.setdefault(e.unknown, []).append(check.subjects.name(subject))
            except FactNotApplicable:
                continue
        applied = applied or not _any(check.subjects.list(facts))
    except FactMissing as e:
        missing.setdefault(e.unknown, []).append("")
        applied = True
    except FactNotApplicable:
        return None
    findings.extend(_unknown(check, why, names) for why, names in missing.items())
    findings.extend(_gaps(check, facts))
    return findings if applied or findings else None


def _any(subjects: Iterable[object]) -> bool:
    return next(iter(subjects), _any) is not _any


def _judged(check: Check, facts: Facts, found: FoundState) -> Finding | None:
    severity = _severity(check, facts, found)
    if severity is None:
        return None
    return Finding(
        check=check.name,
        severity=severity,
        confidence=found.confidence,
        object=found.object,
        summary=found.summary,
        evidence=found.evidence,
        remedy=found.remedy,
        nature=check.nature,
    )


def _severity(check: Check, facts: Facts, found: FoundState) -> Severity | None:
    """Return a finding's severity by configuration, nature, environment and the topic's criticality."""
    configured = facts.thresholds.severities.get(check.name)
    if configured:
        return Severity[configured.upper()]
    severity = found.severity if found.severity is not None else check.severity
    if check.nature is Nature.STATE or severity <= Severity.LOW:
        return severity
    topic = found.topic or (found.object.name if found.object.kind == "topic" else None)
    if topic is not None:
        criticality = facts.criticality(topic)
        if criticality is Criticality.CRITICAL:
            return severity
        if criticality is Criticality.EPHEMERAL:
            return Severity.INFO
    return Severity(max(Severity.LOW, severity - LOWERED_BY[facts.environment]))


def _unknown(check: Check, why: Unknown, names: list[str]) -> Finding:
    """Return one finding for all objects that lack the same fact for the same reason."""
    kind = check.subjects.kind
    named = [n for n in names if n]
    if not named or check.subjects.kind == "cluster":
        target, named_as = ObjectRef("cluster", "cluster"), check.name
    elif len(named) == 1:
        target, named_as = ObjectRef(kind, named[0]), f"{kind} {named[0]}"
    else:
        target, named_as = ObjectRef(kind, f"{len(named)} {kind}s"), f"{len(named)} {kind}s"
    return _unknown_finding(check, target, f"not judged ({named_as}): {why}", why)


def _gaps(check: Check, facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each part that was read incompletely."""
    seen: set[Unknown] = set()
    for part in sorted(check.parts):
        value: Observed[object] | Unknown | NotApplicable = facts.snapshot.part(part)
        for gap in value.gaps if isinstance(value, Observed) else ():
            if gap not in seen:
                seen.add(gap)
                yield _unknown_finding(
                    check, ObjectRef("cluster", "cluster"), f"judged only in part: {gap}", gap
                )


def _unknown_finding(check: Check, target: ObjectRef, summary: str, why: Unknown) -> Finding:
    return Finding(
        check=check.name,
        severity=Severity.UNKNOWN,
        confidence=Confidence.OBSERVED,
        object=target,
        summary=summary,
        evidence=(Evidence(source="observation", fact=why.why.value, value=str(why)),),
        remedy=_remedy(why),
        nature=check.nature,
    )


def _remedy(why: Unknown) -> Remedy:
    match why.why:
        case Why.DENIED:
            return Remedy(
                f"grant {why.acl}" if why.acl else "grant the missing right", steward("permissions")
            )
        case Why.UNREACHABLE | Why.TIMED_OUT:
            return Remedy("find out why it does not answer", steward("doctor"))
        case Why.NOT_CONFIGURED:
            return Remedy("add the brokers' metrics endpoints to the profile (metrics = {...})")
        case Why.NEEDS_HISTORY:
            return Remedy("observe the cluster over a time window", steward("check", window="10s"))
        case _:
            return Remedy("run the check again; if this remains, see the cause with --verbose")


def _waived(finding: Finding, valid: Mapping[tuple[str, str], Waiver]) -> Finding:
    waiver = valid.get((finding.check, str(finding.object))) or valid.get((finding.check, "*"))
    if waiver is None or finding.severity is Severity.UNKNOWN:
        return finding
    return replace(finding, waiver=waiver)
