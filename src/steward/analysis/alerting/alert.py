"""An alert: which rule, about what, since when, and what is told of it."""

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
    """The closed list of what is alerted on, the worst first."""

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
"""How bad each is, as a check of the same state says: critical and high wake people, medium is for working hours."""

MEANING: Mapping[AlertCondition, str] = {
    AlertCondition.DATA_LOSS: "records were deleted before a group consumed them",
    AlertCondition.PARTITION_OFFLINE: "a partition has no leader: nobody can read or write it",
    AlertCondition.LAG_BURN_FAST: "a group uses up its error budget of lag 14.4 times as fast as it may, "
    "over 5 minutes and over "
    "an hour: a month's is gone in two days",
    AlertCondition.DATA_LOSS_IMMINENT: "retention overtakes a group within the hour, or sooner than twice "
    "the time that it needs "
    "to catch up",
    AlertCondition.LAG_OVER_OBJECTIVE: "the oldest unprocessed record of a group is older than its "
    "objective, proved by the "
    "lower bound or found by a search of timestamps",
    AlertCondition.UNDER_MIN_ISR: "fewer replicas are in sync than min.insync.replicas: producers with acks=all fail",
    AlertCondition.TRANSACTION_HANGING: "a transaction that no coordinator will end holds read_committed readers back",
    AlertCondition.REBALANCE_STORM: "a group rebalanced more than three times in five minutes, or was not "
    "stable for more than a "
    "tenth of them",
    AlertCondition.STALE: "the last look at a cluster is older than three intervals",
    AlertCondition.LAG_BURN_SLOW: "a group uses up its error budget of lag 6 times as fast as it may, over "
    "30 minutes and over 6 "
    "hours: a month's is gone in five days",
    AlertCondition.DRIFT: "an object has left its manifest; the alert says in what, since when, and which "
    "plan leads back",
    AlertCondition.QUARANTINE_OVER: "a topic's quarantine is over, and its DENY still keeps everybody from it",
    AlertCondition.LAG_UNKNOWN: "a group's lag cannot be told, or not on all of its partitions",
    AlertCondition.UNSEEN: "something that alerts rest on could not be seen, for a right is missing or a "
    "request failed",
}
"""What each says."""


class AlertState(StrEnum):
    """Where an alert stands."""

    PENDING = "pending"
    """bad, but not for long enough to be told"""
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One bad state of one object, from the first time it was seen to its end. Times are epoch milliseconds."""

    fingerprint: Annotated[str, Doc("the same for the same cluster, rule and object, always")]
    cluster: str
    rule: AlertCondition
    object: ObjectRef
    severity: Severity
    state: AlertState
    summary: Annotated[str, Doc("what is wrong, in one line with its numbers")]
    value: Annotated[float | None, Doc("the number that is judged")]
    threshold: Annotated[float | None, Doc("what it is judged by")]
    evidence: Annotated[tuple[Evidence, ...], Doc("what proves it")]
    remedy: Annotated[Remedy | None, Doc("what to do first")]
    verdict: Annotated[Verdict | None, Doc("the diagnosis, where there is one")]
    since_ms: Annotated[int, Doc("first seen bad")]
    seen_ms: Annotated[int, Doc("last judged")]
    fired_ms: Annotated[int | None, Doc("when it began to fire")] = None
    resolved_ms: Annotated[int | None, Doc("when it ended")] = None
    told_ms: Annotated[int | None, Doc("when receivers were last told that it fires")] = None
    clear_ticks: Annotated[int, Doc("looks in a row that found it well")] = 0


def fingerprint_of(cluster: str, rule: AlertCondition, about: ObjectRef) -> str:
    """Return the identity of an alert: stable over restarts and versions.

    Shape: ``cluster`` is its id, so that a cluster that replaces another has its own; its name while no id is known. An
           alert that began under the name keeps its fingerprint to its end.
    """
    text = "\0".join((cluster, rule.value, about.kind, about.name))
    return sha256(text.encode(errors="replace")).hexdigest()[:16]
