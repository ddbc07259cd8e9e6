"""An alert: its rule, object, start, and the content of its notifications."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from steward.model.bad_states import SEVERITY_OF, BadState
from steward.model.doc import Doc
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.verdict import Verdict


class AlertCondition(StrEnum):
    """The closed list of alert rules, the worst first."""

    DATA_LOSS = "data_loss"
    PARTITION_OFFLINE = "partition_offline"
    LAG_BURN_FAST = "lag_burn_fast"
    DATA_LOSS_IMMINENT = "data_loss_imminent"
    LAG_OVER_OBJECTIVE = "lag_over_objective"
    UNDER_MIN_ISR = "under_min_isr"
    TRANSACTION_HANGING = "transaction_hanging"
    REBALANCE_STORM = "rebalance_storm"
    STALE = "stale"
    LAG_BURN_SLOW = "lag_burn_slow"
    DRIFT = "drift"
    QUARANTINE_OVER = "quarantine_over"
    LAG_UNKNOWN = "lag_unknown"
    UNSEEN = "unseen"


SEVERITY: Mapping[AlertCondition, Severity] = {
    AlertCondition.DATA_LOSS: SEVERITY_OF[BadState.RECORDS_LOST],
    AlertCondition.PARTITION_OFFLINE: SEVERITY_OF[BadState.PARTITION_OFFLINE],
    AlertCondition.LAG_BURN_FAST: Severity.CRITICAL,
    AlertCondition.DATA_LOSS_IMMINENT: SEVERITY_OF[BadState.LOSS_IMMINENT],
    AlertCondition.LAG_OVER_OBJECTIVE: SEVERITY_OF[BadState.LAG_OVER_OBJECTIVE],
    AlertCondition.UNDER_MIN_ISR: SEVERITY_OF[BadState.UNDER_MIN_ISR],
    AlertCondition.TRANSACTION_HANGING: SEVERITY_OF[BadState.TRANSACTION_HANGING],
    AlertCondition.REBALANCE_STORM: SEVERITY_OF[BadState.REBALANCE_STORM],
    AlertCondition.STALE: Severity.HIGH,
    AlertCondition.LAG_BURN_SLOW: Severity.MEDIUM,
    AlertCondition.DRIFT: Severity.MEDIUM,
    AlertCondition.QUARANTINE_OVER: Severity.MEDIUM,
    AlertCondition.LAG_UNKNOWN: Severity.MEDIUM,
    AlertCondition.UNSEEN: Severity.MEDIUM,
}
"""Severity of each rule, as a check of the same state: critical and high page, medium is for working hours."""

MEANING: Mapping[AlertCondition, str] = {
    AlertCondition.DATA_LOSS: "records were deleted before a group consumed them",
    AlertCondition.PARTITION_OFFLINE: "a partition has no leader: no client can read or write it",
    AlertCondition.LAG_BURN_FAST: "a group consumes its error budget of lag at 14.4 times the allowed rate, "
    "over 5 minutes and over "
    "an hour: a month's budget lasts two days",
    AlertCondition.DATA_LOSS_IMMINENT: "retention overtakes a group within the hour, or in less than twice "
    "the time it needs "
    "to catch up",
    AlertCondition.LAG_OVER_OBJECTIVE: "the oldest unread record of a group is older than its "
    "objective, by the proved "
    "lower bound or by a timestamp search",
    AlertCondition.UNDER_MIN_ISR: "fewer replicas are in sync than min.insync.replicas: producers with acks=all fail",
    AlertCondition.TRANSACTION_HANGING: "a transaction that no coordinator will end blocks read_committed consumers",
    AlertCondition.REBALANCE_STORM: "a group rebalanced more than three times in five minutes, or was not "
    "stable for more than a "
    "tenth of that time",
    AlertCondition.STALE: "the last successful poll of a cluster is older than three intervals",
    AlertCondition.LAG_BURN_SLOW: "a group consumes its error budget of lag at 6 times the allowed rate, over "
    "30 minutes and over 6 "
    "hours: a month's budget lasts five days",
    AlertCondition.DRIFT: "an object differs from its manifest; the alert says how, since when, and which "
    "plan restores it",
    AlertCondition.QUARANTINE_OVER: "a topic's quarantine is over, and its DENY still blocks every client",
    AlertCondition.LAG_UNKNOWN: "a group's lag is unknown, at least on some of its partitions",
    AlertCondition.UNSEEN: "facts that alerts need could not be read, because a permission is missing or a "
    "request failed",
}
"""Description of each rule."""


class AlertState(StrEnum):
    """State of an alert."""

    PENDING = "pending"
    """bad, but not yet for long enough to notify"""
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One bad state of one object, from when it was first observed to its end. Times are epoch milliseconds."""

    fingerprint: Annotated[str, Doc("constant for the same cluster, rule and object")]
    cluster: str
    rule: AlertCondition
    object: ObjectRef
    severity: Severity
    state: AlertState
    summary: Annotated[str, Doc("what is wrong, with its numbers, in one line")]
    value: Annotated[float | None, Doc("the measured value")]
    threshold: Annotated[float | None, Doc("the limit that the value is compared with")]
    evidence: Annotated[tuple[Evidence, ...], Doc("the evidence")]
    remedy: Annotated[Remedy | None, Doc("the first action to take")]
    verdict: Annotated[Verdict | None, Doc("the diagnosis, if there is one")]
    since_ms: Annotated[int, Doc("first observed as bad")]
    seen_ms: Annotated[int, Doc("last evaluated")]
    fired_ms: Annotated[int | None, Doc("when it started to fire")] = None
    resolved_ms: Annotated[int | None, Doc("when it ended")] = None
    notified_ms: Annotated[int | None, Doc("when receivers were last notified that it fires")] = (
        None
    )
    clear_ticks: Annotated[int, Doc("consecutive polls without the bad state")] = 0


def fingerprint_of(cluster: str, rule: AlertCondition, about: ObjectRef) -> str:
    """Return the identity of an alert, constant over restarts and versions.

    ``cluster`` is the cluster id, so that a replacement cluster has its own alerts; the profile's name while no id is
    known. An alert that started under the name keeps its fingerprint to its end.
    """
    text = "\0".join((cluster, rule.value, about.kind, about.name))
    return sha256(text.encode(errors="replace")).hexdigest()[:16]
