"""``steward alert rules``: print alerting rules for Prometheus."""

from dataclasses import dataclass

from steward.commands.api.context import Context
from steward.commands.api.envelope import Document
from steward.commands.api.registry import (
    Answer,
    Capability,
    capability,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRulesParams:
    """No parameters."""


@capability(
    "alert.rules",
    needs_cluster=False,
    examples=("steward alert rules > steward.rules.yml",),
)
def show_rules(params: AlertRulesParams, context: Context) -> Answer[Document]:
    """Print alerting rules for Prometheus, for teams that alert from Prometheus only.

    They use the metrics of `steward serve`. steward's own alerts also use diagnoses.
    """
    from steward.daemon.metrics.rules import rule_file

    return Answer(data=Document(rule_file(), is_yaml=True))


CAPABILITIES: tuple[Capability, ...] = (show_rules,)
