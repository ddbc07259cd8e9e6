"""Text of alerts: lag with bounds, the first action, the one-line form."""

from steward.analysis.alerting.alert import Alert
from steward.analysis.alerting.facts import GroupFacts
from steward.model.command import ClusterTarget, steward
from steward.model.finding import Remedy
from steward.model.instant import Instant
from steward.model.lag import LagSeconds
from steward.model.printable import printable
from steward.model.wording import duration


def lag_text(seconds: LagSeconds) -> str:
    """Write a lag with its bounds: ``1m 15s (1m 12s to 1m 18s)``."""
    high = "" if seconds.high is None else f" to {duration(seconds.high)}"
    low = duration(seconds.low)
    bounds = f"{low}{high}" if high else f"at least {low}"
    return f"{duration(seconds.value)} ({bounds})"


def remedy_of(cluster: str, group: GroupFacts) -> Remedy:
    """Return the diagnosis's first action; without a diagnosis, how to get one."""
    if group.verdict is not None and group.verdict.actions:
        first = group.verdict.actions[0]
        return Remedy(first.summary, first.command)
    command = steward("diagnose", group.group).at(ClusterTarget(cluster=cluster))
    return Remedy("diagnose the lag", command)


def alert_line(alert: Alert) -> str:
    """Describe in one line an alert that changed: rule, severity, object, what is wrong, value, start."""
    value = "" if alert.value is None else f"; value {alert.value:g}"
    since = f"since {Instant(alert.since_ms)}"
    about = f"{alert.rule.value} ({alert.severity.label}) {alert.object.kind} {alert.object.name}"
    return printable(f"{about}: {alert.summary}{value}, {since}")
