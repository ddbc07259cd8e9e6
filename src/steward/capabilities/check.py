"""Auditing a cluster: choose checks, look as long as they need, judge, and say what could not be seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Annotated

from steward.capabilities.answering import answer
from steward.capabilities.context import Context
from steward.capabilities.registry import Answer, Capability, Outcome, capability
from steward.capabilities.waiver_expiry import expiry_of
from steward.checks.catalog import CHECKS
from steward.checks.facts import Facts
from steward.checks.registry import Check
from steward.checks.runner import CheckReport, DeclaredWaiver, run_checks
from steward.checks.thresholds import Thresholds
from steward.cluster.ports import Observer
from steward.guard.rules import RULE_NAMES
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ConfigurationError, UsageError
from steward.model.finding import Finding, Severity, Waiver
from steward.model.instant import Instant
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed
from steward.settings.connecting import criticality_setting
from steward.settings.reading import typed
from steward.settings.shapes import WaiverSetting
from steward.wire import UnknownFact

SEVERITIES = ("critical", "high", "medium", "low", "info")
REPORTS = ("markdown", "html", "sarif", "junit")
LOOKS = 3
"""How many times a window is looked at; churn shows between looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckParams:
    """What to judge, and when it counts as failed."""

    only: Annotated[tuple[str, ...], Doc("run only these checks", metavar="NAME", commas=True)] = ()
    skip: Annotated[
        tuple[str, ...], Doc("leave these checks out", metavar="NAME", commas=True)
    ] = ()
    fail_on: Annotated[
        str,
        Doc(
            "exit with 3 for unwaived findings from this severity on; unknown: also for what could not be judged",
            choices=(*SEVERITIES, "unknown", "never"),
        ),
    ] = "high"
    min_severity: Annotated[str, Doc("show findings from this severity on", choices=SEVERITIES)] = (
        "info"
    )
    window: Annotated[
        float,
        Doc(
            "how long to watch what only shows over time, such as rebalances; 0 looks once",
            metavar="DURATION",
        ),
    ] = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCost:
    """What the audit asked of the cluster."""

    requests: Annotated[int, Doc("requests sent")]
    bytes_received: Annotated[int, Doc("bytes received")]
    duration_seconds: Annotated[float, Doc("seconds of asking, without the pauses between looks")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The result of an audit."""

    environment: Annotated[str, Doc("what the cluster is for: severity depends on it")]
    kafka_version: Annotated[str, Doc("inferred version of Apache Kafka")]
    findings: Annotated[tuple[Finding, ...], Doc("worst first; unknown last")]
    checks_run: Annotated[int, Doc("number of checks that looked")]
    not_applicable: Annotated[tuple[str, ...], Doc("checks with nothing to judge on this cluster")]
    counts: Annotated[Mapping[str, int], Doc("unwaived findings by severity, and waived ones")]
    cost: Annotated[AuditCost, Doc("what it asked of the cluster")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckListParams:
    """Which checks to list."""

    names: Annotated[tuple[str, ...], Doc("names, or parts of names", positional=True)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check."""

    name: Annotated[str, Doc("its name, as findings and waivers carry it")]
    severity: Annotated[str, Doc("its default severity in production")]
    over: Annotated[str, Doc("what it looks at")]
    headline: Annotated[str, Doc("the bad state that it finds")]
    id: Annotated[str, Doc("its label in the rule catalogue", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckList:
    """The checks there are."""

    checks: Annotated[tuple[CheckRow, ...], Doc("every check, by name")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainParams:
    """Which check to explain."""

    name: Annotated[str, Doc("the check's name", positional=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckExplanation:
    """A check's page."""

    name: Annotated[str, Doc("its name")]
    id: Annotated[str, Doc("its label in the rule catalogue")]
    severity: Annotated[str, Doc("its default severity in production")]
    over: Annotated[str, Doc("what it looks at")]
    needs: Annotated[tuple[str, ...], Doc("the parts of a snapshot that it reads")]
    text: Annotated[str, Doc("what it means, why it matters, what to do")]


def needed_parts(checks: tuple[Check, ...]) -> frozenset[Part]:
    """Return the parts of a snapshot that checks read, and the cluster's identity."""
    return frozenset({Part.IDENTITY}).union(*(check.parts for check in checks))


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
    """Audit the cluster: what is wrong, the proof, the cure.

    Findings come worst first, each with its evidence and one command. What could not be seen is reported as
    unknown, never as healthy. Exit code 3 says that there are findings from the severity of --fail-on on.
    """
    chosen = chosen_checks(params)
    thresholds, waivers = policy_of(context)
    parts = needed_parts(chosen)
    with context.connect(context.connection) as observer:
        looks = look(observer, parts, chosen, params.window, context)
    context.progress("judging")
    report = run_checks(chosen, judged_facts(looks, thresholds, context), waivers, today(context))
    audit = audit_of(report, looks, params, context)
    return replace(
        answer(audit, looks[-1], context, parts, outcome=outcome_of(report, params.fail_on)),
        unknown=unknown_facts(report),
    )


@capability("check.list", needs_cluster=False, examples=("steward check list isr",))
def list_checks(params: CheckListParams, context: Context) -> Answer[CheckList]:
    """List the checks: name, default severity, what they look at."""
    rows = tuple(
        CheckRow(
            name=c.name,
            severity=c.severity.label,
            over=c.subjects.kind,
            headline=c.headline,
            id=c.id,
        )
        for c in sorted(CHECKS, key=lambda c: c.name)
        if not params.names or any(n in c.name for n in params.names)
    )
    return Answer(data=CheckList(checks=rows), observed_at=Instant(context.now_ms()))


@capability("check.explain", needs_cluster=False, examples=("steward check explain min_isr_one",))
def explain(params: ExplainParams, context: Context) -> Answer[CheckExplanation]:
    """Explain a check: what it means, why it matters, what to do."""
    (found,) = named_checks((params.name,))
    return Answer(data=page_of(found), observed_at=Instant(context.now_ms()))


def page_of(found: Check) -> CheckExplanation:
    """Return a check's page."""
    return CheckExplanation(
        name=found.name,
        id=found.id,
        severity=found.severity.label,
        over=found.subjects.kind,
        needs=tuple(sorted(found.parts)),
        text="\n".join(line.strip() for line in found.doc.strip().splitlines()),
    )


def check_pages() -> Mapping[str, CheckExplanation]:
    """Return every check's page, by name."""
    return {c.name: page_of(c) for c in CHECKS}


def chosen_checks(params: CheckParams) -> tuple[Check, ...]:
    """Return the checks to run; UsageError for a name that does not exist."""
    only, skip = named_checks(params.only), named_checks(params.skip)
    return tuple(c for c in (only or CHECKS) if c not in skip)


def named_checks(names: tuple[str, ...]) -> tuple[Check, ...]:
    """Return checks by name."""
    by_name = {c.name: c for c in CHECKS}
    for name in names:
        if name not in by_name:
            close = get_close_matches(name, by_name, 1)
            hint = f"did you mean {close[0]}?" if close else Hint("see: ", steward("check list"))
            raise UsageError(f"there is no check {name!r}", remedy=hint, object_name=name)
    return tuple(by_name[name] for name in names)


def policy_of(context: Context) -> tuple[Thresholds, tuple[DeclaredWaiver, ...]]:
    """Return thresholds and waivers as configured, every name and date checked."""
    where = f"{context.settings.source or 'configuration'}: checks.thresholds"
    warnings: list[str] = []
    thresholds: Thresholds = typed(Thresholds, dict(context.settings.thresholds), where, warnings)
    if warnings:
        raise ConfigurationError(warnings[0], remedy="correct the name or remove it")
    for name, severity in thresholds.severities.items():
        _require_check(name, "checks.severities")
        if severity not in (*SEVERITIES, "off"):
            raise ConfigurationError(
                f"checks.severities.{name} is {severity!r}",
                remedy=f"use one of {', '.join((*SEVERITIES, 'off'))}",
            )
    of_guard_alone = RULE_NAMES - {c.name for c in CHECKS}
    waivers = (w for w in context.settings.waivers if w.check not in of_guard_alone)
    return thresholds, tuple(_waiver(w) for w in waivers)


def _require_check(name: str, where: str) -> None:
    known = [c.name for c in CHECKS]
    if name not in known:
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]}?" if close else Hint("see: ", steward("check list"))
        raise ConfigurationError(f"{where} names a check that does not exist: {name}", remedy=hint)


def _waiver(setting: WaiverSetting) -> DeclaredWaiver:
    _require_check(setting.check, "waivers")
    waiver = Waiver(setting.reason, expiry_of(setting), setting.accepted_by)
    return DeclaredWaiver(check=setting.check, object=setting.object, waiver=waiver)


def look(
    observer: Observer,
    parts: frozenset[Part],
    chosen: tuple[Check, ...],
    window_seconds: float,
    context: Context,
) -> tuple[ClusterSnapshot, ...]:
    """Look at everything once, and before that several times at what only shows over time."""
    lasting = any(check.asks_history for check in chosen)
    # all of them: a check that can do without history still compares what it finds in earlier looks
    moving = needed_parts(chosen) & CHEAP_PARTS if lasting else frozenset[Part]()
    looks: list[ClusterSnapshot] = []
    if moving and window_seconds > 0:
        for number in range(LOOKS - 1):
            context.progress(f"watching for {window_seconds:.0f} s (look {number + 1} of {LOOKS})")
            looks.append(observer.observe(moving | {Part.IDENTITY}))
            context.sleep(window_seconds / (LOOKS - 1))
    context.progress("observing")
    return (*looks, observer.observe(parts, progress=context.progress))


CHEAP_PARTS = frozenset(
    {
        Part.BROKERS, Part.TOPICS, Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.PRODUCERS,
        Part.TRANSACTIONS, Part.REASSIGNMENTS, Part.QUORUM, Part.LOG_DIRS, Part.METRICS,
    }
)  # fmt: skip
"""Parts that may be looked at repeatedly: configurations, rights and samples do not move in seconds."""


def judged_facts(
    looks: tuple[ClusterSnapshot, ...], thresholds: Thresholds, context: Context
) -> Facts:
    """Index the looks for the checks."""

    def facts(snapshot: ClusterSnapshot, earlier: tuple[Facts, ...]) -> Facts:
        return Facts(
            snapshot,
            now_ms=snapshot.latest_ms or context.now_ms(),
            thresholds=thresholds,
            environment=context.connection.environment,
            criticality=criticality_setting(context.profile),
            earlier=earlier,
        )

    before: tuple[Facts, ...] = ()
    for snapshot in looks[:-1]:
        before = (*before, facts(snapshot, before))
    return facts(looks[-1], before)


def today(context: Context) -> str:
    """Return the day that waivers are compared with, in UTC."""
    return Instant(context.now_ms()).date()


def audit_of(
    report: CheckReport, looks: tuple[ClusterSnapshot, ...], params: CheckParams, context: Context
) -> Audit:
    """Put a report into the shape that surfaces show."""
    least = Severity[params.min_severity.upper()]
    shown = tuple(
        f for f in report.findings if f.severity >= least or f.severity is Severity.UNKNOWN
    )
    counts: dict[str, int] = dict.fromkeys((*SEVERITIES, "unknown", "waived"), 0)
    for finding in report.findings:
        counts["waived" if finding.waiver else finding.severity.label] += 1
    identity = looks[-1].identity
    return Audit(
        environment=context.connection.environment.value,
        kafka_version=identity.value.kafka_version if isinstance(identity, Observed) else "unknown",
        findings=shown,
        checks_run=report.checks_run,
        not_applicable=report.not_applicable,
        counts=counts,
        cost=AuditCost(
            requests=sum(sum(s.cost.requests.values()) for s in looks),
            bytes_received=sum(s.cost.bytes_received for s in looks),
            duration_seconds=round(sum(s.cost.duration_seconds for s in looks), 3),
        ),
    )


def outcome_of(report: CheckReport, fail_on: str) -> Outcome:
    """Tell whether unwaived findings reach the severity that counts as failed."""
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
    """Return what could not be judged, as the envelope lists it."""
    return tuple(
        UnknownFact(f.check, str(f.object), f.evidence[0].value)
        for f in report.findings
        if f.severity is Severity.UNKNOWN
    )


CAPABILITIES: tuple[Capability, ...] = (check, list_checks, explain)
