"""The common content of reports: an audit of a cluster, or a lint of manifests."""

from dataclasses import dataclass

from steward.commands.check.audit import Audit, check_pages
from steward.commands.manifests.lint import Lint, lint_rule_names
from steward.interfaces.views.audit import headline
from steward.interfaces.views.lint import lint_headline
from steward.model.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsReport:
    """Findings with their circumstances; ``quiet`` are the rules that found nothing."""

    command: str
    about: str
    title: str
    headline: str
    findings: tuple[Finding, ...]
    quiet: tuple[str, ...]
    seconds: float


def findings_report(result: Audit | Lint, cluster: str) -> FindingsReport:
    """Return the report's content; for a lint, manifests stand in for the cluster's name."""
    found = {f.check for f in result.findings}
    if isinstance(result, Lint):
        return FindingsReport(
            command="lint",
            about="manifests",
            title="Lint of manifests",
            headline=lint_headline(result),
            findings=result.findings,
            quiet=tuple(n for n in lint_rule_names() if n not in found),
            seconds=0.0,
        )
    idle = {*found, *result.not_applicable}
    return FindingsReport(
        command="check",
        about=cluster,
        title=f"Audit of {cluster}",
        headline=headline(result),
        findings=result.findings,
        quiet=tuple(n for n in check_pages() if n not in idle),
        seconds=result.cost.duration_seconds,
    )
