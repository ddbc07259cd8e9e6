"""Content of a notification: one for all alerts of a cluster by one rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

from steward.analysis.alerting.alert import SEVERITY, Alert, AlertCondition, AlertState
from steward.model.doc import Doc
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.instant import Instant
from steward.model.verdict import Verdict

MOST_ALERTS = 500
"""Number of alerts that a notification lists; the others are only counted."""


class NotificationReason(StrEnum):
    """Reason of a notification."""

    FIRED = "fired"
    """an alert started to fire, or its silence ended"""
    RESOLVED = "resolved"
    """an alert ended, and no new one started"""
    REPLACED = "cluster_replaced"
    """the profile now reaches another cluster: alerts of the previous one are closed"""
    REPEATED = "repeated"
    """it still fires, and the last notification was long ago"""
    TEST = "test"
    """a test of the delivery"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertInNotification:
    """One alert in a notification."""

    fingerprint: Annotated[str, Doc("constant for the same cluster, rule and object")]
    state: Annotated[AlertState, Doc("firing or resolved")]
    object: Annotated[ObjectRef, Doc("the affected object")]
    severity: Annotated[Severity, Doc("severity")]
    summary: Annotated[str, Doc("what is wrong, with its numbers, in one line")]
    value: Annotated[float | None, Doc("the measured value")]
    threshold: Annotated[float | None, Doc("the limit that the value is compared with")]
    started_at: Annotated[Instant, Doc("when it started to fire")]
    ended_at: Annotated[Instant | None, Doc("when it ended; null while it fires")]
    evidence: Annotated[tuple[Evidence, ...], Doc("the evidence")]
    remedy: Annotated[Remedy | None, Doc("the first action to take")]
    verdict: Annotated[Verdict | None, Doc("the diagnosis, if there is one")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """All alerts of one rule in one cluster that fire now or have just ended."""

    schema: Annotated[
        Literal["steward/notification/v1"], Doc("name and version of this format")
    ] = "steward/notification/v1"
    id: Annotated[
        str, Doc("constant when it is sent again, so that a receiver can discard duplicates")
    ]
    status: Annotated[AlertState, Doc("firing while any of its alerts fires, otherwise resolved")]
    reason: Annotated[NotificationReason, Doc("why it is sent now")]
    cluster: Annotated[str, Doc("name of the profile")]
    rule: Annotated[AlertCondition, Doc("the alert rule")]
    severity: Annotated[Severity, Doc("the highest of its alerts")]
    title: Annotated[str, Doc("summary in one line")]
    at: Annotated[Instant, Doc("when it was created")]
    alerts: Annotated[
        tuple[AlertInNotification, ...], Doc("firing ones first, new ones before older ones")
    ]
    omitted: Annotated[int, Doc("number of alerts not listed")] = 0


def notification(
    cluster: str,
    rule: AlertCondition,
    reason: NotificationReason,
    firing: Sequence[Alert],
    new: Iterable[Alert],
    ended: Sequence[Alert],
    now_ms: int,
) -> Notification:
    """Build the notification of a rule.

    The id is derived from its new alerts, so the same decision has the same id.
    """
    fresh = {a.fingerprint for a in new}
    listed = [
        *sorted(firing, key=lambda a: (a.fingerprint not in fresh, -(a.value or 0.0), a.object)),
        *sorted(ended, key=lambda a: a.object),
    ]
    return Notification(
        id=_id(cluster, rule, reason, (*new, *ended) if fresh or ended else firing, now_ms),
        status=AlertState.FIRING if firing else AlertState.RESOLVED,
        reason=reason,
        cluster=cluster,
        rule=rule,
        severity=max((a.severity for a in listed), default=SEVERITY[rule]),
        title=_title(cluster, rule, firing, ended, listed[0]),
        at=Instant(now_ms),
        alerts=tuple(notified_alert(a) for a in listed[:MOST_ALERTS]),
        omitted=max(0, len(listed) - MOST_ALERTS),
    )


def notified_alert(alert: Alert) -> AlertInNotification:
    """Return an alert in its notified form."""
    return AlertInNotification(
        fingerprint=alert.fingerprint,
        state=alert.state,
        object=alert.object,
        severity=alert.severity,
        summary=alert.summary,
        value=alert.value,
        threshold=alert.threshold,
        started_at=Instant(alert.since_ms if alert.fired_ms is None else alert.fired_ms),
        ended_at=None if alert.resolved_ms is None else Instant(alert.resolved_ms),
        evidence=alert.evidence,
        remedy=alert.remedy,
        verdict=alert.verdict,
    )


def _id(
    cluster: str,
    rule: AlertCondition,
    reason: NotificationReason,
    alerts: Iterable[Alert],
    now_ms: int,
) -> str:
    parts = sorted(f"{a.fingerprint} {a.fired_ms} {a.state.value}" for a in alerts)
    when = str(now_ms) if reason is NotificationReason.REPEATED else ""
    text = "\0".join((cluster, rule.value, reason.value, when, *parts))
    return sha256(text.encode(errors="replace")).hexdigest()[:24]


def _title(
    cluster: str,
    rule: AlertCondition,
    firing: Sequence[Alert],
    ended: Sequence[Alert],
    first: Alert,
) -> str:
    if len(firing) + len(ended) == 1:
        return first.summary if firing else f"resolved: {first.summary}"
    what = rule.value.replace("_", " ")
    counts = [f"{len(firing)} firing"] if firing else []
    counts += [f"{len(ended)} resolved"] if ended else []
    return f"{cluster}: {what}, {' and '.join(counts)}; {'first' if firing else 'for example'}: {first.summary}"
