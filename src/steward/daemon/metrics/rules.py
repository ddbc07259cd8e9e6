"""Prometheus rules generated from the registry: steward's alerts, for installations that alert with Prometheus.

`steward serve` judges its own alerts with more information: a timestamp search before firing, hysteresis, diagnosis.
These rules are for installations that keep all alerts in one place; use one or the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from steward.daemon.metrics import registry as r
from steward.model.lag import OBJECTIVE_SECONDS
from steward.model.turnover import STORM_REBALANCES

_OBJECTIVE = f"{OBJECTIVE_SECONDS:g}"
_BUDGET = 0.01
_GROUP = "cluster, group"
BAD = "steward:group_lag_over_objective:bool"
"""The recording rule's metric: 1 while a group's lag is proved to exceed its objective, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One alert of Prometheus. ``for_seconds`` is how long the condition must hold."""

    name: str
    expr: str
    severity: str
    summary: str
    description: str
    for_seconds: int = 0


def _burn(factor: float, short: str, long: str) -> str:
    return " and ".join(
        f"avg_over_time({BAD}[{window}]) > {factor} * {_BUDGET}" for window in (short, long)
    )


ALERT_RULES: tuple[AlertRule, ...] = (
    AlertRule(
        name="StewardDataLoss",
        expr=f"{r.GROUP_LOST_RECORDS.name} > 0",
        severity="critical",
        summary="group {{ $labels.group }} lost {{ $value }} records",
        description="Retention deleted them before the group consumed them.",
    ),
    AlertRule(
        name="StewardDataLossImminent",
        expr=f"{r.GROUP_DATA_LOSS_IN_SECONDS.name} < 3600",
        severity="critical",
        summary="group {{ $labels.group }} will lose records in {{ $value | humanizeDuration }}",
        description="At current rates retention will delete records before the group reads them.",
    ),
    AlertRule(
        name="StewardLagOverObjective",
        expr=f"{BAD} == 1",
        severity="high",
        summary=f"group {{{{ $labels.group }}}} lags more than {_OBJECTIVE} s",
        description="Its oldest unprocessed record is older than the objective; the lower bound proves it.",
    ),
    AlertRule(
        name="StewardLagBurnFast",
        expr=_burn(14.4, "5m", "1h"),
        severity="critical",
        summary="group {{ $labels.group }} uses its lag error budget 14.4 times too fast",
        description="The lag should meet its objective 99% of the time; at this rate a month's budget lasts two "
        "days.",
    ),
    AlertRule(
        name="StewardLagBurnSlow",
        expr=_burn(6, "30m", "6h"),
        severity="medium",
        summary="group {{ $labels.group }} uses its lag error budget 6 times too fast",
        description="The lag should meet its objective 99% of the time; at this rate a month's budget lasts five "
        "days.",
    ),
    AlertRule(
        name="StewardLagUnknown",
        expr=f"max by ({_GROUP}) ({r.GROUP_LAG_UNKNOWN.name} > 0 or {r.GROUP_UNKNOWN.name} == 1)",
        severity="medium",
        summary="lag of group {{ $labels.group }} is unknown",
        description="An unknown lag is not healthy: find out why it is unknown.",
        for_seconds=60,
    ),
    AlertRule(
        name="StewardRebalanceStorm",
        expr=f"increase({r.GROUP_REBALANCES.name}[5m]) > {STORM_REBALANCES}",
        severity="high",
        summary="group {{ $labels.group }} rebalanced {{ $value | humanize }} times in 5 minutes",
        description="A rebalancing group does not consume.",
    ),
    AlertRule(
        name="StewardPartitionOffline",
        expr=f"{r.TOPIC_PARTITIONS_OFFLINE.name} > 0",
        severity="critical",
        summary="{{ $value }} partitions of {{ $labels.topic }} have no leader",
        description="They can be neither read nor written.",
    ),
    AlertRule(
        name="StewardUnderMinIsr",
        expr=f"{r.TOPIC_PARTITIONS_UNDER_MIN_ISR.name} > 0",
        severity="high",
        summary="{{ $value }} partitions of {{ $labels.topic }} are under min.insync.replicas",
        description="Producers with acks=all fail.",
        for_seconds=30,
    ),
    AlertRule(
        name="StewardTransactionHanging",
        expr=f"{r.HANGING_TRANSACTIONS.name} > 0",
        severity="high",
        summary="{{ $value }} transactions hang in {{ $labels.cluster }}",
        description="They hold read_committed consumers back, and no coordinator will end them.",
    ),
    AlertRule(
        name="StewardStale",
        expr=f"{r.COLLECTION_STALENESS_SECONDS.name} > 3 * {r.COLLECTION_INTERVAL_SECONDS.name}",
        severity="high",
        summary="cluster {{ $labels.cluster }} was last seen {{ $value | humanizeDuration }} ago",
        description="Its alerts are outdated: some may have ended, others may be missing.",
    ),
    AlertRule(
        name="StewardUnseen",
        expr=f"sum by (cluster) ({r.COLLECTION_GAPS.name}) > 0",
        severity="medium",
        summary="{{ $value }} facts of {{ $labels.cluster }} could not be read",
        description="Grant steward the ACLs that `steward permissions` lists.",
        for_seconds=300,
    ),
    AlertRule(
        name="StewardDrift",
        expr=f"sum by (cluster, manifests) ({r.DRIFT_OBJECTS.name}) > 0",
        severity="medium",
        summary="{{ $value }} objects of {{ $labels.cluster }} differ from {{ $labels.manifests }}",
        description="`steward drift` shows which, how they differ, and since when.",
        for_seconds=60,
    ),
    AlertRule(
        name="StewardDriftUnknown",
        expr=f"{r.DRIFT_UNKNOWN.name} > 0",
        severity="medium",
        summary="{{ $labels.manifests }} cannot be compared with {{ $labels.cluster }}",
        description="The daemon's log gives the reason: an invalid manifest, or a missing ACL.",
        for_seconds=300,
    ),
    AlertRule(
        name="StewardQuarantineOver",
        expr=f"{r.QUARANTINES_OVER.name} > 0",
        severity="medium",
        summary="{{ $value }} topics of {{ $labels.cluster }} are still blocked after their quarantine",
        description="Unblock them with `steward topic quarantine NAME --lift`, or delete them.",
    ),
    AlertRule(
        name="StewardDown",
        expr=f"absent({r.BUILD_INFO.name})",
        severity="high",
        summary="steward is not scraped",
        description="The clusters are not monitored.",
        for_seconds=60,
    ),
    AlertRule(
        name="StewardStoreDown",
        expr=f"{r.STORE_UP.name} == 0",
        severity="medium",
        summary="steward cannot write to its store",
        description="Alerts continue from memory; history has a gap, and a restart may send a notification twice.",
        for_seconds=300,
    ),
    AlertRule(
        name="StewardReceiverDown",
        expr=f"increase({r.NOTIFICATION_FAILURES.name}[15m]) > 0 and {r.NOTIFICATIONS_PENDING.name} > 0",
        severity="medium",
        summary="{{ $labels.receiver }} does not accept notifications",
        description="They wait in the outbox for up to a day.",
        for_seconds=300,
    ),
)


def rule_file() -> Mapping[str, Any]:
    """Return the rules as a Prometheus rules file (YAML; this is its JSON subset)."""
    return {
        "groups": [
            {"name": "steward-recorded", "interval": "15s", "rules": [_recorded()]},
            {"name": "steward", "interval": "15s", "rules": [_alert(rule) for rule in ALERT_RULES]},
        ]
    }


def _recorded() -> Mapping[str, Any]:
    """Return the expression for a group over its objective, by the proved bound."""
    over = f"{r.GROUP_LAG_SECONDS_LOW.name} > bool {_OBJECTIVE}"
    return {"record": BAD, "expr": f"max by ({_GROUP}) ({over})"}


def _alert(rule: AlertRule) -> Mapping[str, Any]:
    made: dict[str, Any] = {"alert": rule.name, "expr": rule.expr}
    if rule.for_seconds:
        made["for"] = f"{rule.for_seconds}s"
    made["labels"] = {"severity": rule.severity}
    made["annotations"] = {"summary": rule.summary, "description": rule.description}
    return made
