"""``steward check``: audit the cluster: findings, evidence, remedies."""

from dataclasses import dataclass, replace
from typing import Annotated

from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.registry import Check
from steward.analysis.checks.runner import CheckReport, run_checks
from steward.codec import UnknownFact
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Outcome, capability
from steward.commands.check.audit import (
    REPORTS,
    SEVERITIES,
    Audit,
    AuditCost,
    judged_facts,
    named_checks,
    needed_parts,
    observe_for_checks,
    policy_of,
    today,
)
from steward.model.doc import Candidates, Doc
from steward.model.finding import Severity
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckParams:
    """What to check, and which severity counts as failed."""

    only: Annotated[
        tuple[str, ...],
        Doc("run only these checks", metavar="NAME", commas=True, completes=Candidates.CHECKS),
    ] = ()
    skip: Annotated[
        tuple[str, ...],
        Doc("skip these checks", metavar="NAME", commas=True, completes=Candidates.CHECKS),
    ] = ()
    fail_on: Annotated[
        str,
        Doc(
            "exit with 3 for unwaived findings of this severity or worse; unknown: also for unknown results",
            choices=(*SEVERITIES, "unknown", "never"),
        ),
    ] = "high"
    min_severity: Annotated[
        str, Doc("show findings of this severity or worse", choices=SEVERITIES)
    ] = "info"
    window: Annotated[
        float,
        Doc(
            "how long to observe what only shows over time, such as rebalances; 0: one sample",
            metavar="DURATION",
        ),
    ] = 6.0


@capability(
    "check",
    parts=needed_parts(CHECKS),
    long=True,
    formats=REPORTS,
    examples=(
        "steward check --cluster prod",
        "steward check --only min_isr_one,partition_offline --fail-on medium",
        "steward check -o sarif > audit.sarif",
        "steward check explain min_isr_one",
    ),
)
def check(params: CheckParams, context: Context) -> Answer[Audit]:
    """Audit the cluster: findings, evidence, remedies.

    Findings are listed worst first, each with its evidence and one command. What could not be read is reported as
    unknown, never as healthy. Exit code 3: there are findings of the severity of --fail-on or worse.
    """
    chosen = chosen_checks(params)
    thresholds, waivers = policy_of(context)
    parts = needed_parts(chosen)
    with context.connect(context.connection) as observer:
        snapshots = observe_for_checks(observer, parts, chosen, params.window, context)
    context.progress("judging")
    report = run_checks(
        chosen, judged_facts(snapshots, thresholds, context), waivers, today(context)
    )
    audit = audit_of(report, snapshots, params, context)
    return replace(
        answer(audit, snapshots[-1], context, parts, outcome=outcome_of(report, params.fail_on)),
        unknown=unknown_facts(report),
    )


def chosen_checks(params: CheckParams) -> tuple[Check, ...]:
    """Return the checks to run; UsageError for a name that does not exist."""
    only, skip = named_checks(params.only), named_checks(params.skip)
    return tuple(c for c in (only or CHECKS) if c not in skip)


def audit_of(
    report: CheckReport,
    snapshots: tuple[ClusterSnapshot, ...],
    params: CheckParams,
    context: Context,
) -> Audit:
    """Build the report that is shown."""
    least = Severity[params.min_severity.upper()]
    shown = tuple(
        f for f in report.findings if f.severity >= least or f.severity is Severity.UNKNOWN
    )
    counts: dict[str, int] = dict.fromkeys((*SEVERITIES, "unknown", "waived"), 0)
    for finding in report.findings:
        counts["waived" if finding.waiver else finding.severity.label] += 1
    identity = snapshots[-1].identity
    return Audit(
        environment=context.connection.environment.value,
        kafka_version=identity.value.kafka_version if isinstance(identity, Observed) else "unknown",
        findings=shown,
        checks_run=report.checks_run,
        not_applicable=report.not_applicable,
        counts=counts,
        cost=AuditCost(
            requests=sum(sum(s.cost.requests.values()) for s in snapshots),
            bytes_received=sum(s.cost.bytes_received for s in snapshots),
            duration_seconds=round(sum(s.cost.duration_seconds for s in snapshots), 3),
        ),
    )


def outcome_of(report: CheckReport, fail_on: str) -> Outcome:
    """Return whether unwaived findings reach the severity that counts as failed."""
    if fail_on == "never":
        return Outcome.DONE
    least = Severity.HIGH if fail_on == "unknown" else Severity[fail_on.upper()]
    counted = (f for f in report.findings if f.waiver is None)
    failed = any(
        f.severity >= least or (fail_on == "unknown" and f.severity is Severity.UNKNOWN)
        for f in counted
    )
    return Outcome.FINDINGS if failed else Outcome.DONE


def unknown_facts(report: CheckReport) -> tuple[UnknownFact, ...]:
    """Return what could not be evaluated, for the envelope."""
    return tuple(
        UnknownFact(f.check, str(f.object), f.evidence[0].value)
        for f in report.findings
        if f.severity is Severity.UNKNOWN
    )


CAPABILITIES: tuple[Capability, ...] = (check,)
