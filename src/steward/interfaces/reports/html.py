"""An audit as one HTML file: no scripts, no external resources, readable in print and in dark mode."""

from steward.commands.check.audit import Audit, check_pages
from steward.interfaces.reports.page import page_template
from steward.interfaces.views.audit import by_rule, headline
from steward.model.finding import Severity
from steward.model.wording import size


def html(audit: Audit, cluster: str, at: str) -> str:
    """Return the page; every name and value is escaped."""
    live = [f for f in audit.findings if f.waiver is None]
    return page_template("audit.html.j2").render(
        cluster=cluster,
        at=at,
        audit=audit,
        headline=headline(audit),
        rules=by_rule(f for f in live if f.severity is not Severity.UNKNOWN),
        unknown=[f for f in live if f.severity is Severity.UNKNOWN],
        waived=[f for f in audit.findings if f.waiver],
        pages=check_pages(),
        received=size(audit.cost.bytes_received),
    )
