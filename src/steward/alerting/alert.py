"""An alert: which rule, about what, since when, and what is told of it."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from steward.model.doc import Doc
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.verdict import Verdict


class Rule(StrEnum):
    """The closed list of what is alerted on."""

    DATA_LOSS = "data_loss"
    """records were deleted before a group consumed them"""
    PARTITION_OFFLINE = "partition_offline"
    """a partition has no leader: nobody can read or write it"""
    LAG_BURN_FAST = "lag_burn_fast"
    """the error budget of lag is used up 14.4 times as fast as it may be, over 5 minutes and over an hour"""
    DATA_LOSS_IMMINENT = "data_loss_imminent"
    """retention overtakes a group before it can catch up, or soon"""
    LAG_OVER_OBJECTIVE = "lag_over_objective"
    """the oldest unprocessed record of a group is older than its objective"""
    UNDER_MIN_ISR = "under_min_isr"
    """fewer replicas in sync than min.insync.replicas: producers with acks=all fail"""
    TRANSACTION_HANGING = "transaction_hanging"
    """a transaction that nobody will end holds readers back"""
    REBALANCE_STORM = "rebalance_storm"
    """a group rebalances more than three times in five minutes, or is not stable for a tenth of them"""
    STALE = "stale"
    """the last look at the cluster is older than three intervals"""
    LAG_BURN_SLOW = "lag_burn_slow"
    """the error budget of lag is used up 6 times as fast as it may be, over 30 minutes and over 6 hours"""
    LAG_UNKNOWN = "lag_unknown"
    """a group's lag cannot be told"""
    UNSEEN = "unseen"
    """something that alerts rest on could not be seen"""


SEVERITY: dict[Rule, Severity] = {
    Rule.DATA_LOSS: Severity.CRITICAL,
    Rule.PARTITION_OFFLINE: Severity.CRITICAL,
    Rule.LAG_BURN_FAST: Severity.CRITICAL,
    Rule.DATA_LOSS_IMMINENT: Severity.CRITICAL,
    Rule.LAG_OVER_OBJECTIVE: Severity.HIGH,
    Rule.UNDER_MIN_ISR: Severity.HIGH,
    Rule.TRANSACTION_HANGING: Severity.HIGH,
    Rule.REBALANCE_STORM: Severity.HIGH,
    Rule.STALE: Severity.HIGH,
    Rule.LAG_BURN_SLOW: Severity.MEDIUM,
    Rule.LAG_UNKNOWN: Severity.MEDIUM,
    Rule.UNSEEN: Severity.MEDIUM,
}
"""How bad each is: critical and high are for waking people, medium is for working hours."""


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
    rule: Rule
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


def fingerprint_of(cluster: str, rule: Rule, about: ObjectRef) -> str:
    """Return the identity of an alert: stable over restarts and versions."""
    text = "\0".join((cluster, rule.value, about.kind, about.name))
    return sha256(text.encode(errors="replace")).hexdigest()[:16]
