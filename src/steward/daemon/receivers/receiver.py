"""A receiver: its address, message format, and filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward.analysis.alerting.notification import Notification, NotificationReason
from steward.model.connection import Secret
from steward.model.finding import Severity


class ReceiverKind(StrEnum):
    """Message formats of receivers."""

    WEBHOOK = "webhook"
    """steward's own JSON, with a published schema"""
    ALERTMANAGER = "alertmanager"
    """POST /api/v2/alerts of Prometheus's Alertmanager, repeated while an alert fires"""
    SLACK = "slack"
    """an incoming webhook of Slack, Mattermost, Rocket.Chat and others that take its JSON"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One receiver. ``url`` and the values of ``secret_headers`` are secrets: they appear in no message or log.

    Units: ``timeout_seconds`` for the whole exchange.
    Shape: empty ``clusters`` and ``rules`` mean all; ``ca_file`` is a PEM file added to the system's CAs; ``link`` is
           steward's URL for people, empty for none.
    """

    name: str
    kind: ReceiverKind
    url: Secret
    secret_headers: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout_seconds: float = 10.0
    ca_file: str | None = None
    least_severity: Severity = Severity.INFO
    clusters: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    link: str = ""

    def takes(self, notification: Notification) -> bool:
        """Return whether it wants the notification."""
        if notification.reason is NotificationReason.TEST:
            return True
        if self.clusters and notification.cluster not in self.clusters:
            return False
        if self.rules and notification.rule.value not in self.rules:
            return False
        return notification.severity >= self.least_severity
