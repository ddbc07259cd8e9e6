"""Severity of each bad state that both checks and alerts report: defined once, so that they agree."""

from collections.abc import Mapping
from enum import StrEnum

from steward.model.finding import Severity


class BadState(StrEnum):
    """States that reports and the running daemon both judge."""

    PARTITION_OFFLINE = "partition_offline"
    UNDER_MIN_ISR = "under_min_isr"
    RECORDS_LOST = "records_lost"
    LOSS_IMMINENT = "loss_imminent"
    LAG_OVER_OBJECTIVE = "lag_over_objective"
    TRANSACTION_HANGING = "transaction_hanging"
    REBALANCE_STORM = "rebalance_storm"


SEVERITY_OF: Mapping[BadState, Severity] = {
    BadState.PARTITION_OFFLINE: Severity.CRITICAL,
    BadState.UNDER_MIN_ISR: Severity.CRITICAL,
    BadState.RECORDS_LOST: Severity.CRITICAL,
    BadState.LOSS_IMMINENT: Severity.HIGH,
    BadState.LAG_OVER_OBJECTIVE: Severity.HIGH,
    BadState.TRANSACTION_HANGING: Severity.CRITICAL,
    BadState.REBALANCE_STORM: Severity.MEDIUM,
}
"""The severity before any mitigation, such as a group that has no members now."""
