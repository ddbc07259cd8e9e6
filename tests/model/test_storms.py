"""A rebalance storm is one thing: check, alert and diagnosis count rebalances by one rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.alerting.rules import AlertRules
from steward.analysis.checks.thresholds import Thresholds
from steward.daemon.metrics.rules import ALERT_RULES
from steward.model.turnover import STORM_REBALANCES, STORM_WINDOW_SECONDS, is_storm_rate


@given(st.integers(0, 50))
def test_more_than_three_in_five_minutes_are_a_storm_for_alert_and_check(rebalances: int) -> None:
    limits, rules = Thresholds(), AlertRules()
    by_check = is_storm_rate(
        rebalances,
        STORM_WINDOW_SECONDS,
        in_window=limits.rebalances_in_five_minutes,
        least=limits.rebalances_in_window,
    )
    by_alert = is_storm_rate(rebalances, STORM_WINDOW_SECONDS, in_window=rules.storm_rebalances)
    assert by_check == by_alert == (rebalances > STORM_REBALANCES)


@pytest.mark.parametrize(
    ("rebalances", "seconds", "storm"),
    [(1, 0.0, False), (1, 600.0, False), (2, 20.0, True), (6, 600.0, False), (7, 600.0, True)],
)
def test_short_and_long_times_are_judged_by_their_rate(
    rebalances: int, seconds: float, storm: bool
) -> None:
    assert is_storm_rate(rebalances, seconds) is storm


def test_the_rule_for_prometheus_has_the_same_number() -> None:
    (rule,) = [r for r in ALERT_RULES if r.name == "StewardRebalanceStorm"]
    assert rule.expr.endswith(f"> {STORM_REBALANCES}")
