"""Layout of a lint: findings with line and remedy; worst first, each rule once."""

from steward.commands.manifests.lint import INVALID, FiledFinding, Lint
from steward.interfaces.views.audit import by_rule
from steward.interfaces.views.blocks import Block, Column, Paragraph, Prose, Table

SHOWN = 8
"""Places listed under one rule before "and N more"; JSON and -o wide have them all."""
_STYLES = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan"}


def arrange_lint(lint: Lint, wide: bool) -> tuple[Block, ...]:
    """Lay out a lint: headline, a paragraph per rule, waived findings."""
    live = [f for f in lint.findings if f.waiver is None]
    return (
        Prose(lint_headline(lint), "bold"),
        *(_paragraph([f for f in rule if isinstance(f, FiledFinding)], wide) for rule in by_rule(live)),
        *_waived([f for f in lint.findings if f.waiver is not None]),
    )  # fmt: skip


def lint_headline(lint: Lint) -> str:
    """Count the findings, in one sentence."""
    named = ("critical", "high", "medium", "low", "info")
    counted = [f"{lint.counts[s]} {s}" for s in named if lint.counts.get(s)]
    waived = f"; {lint.counts['waived']} waived" if lint.counts.get("waived") else ""
    documents = f"{lint.documents} document{'' if lint.documents == 1 else 's'}"
    return f"{documents}, {lint.environment}: {', '.join(counted) or 'no findings'}{waived}"


def _paragraph(rule: list[FiledFinding], wide: bool) -> Paragraph:
    first = rule[0]
    label = first.severity.label.upper()
    shown = rule if wide else rule[:SHOWN]
    own_cures = first.check == INVALID  # each line has its own remedy
    lines = [("", f"{_placed(f)}{f' ({f.remedy.summary})' if own_cures else ''}") for f in shown]
    if len(rule) > len(shown):
        lines.append(("", f"and {len(rule) - len(shown)} more (all: -o wide)"))
    cures = list(dict.fromkeys(f.remedy.summary for f in shown if not own_cures))
    lines += [("" if i else "do", cure) for i, cure in enumerate(cures)]
    return Paragraph(f"{label}  {first.check}", _STYLES.get(label, "dim"), tuple(lines))


def table_of_findings(lint: Lint, wide: bool) -> tuple[Block, ...]:
    """Lay out a lint for a spreadsheet: a row per finding, including waived ones."""
    del wide  # a table of raw values includes everything
    names = ("severity", "check", "file", "line", "object", "summary", "remedy", "accepted_until")
    rows = tuple(
        (
            f.severity.label,
            f.check,
            f.file,
            f.line,
            str(f.object),
            f.summary,
            f.remedy.summary,
            f.waiver.expires if f.waiver else "",
        )
        for f in lint.findings
    )
    return (Table("findings", tuple(Column(n, n.upper()) for n in names), rows),)


def _placed(finding: FiledFinding) -> str:
    return f"{finding.file}:{finding.line}: {_named(finding)}{finding.summary}"


def _named(finding: FiledFinding) -> str:
    return "" if finding.object.kind == "manifest" else f"{finding.object}: "


def _waived(findings: list[FiledFinding]) -> tuple[Block, ...]:
    if not findings:
        return ()
    columns = tuple(Column(n, n.upper()) for n in ("check", "object", "until", "reason"))
    rows = tuple(
        (f.check, str(f.object), f.waiver.expires, f.waiver.reason) for f in findings if f.waiver
    )
    return (Table("waived until", columns, rows),)


ARRANGEMENTS = {Lint: arrange_lint}
"""Layouts by result type."""
TABLES = {Lint: table_of_findings}
"""Layouts by result type, as the single table for CSV."""
