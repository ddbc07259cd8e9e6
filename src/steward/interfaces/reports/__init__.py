"""Reports of an audit or a plan in other formats: SARIF, JUnit, Markdown, HTML."""

from typing import Any, TextIO

from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer
from steward.commands.reassignment.report import ReassignmentPlan
from steward.model.instant import Instant


def write_report(format: str, answer: Answer[Any], stream: TextIO) -> None:
    """Write an audit, the audit of a demo, a plan (Markdown only) or a rebalance (HTML only) in a report format.

    Errors: ValueError for an unknown format.
    """
    if isinstance(answer.data, ReassignmentPlan):
        from steward.interfaces.reports.reassignment_html import reassignment_html

        stream.write(reassignment_html(answer))
        return
    if isinstance(answer.data, PlanReport):
        from steward.interfaces.reports.plan_markdown import plan_markdown

        stream.write(plan_markdown(answer))
        return
    audit = getattr(answer.data, "audit", answer.data)
    cluster = answer.cluster.name if answer.cluster else "unknown"
    at = str(answer.observed_at or Instant(0))
    match format:
        case "sarif":
            from steward.interfaces.reports.sarif import sarif

            stream.write(sarif(audit, cluster, at))
        case "junit":
            from steward.interfaces.reports.junit import junit

            stream.write(junit(audit, cluster, at))
        case "markdown":
            from steward.interfaces.reports.markdown import markdown

            stream.write(markdown(audit, cluster, at))
        case "html":
            from steward.interfaces.reports.html import html

            stream.write(html(audit, cluster, at))
        case _:
            raise ValueError(f"no report format {format}")
