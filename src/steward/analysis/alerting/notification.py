"""What receivers are told: one notification for all alerts of a cluster by one rule."""

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
"""Alerts that one notification lists; the others are counted."""


class NotificationReason(StrEnum):
    """Why it is told now."""

    FIRED = "fired"
    """something began to fire, or came out of a silence"""
    RESOLVED = "resolved"
    """something ended, and nothing new began"""
    REPLACED = "cluster_replaced"
    """another cluster answers under the profile's name: what was open of the one before is closed"""
    REPEATED = "repeated"
    """it still fires, and was told long ago"""
    TEST = "test"
    """somebody tries whether it arrives"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertInNotification:
    """One alert, as it is told."""

    fingerprint: Annotated[str, Doc("the same for the same cluster, rule and object, always")]
    state: Annotated[AlertState, Doc("firing or resolved")]
    object: Annotated[ObjectRef, Doc("what it is about")]
    severity: Annotated[Severity, Doc("how bad it is")]
    summary: Annotated[str, Doc("what is wrong, in one line with its numbers")]
    value: Annotated[float | None, Doc("the number that is judged")]
    threshold: Annotated[float | None, Doc("what it is judged by")]
    started_at: Annotated[Instant, Doc("when it began to fire")]
    ended_at: Annotated[Instant | None, Doc("when it ended; null while it fires")]
    evidence: Annotated[tuple[Evidence, ...], Doc("what proves it")]
    remedy: Annotated[Remedy | None, Doc("what to do first")]
    verdict: Annotated[Verdict | None, Doc("the diagnosis, where there is one")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """All alerts of one rule in one cluster that fire now or have just ended."""

    schema: Annotated[Literal["steward/notification/v1"], Doc("name and version of this shape")] = (
        "steward/notification/v1"
    )
    id: Annotated[str, Doc("the same when it is sent again: a receiver can drop the second")]
    status: Annotated[AlertState, Doc("firing while any of its alerts fires, else resolved")]
    reason: Annotated[NotificationReason, Doc("why it is told now")]
    cluster: Annotated[str, Doc("name of the profile")]
    rule: Annotated[AlertCondition, Doc("what is alerted on")]
    severity: Annotated[Severity, Doc("of the worst of its alerts")]
    title: Annotated[str, Doc("all of it in one line")]
    at: Annotated[Instant, Doc("when it was decided")]
    alerts: Annotated[
        tuple[AlertInNotification, ...], Doc("firing ones first, new ones before old ones")
    ]
    omitted: Annotated[int, Doc("alerts that are not listed")] = 0


def notification(
    cluster: str,
    rule: AlertCondition,
    reason: NotificationReason,
    firing: Sequence[Alert],
    new: Iterable[Alert],
    ended: Sequence[Alert],
    now_ms: int,
) -> Notification:
    """Put together what is told of a rule.

    Shape: the id follows from what is new in it, so the same decision has the same id.
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
        alerts=tuple(told_alert(a) for a in listed[:MOST_ALERTS]),
        omitted=max(0, len(listed) - MOST_ALERTS),
    )


def told_alert(alert: Alert) -> AlertInNotification:
    """Return an alert as it is told."""
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
        return first.summary if firing else f"over: {first.summary}"
    what = rule.value.replace("_", " ")
    counts = [f"{len(firing)} firing"] if firing else []
    counts += [f"{len(ended)} over"] if ended else []
    return f"{cluster}: {what}, {' and '.join(counts)}; {'first' if firing else 'such as'}: {first.summary}"
