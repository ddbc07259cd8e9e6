"""Bodies of notifications, in the format of each kind of receiver."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from steward.analysis.alerting.alert import AlertState
from steward.analysis.alerting.notification import (
    AlertInNotification,
    Notification,
    NotificationReason,
)
from steward.codec import to_plain
from steward.documents.writing import json_text
from steward.model.command import Command
from steward.model.finding import ObjectRef, Severity
from steward.model.printable import ansi_c_quoted, printable, printable_lines

_SLACK_ALERTS = 10
_COLORS = {
    Severity.CRITICAL: "#b3261e", Severity.HIGH: "#d9660a", Severity.MEDIUM: "#b58a00",
}  # fmt: skip
_MENTION = re.compile(r"(?<![A-Za-z0-9_])@(?=[A-Za-z0-9])")
"""Slack treats only its own angle-bracket form as a mention; compatible services also accept names as typed."""
_OVER_COLOR = "#2e7d32"


def webhook_body(notification: Notification) -> bytes:
    """Return steward's own JSON: the notification as it is; its schema is docs/reference/notification.schema.json."""
    return _json(to_plain(notification)[0])


def alertmanager_body(notification: Notification, link: str) -> bytes:
    """Return the array for Alertmanager's API v2 (its OpenAPI: postableAlerts).

    Labels identify the alert and never change; changing values are annotations. A firing alert has no ``endsAt``:
    Alertmanager ends it when it is not repeated for resolve_timeout.
    """
    return _json([_postable(notification, alert, link) for alert in notification.alerts])


def slack_body(notification: Notification, link: str) -> bytes:
    """Return the body for Slack's incoming webhooks and compatible ones."""
    shown = notification.alerts[:_SLACK_ALERTS]
    left = len(notification.alerts) - len(shown) + notification.omitted
    lines = [line for alert in shown for line in _slack_lines(alert)]
    if left:
        lines.append(f"_and {left} more_")
    over = notification.status is AlertState.RESOLVED
    mark = "OVER" if over else notification.severity.label.upper()
    if notification.reason is NotificationReason.REPEATED:
        mark += ", still"
    text = f"[{mark}] {_slack_text(notification.title)}"
    attachment: dict[str, Any] = {
        "fallback": text,
        "color": _OVER_COLOR if over else _COLORS.get(notification.severity, "#5f6368"),
        "text": "\n".join(lines),
        "footer": f"steward, cluster {_slack_text(notification.cluster)}",
        "ts": notification.at.ms // 1000,
        "mrkdwn_in": ["text"],
    }
    if link:
        attachment["title_link"] = link
        attachment["title"] = notification.rule.value.replace("_", " ")
    return _json({"text": text, "attachments": [attachment]})


def alert_name(rule: str) -> str:
    """Return a rule's name as Prometheus writes names of alerts: ``StewardLagOverObjective``."""
    return "Steward" + "".join(word.capitalize() for word in rule.split("_"))


def _postable(
    notification: Notification, alert: AlertInNotification, link: str
) -> Mapping[str, Any]:
    rule = notification.rule.value
    annotations = {
        "summary": alert.summary,
        "evidence": "; ".join(f"{e.fact}: {e.value} ({e.source})" for e in alert.evidence),
        "action": alert.remedy.summary if alert.remedy else "",
        "command": alert.remedy.command.line if alert.remedy and alert.remedy.command else "",
    }
    if alert.verdict is not None:
        annotations["cause"] = f"{alert.verdict.cause.value} ({alert.verdict.confidence.value})"
        annotations["diagnosis"] = alert.verdict.summary
    source = link or f"steward://{quote(notification.cluster, safe='', errors='replace')}"
    postable: dict[str, Any] = {
        "labels": {
            "alertname": alert_name(rule),
            "cluster": printable_lines(notification.cluster),
            "rule": rule,
            "severity": alert.severity.label,
            **_object_labels(alert.object),
        },
        "annotations": {k: printable(v) for k, v in annotations.items() if v},
        "startsAt": str(alert.started_at),
        "generatorURL": f"{source.rstrip('/')}/alerts/{alert.fingerprint}",
    }
    if alert.ended_at is not None:
        postable["endsAt"] = str(alert.ended_at)
    return postable


def _object_labels(about: ObjectRef) -> Mapping[str, str]:
    """Return the object as labels; a partition as topic and partition, as in steward's metrics."""
    topic, dash, number = about.name.rpartition("-")
    if about.kind == "partition" and dash and number.isascii() and number.isdigit():
        return {"topic": printable_lines(topic), "partition": number}
    return {} if about.kind == "cluster" else {about.kind: printable_lines(about.name)}


def _slack_lines(alert: AlertInNotification) -> Iterable[str]:
    over = "" if alert.ended_at is None else " (resolved)"
    yield f"• {_slack_text(alert.summary)}{over}"
    if alert.ended_at is not None:
        return
    if alert.verdict is not None:
        cause = alert.verdict.cause.value.replace("_", " ")
        yield (
            f"   *{cause}*, {alert.verdict.confidence.value}: {_slack_text(alert.verdict.summary)}"
        )
    if alert.remedy is not None:
        command = f": {_slack_command(alert.remedy.command)}" if alert.remedy.command else ""
        yield f"   → {_slack_text(alert.remedy.summary)}{command}"


def _slack_text(text: str) -> str:
    """Write a text on one line in which Slack and compatible services find no mention, link or code."""
    shown = _entities(printable(text)).replace("`", "'").replace("](", "] (")
    return _MENTION.sub("`@`", shown)


def _slack_command(command: Command) -> str:
    """Write a command as code; Slack cannot show a backtick there, so it is written as a shell escape."""
    line = command.line
    if "`" in line:
        line = " ".join(
            ansi_c_quoted(word).replace("`", "\\140") if "`" in word else Command((word,)).line
            for word in command.argv
        )
    return f"`{_entities(line)}`"


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _json(value: object) -> bytes:
    return json_text(value).encode()
