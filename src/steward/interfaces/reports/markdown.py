"""An audit as Markdown, for a pull request or a ticket."""

from steward.commands.check.audit import Audit
from steward.commands.manifests.lint import Lint
from steward.interfaces.reports.judged import findings_report
from steward.interfaces.reports.markdown_text import code_span, escaped, fenced
from steward.interfaces.views.audit import by_rule
from steward.model.finding import Finding, Severity


def markdown(audit: Audit | Lint, cluster: str, at: str) -> str:
    """Return the text: a table of findings, then each rule with its evidence and remedy."""
    live = [f for f in audit.findings if f.waiver is None]
    known = [f for f in live if f.severity is not Severity.UNKNOWN]
    unknown = [f for f in live if f.severity is Severity.UNKNOWN]
    waived = [f for f in audit.findings if f.waiver is not None]
    about = findings_report(audit, cluster)
    lines = [
        f"# {escaped(about.title)}",
        "",
        f"{escaped(about.headline)}. Observed at {escaped(at)}.",
        "",
    ]
    if known:
        lines += ["| severity | check | objects |", "|---|---|---|"]
        lines += [
            f"| {rule[0].severity.label} | {code_span(rule[0].check)} | {_objects(rule)} |"
            for rule in by_rule(known)
        ]
        lines.append("")
    for rule in by_rule(known):
        lines += _section(rule)
    if unknown:
        lines += ["## Not evaluated", ""]
        lines += [f"- {code_span(f.check)}: {escaped(f.summary)}" for f in unknown]
        lines.append("")
    if waived:
        lines += ["## Waived", "", "| check | object | until | reason |", "|---|---|---|---|"]
        lines += [
            f"| {code_span(f.check)} | {escaped(str(f.object))} "
            f"| {escaped(f.waiver.expires)} | {escaped(f.waiver.reason)} |"
            for f in waived
            if f.waiver
        ]
        lines.append("")
    return "\n".join(lines)


def _section(rule: list[Finding]) -> list[str]:
    first = rule[0]
    lines = [f"## {first.severity.label.capitalize()}: {code_span(first.check)}", ""]
    lines += [f"- **{escaped(str(f.object))}**: {escaped(f.summary)}" for f in rule]
    lines += [
        "",
        "Evidence: "
        + "; ".join(
            f"{escaped(e.fact)} = {escaped(e.value)} ({escaped(e.source)})" for e in first.evidence
        ),
    ]
    lines += ["", f"To do: {escaped(first.remedy.summary)}", ""]
    if first.remedy.command:
        lines += [*fenced([first.remedy.command.line], "sh"), ""]
    return lines


def _objects(rule: list[Finding]) -> str:
    names = ", ".join(escaped(str(f.object)) for f in rule[:3])
    return names + (f" and {len(rule) - 3} more" if len(rule) > 3 else "")
