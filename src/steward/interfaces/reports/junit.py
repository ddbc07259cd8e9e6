"""An audit as JUnit XML: a suite, a case for each finding, and one for each check that found nothing."""

from xml.sax.saxutils import escape
from xml.sax.saxutils import quoteattr as quoted

from steward.commands.check.audit import Audit
from steward.commands.manifests.lint import Lint
from steward.interfaces.reports.judged import findings_report
from steward.model.finding import Finding, Severity
from steward.model.printable import printable


def junit(audit: Audit | Lint, cluster: str, at: str) -> str:
    """Return the XML: findings are failures; findings that are unknown or waived are skipped cases."""
    about = findings_report(audit, cluster)
    cluster, quiet = about.about, about.quiet
    failures = [
        f for f in audit.findings if f.waiver is None and f.severity is not Severity.UNKNOWN
    ]
    skipped = len(audit.findings) - len(failures)
    total = len(audit.findings) + len(quiet)
    name = _attribute(f"steward {about.command} {cluster}")
    head = (
        f'<testsuite name={name} tests="{total}" failures="{len(failures)}" '
        f'errors="0" skipped="{skipped}" timestamp={_attribute(at[:19])} time="{about.seconds}">'
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", head]
    lines += [_case(f, cluster) for f in audit.findings]
    lines += [f"  <testcase classname={_attribute(n)} name={_attribute(cluster)}/>" for n in quiet]
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""])


def _case(finding: Finding, cluster: str) -> str:
    opening = f"  <testcase classname={_attribute(finding.check)} name={_attribute(f'{cluster}: {finding.object}')}>"
    return f"{opening}\n{_verdict(finding)}\n  </testcase>"


def _verdict(finding: Finding) -> str:
    if finding.waiver:
        why = f"accepted until {finding.waiver.expires}: {finding.waiver.reason}"
        return f"    <skipped message={_attribute(why)}/>"
    if finding.severity is Severity.UNKNOWN:
        return f"    <skipped message={_attribute(finding.summary)}/>"
    body = [f"{e.source}: {e.fact} = {e.value}" for e in finding.evidence]
    body += [
        f"to do: {finding.remedy.summary}",
        *([finding.remedy.command.line] if finding.remedy.command else []),
    ]
    text = "\n".join(map(printable, body))
    kind, message = _attribute(finding.severity.label), _attribute(finding.summary)
    return f"    <failure type={kind} message={message}>{escape(text)}</failure>"


def _attribute(text: str) -> str:
    """Quote an attribute's value with every character visible: XML 1.0 cannot represent most invisible ones."""
    return quoted(printable(text))
