"""An audit as JUnit XML: a suite, a case for each finding, and one for each check that found nothing."""

from xml.sax.saxutils import escape, quoteattr

from steward.capabilities.check import Audit
from steward.capabilities.lint import Lint
from steward.model.finding import Finding, Severity
from steward.surfaces.reports.judged import judged


def junit(audit: Audit | Lint, cluster: str, at: str) -> str:
    """Return the XML: findings are failures; what could not be judged and what is waived are skipped cases."""
    about = judged(audit, cluster)
    cluster, quiet = about.about, about.quiet
    failures = [
        f for f in audit.findings if f.waiver is None and f.severity is not Severity.UNKNOWN
    ]
    skipped = len(audit.findings) - len(failures)
    total = len(audit.findings) + len(quiet)
    head = (
        f'<testsuite name={quoteattr(f"steward {about.command} {cluster}")} tests="{total}" failures="{len(failures)}" '
        f'errors="0" skipped="{skipped}" timestamp={quoteattr(at[:19])} time="{about.seconds}">'
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", head]
    lines += [_case(f, cluster) for f in audit.findings]
    lines += [f"  <testcase classname={quoteattr(n)} name={quoteattr(cluster)}/>" for n in quiet]
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""])


def _case(finding: Finding, cluster: str) -> str:
    opening = f"  <testcase classname={quoteattr(finding.check)} name={quoteattr(f'{cluster}: {finding.object}')}>"
    return f"{opening}\n{_verdict(finding)}\n  </testcase>"


def _verdict(finding: Finding) -> str:
    if finding.waiver:
        why = f"accepted until {finding.waiver.expires}: {finding.waiver.reason}"
        return f"    <skipped message={quoteattr(_clean(why))}/>"
    if finding.severity is Severity.UNKNOWN:
        return f"    <skipped message={quoteattr(_clean(finding.summary))}/>"
    body = [f"{e.source}: {e.fact} = {e.value}" for e in finding.evidence]
    body += [
        f"to do: {finding.remedy.summary}",
        *([str(finding.remedy.command)] if finding.remedy.command else []),
    ]
    kind = quoteattr(finding.severity.label)
    message = quoteattr(_clean(finding.summary))
    return (
        f"    <failure type={kind} message={message}>{escape(_clean(chr(10).join(body)))}</failure>"
    )


def _clean(text: str) -> str:
    """Drop the control characters that XML 1.0 forbids: names come from whoever created the object."""
    return "".join(c if c >= " " or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
