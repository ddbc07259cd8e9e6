"""How alerts say numbers, and what they advise first."""

from steward.analysis.alerting.alert import Alert
from steward.analysis.alerting.facts import GroupFacts
from steward.model.command import ClusterTarget, steward
from steward.model.finding import Remedy
from steward.model.instant import Instant
from steward.model.lag import LagSeconds
from steward.model.printable import printable

_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))


def duration(seconds: float) -> str:
    """Say a duration with two digits or more: ``75 s``, ``3.5 min``, ``12 h``."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def lag_text(seconds: LagSeconds) -> str:
    """Say a lag with its bounds: ``75 s (72 s to 78 s)``."""
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
    return Remedy("see why it lags", command)


def alert_line(alert: Alert) -> str:
    """Say in one line which alert changed: rule, severity, object, what is wrong with its number, since when."""
    value = "" if alert.value is None else f"; value {alert.value:g}"
    since = f"since {Instant(alert.since_ms)}"
    about = f"{alert.rule.value} ({alert.severity.label}) {alert.object.kind} {alert.object.name}"
    return printable(f"{about}: {alert.summary}{value}, {since}")
