"""The maximum lag of groups: as requested, else from ``[alerts]``; the same for commands and daemon."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward.commands.api.context import Context

if TYPE_CHECKING:  # alerting is imported only when needed
    from steward.analysis.alerting.rules import AlertRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectives:
    """The lag objective of a cluster's groups, and exceptions by group name. Units: seconds."""

    seconds: float
    of_group: Callable[[str], float]


def objectives_of(rules: "AlertRules", cluster: str) -> Objectives:
    """Return the objectives that alert rules set for the groups of a cluster."""
    from steward.analysis.alerting.rules import rules_for

    return Objectives(
        seconds=rules.groups.objective_seconds,
        of_group=lambda group: rules_for(rules, cluster, group).objective_seconds,
    )


def objectives_in(context: Context, asked_seconds: float | None) -> Objectives:
    """Return the objectives of the chosen cluster's groups; a requested one applies to all of them.

    Errors: ConfigurationError.
    """
    if asked_seconds is not None:
        return Objectives(seconds=asked_seconds, of_group=lambda _: asked_seconds)
    from steward.settings.alerts import alert_rules

    return objectives_of(alert_rules(context.settings), context.named_profile[0])
