"""Layout of an audit: findings with evidence and remedy; worst first, each rule once."""

from collections.abc import Iterable
from itertools import groupby

from steward.commands.check.audit import Audit, CheckExplanation
from steward.interfaces.views.blocks import (
    Block,
    Column,
    Fields,
    Lines,
    Paragraph,
    Prose,
    Table,
    command_line,
)
from steward.model.command import Hint, steward
from steward.model.finding import Finding, Severity, urgency
from steward.model.wording import size

EVIDENCE_SHOWN = 3
OBJECTS_SHOWN = 4
"""Objects listed under one rule before "and N more"; JSON and -o wide have them all."""
URGENT = Severity.MEDIUM
"""From this severity on, findings show evidence and remedy; lower ones take a line each, except with -o wide."""


def arrange_audit(audit: Audit, wide: bool) -> tuple[Block, ...]:
    """Lay out an audit: headline, a paragraph per rule, what could not be evaluated, what it cost."""
    live = [f for f in audit.findings if f.waiver is None]
    judged = [f for f in live if f.severity is not Severity.UNKNOWN]
    return (
        Prose(headline(audit), "bold"),
        *(_paragraph(rule, wide) for rule in by_rule(judged) if wide or rule[0].severity >= URGENT),
        *(() if wide else _less_severe([f for f in judged if f.severity < URGENT])),
        *_not_evaluated([f for f in live if f.severity is Severity.UNKNOWN]),
        *_waived([f for f in audit.findings if f.waiver is not None]),
        Prose(_footer(audit), "dim"),
    )


def table_of_findings(audit: Audit, wide: bool) -> tuple[Block, ...]:
    """Lay out an audit for a spreadsheet: a row per finding, including waived and unknown ones."""
    del wide  # a table of raw values includes everything
    names = ("severity", "check", "object", "summary", "remedy", "command", "accepted_until")
    rows = tuple(
        (
            f.severity.label,
            f.check,
            str(f.object),
            f.summary,
            f.remedy.summary,
            f.remedy.command or "",
            f.waiver.expires if f.waiver else "",
        )
        for f in audit.findings
    )
    return (Table("findings", tuple(Column(n, n.upper()) for n in names), rows),)


def by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Group findings of one check and severity, in the order of the audit."""
    ordered = sorted(findings, key=lambda f: (urgency(f), f.check))
    return [list(g) for _, g in groupby(ordered, key=lambda f: (urgency(f), f.check))]


def headline(audit: Audit) -> str:
    """Count the findings, in one sentence."""
    named = ("critical", "high", "medium", "low", "info")
    counted = [f"{audit.counts[s]} {s}" for s in named if audit.counts.get(s)]
    found = ", ".join(counted) if counted else "no findings"
    unknown = audit.counts.get("unknown", 0)
    rest = f"; {unknown} could not be evaluated" if unknown else ""
    return f"Kafka {audit.kafka_version}, {audit.environment}: {found}{rest}"


def _paragraph(rule: list[Finding], wide: bool) -> Paragraph:
    first = rule[0]
    label = first.severity.label.upper()
    if len(rule) == 1:
        about = "" if first.object.kind == "cluster" else f"  {first.object}"
        lines = [("", first.summary)]
    else:
        about = f"  {len(rule)} {first.object.kind}s"
        shown = rule if wide else rule[:OBJECTS_SHOWN]
        lines = [("", f"{f.object.name}: {f.summary}") for f in shown]
        if len(rule) > len(shown):
            lines.append(("", f"and {len(rule) - len(shown)} more (all: -o wide)"))
    lines += _evidence(first, several=len(rule) > 1)
    lines.append(("do", first.remedy.summary))
    if first.remedy.command:
        lines.append(("", command_line(first.remedy.command)))
    styles = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan"}
    return Paragraph(f"{label}  {first.check}{about}", styles.get(label, "dim"), tuple(lines))


def _less_severe(findings: list[Finding]) -> tuple[Block, ...]:
    """List less severe findings, a line per rule."""
    if not findings:
        return ()
    lines: list[tuple[str, str]] = []
    for rule in by_rule(findings):
        first = rule[0]
        about = "" if first.object.kind == "cluster" else f"{first.object}: "
        more = f" (and {len(rule) - 1} more)" if len(rule) > 1 else ""
        lines.append((first.check, f"{about}{first.summary}{more}"))
    levels = " and ".join(dict.fromkeys(r[0].severity.label.upper() for r in by_rule(findings)))
    title = f"{levels}  not urgent; evidence and remedies: -o wide"
    return (Paragraph(title, "cyan", tuple(lines)),)


def _evidence(finding: Finding, *, several: bool) -> list[tuple[str, str]]:
    of = f" ({finding.object.name})" if several else ""
    graded = "" if finding.confidence.value == "observed" else f" [{finding.confidence.value}]"
    return [
        ("" if i else "proof", f"{e.fact} = {e.value}, by {e.source}{'' if i else of}{graded}")
        for i, e in enumerate(finding.evidence[:EVIDENCE_SHOWN])
    ]


def _not_evaluated(findings: list[Finding]) -> tuple[Block, ...]:
    if not findings:
        return ()
    by_reason: dict[str, list[Finding]] = {}
    for finding in findings:
        reason = finding.evidence[0].value if finding.evidence else finding.summary
        by_reason.setdefault(reason, []).append(finding)
    lines: list[tuple[str, str]] = []
    for reason, group in by_reason.items():
        names = sorted({f.check for f in group})
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        lines += [("", listed), ("why", reason), ("do", _remedy_text(group[0]))]
    return (Paragraph("NOT EVALUATED", "magenta", tuple(lines)),)


def _remedy_text(finding: Finding) -> str:
    remedy = finding.remedy
    return Hint(f"{remedy.summary}: ", remedy.command) if remedy.command else remedy.summary


def _waived(findings: list[Finding]) -> tuple[Block, ...]:
    if not findings:
        return ()
    columns = tuple(
        Column(n, n.upper()) for n in ("check", "object", "severity", "until", "reason")
    )
    rows = tuple(
        (f.check, str(f.object), f.severity, f.waiver.expires, f.waiver.reason)
        for f in findings
        if f.waiver
    )
    return (Table("waived until", columns, rows),)


def _footer(audit: Audit) -> str:
    cost = audit.cost
    return Hint(
        f"{audit.checks_run} checks in {cost.duration_seconds:.1f} s: {cost.requests:,} requests, "
        f"{size(cost.bytes_received)} received. More: -o wide, -o json, and about one check: ",
        steward("check explain", "NAME"),
    )


def arrange_explanation(page: CheckExplanation, wide: bool) -> tuple[Block, ...]:
    """Lay out a check's documentation."""
    facts: tuple[tuple[str, object], ...] = (
        ("check", page.name),
        ("severity", f"{page.severity} (in production)"),
        ("checks", page.over),
        ("reads", ", ".join(page.needs)),
    )
    return (
        Fields("", (*facts, *((("rule", page.id),) if wide else ()))),
        Lines(tuple(page.text.split("\n"))),
    )


ARRANGEMENTS = {Audit: arrange_audit, CheckExplanation: arrange_explanation}
"""Layouts by result type."""
TABLES = {Audit: table_of_findings}
"""Layouts by result type, as the single table for CSV."""
