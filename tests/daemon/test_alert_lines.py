"""A line for each alert that begins to fire or ends, and one severity for each state."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_alerter import group, tick

from steward.analysis.alerting.alert import SEVERITY, Alert, AlertCondition, AlertState
from steward.analysis.alerting.rules import AlertRules
from steward.analysis.alerting.wording import alert_line
from steward.analysis.checks.catalog import CHECKS
from steward.daemon.alerting.alerter import Alerter
from steward.daemon.alerting.delivery import ReceiverWorkers
from steward.model.connection import Secret
from steward.model.printable import printable
from steward.store.open import open_store


def test_a_line_when_an_alert_begins_and_one_when_it_ends(tmp_path: Path) -> None:
    told: list[Alert] = []
    with open_store(Secret(f"sqlite:///{tmp_path}/steward.db")) as store:
        alerter = Alerter(store, AlertRules(), [], ReceiverWorkers([]), told.append)
        for at, lag in enumerate([70.0, 70.0, 80.0, 1.0, 1.0, 1.0, 1.0, 70.0]):
            alerter.tick(tick(at * 10, group("evil\x1b[2J\r\nname\u202e", lag)))
    assert [a.state for a in told] == [
        AlertState.FIRING,
        AlertState.RESOLVED,
        AlertState.FIRING,
    ]
    line = alert_line(told[0])
    assert line.isprintable()
    assert "lag_over_objective (high) group evil\\x1b[2J\\r\\nname\\u202e" in line
    assert "value 70" in line
    assert "since 20" in line


@given(st.text())
def test_every_text_is_made_printable(text: str) -> None:
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (AlertCondition.PARTITION_OFFLINE, "partition_offline"),
        (AlertCondition.UNDER_MIN_ISR, "isr_below_min"),
        (AlertCondition.DATA_LOSS, "offset_below_log_start"),
        (AlertCondition.LAG_OVER_OBJECTIVE, "lag_over_objective"),
        (AlertCondition.TRANSACTION_HANGING, "transaction_hanging"),
        (AlertCondition.REBALANCE_STORM, "rebalance_storm"),
    ],
)
def test_a_state_is_as_bad_in_an_alert_as_in_a_check(rule: AlertCondition, name: str) -> None:
    (check,) = [c for c in CHECKS if c.name == name]
    assert SEVERITY[rule] is check.severity
