"""Audit a cluster: select checks, observe, evaluate, and report what could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import Check
from steward.analysis.checks.runner import DeclaredWaiver
from steward.analysis.checks.thresholds import Thresholds
from steward.change.guard.rules import RULE_NAMES
from steward.cluster.ports import Observer
from steward.commands.api.context import Context
from steward.commands.api.waiver_expiry import expiry_of
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ConfigurationError, UsageError
from steward.model.finding import Finding, Waiver
from steward.model.instant import Instant
from steward.model.progress import ProgressStep
from steward.model.snapshot import ClusterSnapshot, Part
from steward.settings.connecting import criticality_setting
from steward.settings.reading import typed
from steward.settings.shapes import WaiverSetting

SEVERITIES = ("critical", "high", "medium", "low", "info")
REPORTS = ("markdown", "html", "sarif", "junit")
SAMPLES = 3
"""How many samples a window takes; churn shows between samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCost:
    """The cost of the audit on the cluster."""

    requests: Annotated[int, Doc("requests sent")]
    bytes_received: Annotated[int, Doc("bytes received")]
    duration_seconds: Annotated[
        float, Doc("seconds of requests, without the pauses between samples")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The result of an audit."""

    environment: Annotated[str, Doc("environment of the cluster; severities depend on it")]
    kafka_version: Annotated[str, Doc("inferred version of Apache Kafka")]
    findings: Annotated[tuple[Finding, ...], Doc("worst first; unknown last")]
    checks_run: Annotated[int, Doc("number of checks evaluated")]
    not_applicable: Annotated[tuple[str, ...], Doc("checks that do not apply to this cluster")]
    counts: Annotated[Mapping[str, int], Doc("unwaived findings by severity, and waived ones")]
    cost: Annotated[AuditCost, Doc("requests and bytes it cost")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckExplanation:
    """Documentation of a check."""

    name: Annotated[str, Doc("its name")]
    id: Annotated[str, Doc("its label in the rule catalogue")]
    severity: Annotated[str, Doc("its default severity in production")]
    over: Annotated[str, Doc("what it checks")]
    needs: Annotated[tuple[str, ...], Doc("the parts of a snapshot that it reads")]
    text: Annotated[str, Doc("meaning, impact, what to do")]


def needed_parts(checks: tuple[Check, ...]) -> frozenset[Part]:
    """Return the parts of a snapshot that checks read, and the cluster's identity."""
    return frozenset({Part.IDENTITY}).union(*(check.parts for check in checks))


def page_of(found: Check) -> CheckExplanation:
    """Return a check's documentation."""
    return CheckExplanation(
        name=found.name,
        id=found.id,
        severity=found.severity.label,
        over=found.subjects.kind,
        needs=tuple(sorted(found.parts)),
        text="\n".join(line.strip() for line in found.doc.strip().splitlines()),
    )


def check_pages() -> Mapping[str, CheckExplanation]:
    """Return every check's documentation, by name."""
    return {c.name: page_of(c) for c in CHECKS}


def named_checks(names: tuple[str, ...]) -> tuple[Check, ...]:
    """Return checks by name."""
    by_name = {c.name: c for c in CHECKS}
    for name in names:
        if name not in by_name:
            close = get_close_matches(name, by_name, 1)
            hint = f"did you mean {close[0]}?" if close else Hint("see: ", steward("check list"))
            raise UsageError(f"no check named {name!r}", remedy=hint, object_name=name)
    return tuple(by_name[name] for name in names)


def policy_of(context: Context) -> tuple[Thresholds, tuple[DeclaredWaiver, ...]]:
    """Return thresholds and waivers as configured, with names and dates validated."""
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


def observe_for_checks(
    observer: Observer,
    parts: frozenset[Part],
    chosen: tuple[Check, ...],
    window_seconds: float,
    context: Context,
) -> tuple[ClusterSnapshot, ...]:
    """Read everything once; before that, sample several times what only shows over time."""
    lasting = any(check.asks_history for check in chosen)
    # all checks: a check that can do without history still compares with earlier samples
    moving = needed_parts(chosen) & CHEAP_PARTS if lasting else frozenset[Part]()
    snapshots: list[ClusterSnapshot] = []
    if moving and window_seconds > 0:
        for number in range(SAMPLES - 1):
            left = window_seconds * (1 - number / (SAMPLES - 1))
            context.progress(ProgressStep("sample", number=number + 1, total=SAMPLES, seconds=left))
            snapshots.append(observer.observe(moving | {Part.IDENTITY}))
            pause = window_seconds / (SAMPLES - 1)
            context.wait(pause, "sample", number=number + 1, total=SAMPLES, left=left)
    context.progress("reading the cluster")
    return (*snapshots, observer.observe(parts, progress=context.progress))


CHEAP_PARTS = frozenset(
    {
        Part.BROKERS, Part.TOPICS, Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.PRODUCERS,
        Part.TRANSACTIONS, Part.REASSIGNMENTS, Part.QUORUM, Part.LOG_DIRS, Part.METRICS,
    }
)  # fmt: skip
"""Parts to sample repeatedly: configurations, ACLs and records do not change in seconds."""


def judged_facts(
    snapshots: tuple[ClusterSnapshot, ...], thresholds: Thresholds, context: Context
) -> Facts:
    """Index the samples for the checks."""

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
    for snapshot in snapshots[:-1]:
        before = (*before, facts(snapshot, before))
    return facts(snapshots[-1], before)


def today(context: Context) -> str:
    """Return the date that waivers are compared with, in UTC."""
    return Instant(context.now_ms()).date()
