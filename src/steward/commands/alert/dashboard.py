"""``steward alert dashboard``: print a Grafana dashboard of the metrics of `steward serve`."""

from dataclasses import dataclass

from steward.commands.api.context import Context
from steward.commands.api.envelope import Document
from steward.commands.api.registry import (
    Answer,
    Capability,
    capability,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDashboardParams:
    """No parameters."""


@capability(
    "alert.dashboard",
    needs_cluster=False,
    examples=("steward alert dashboard > steward.dashboard.json",),
)
def show_dashboard(params: AlertDashboardParams, context: Context) -> Answer[Document]:
    """Print a Grafana dashboard of the metrics of `steward serve`."""
    from steward.daemon.metrics.dashboard import dashboard

    return Answer(data=Document(dashboard()))


CAPABILITIES: tuple[Capability, ...] = (show_dashboard,)
