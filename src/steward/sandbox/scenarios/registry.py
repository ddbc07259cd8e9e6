"""Every scenario there is, in one explicit tuple."""

from steward.model.error import ObjectNotFound
from steward.sandbox.scenarios import (
    abandoned_group,
    hanging_transaction,
    hot_key,
    lag_spike,
    lost_broker,
    min_isr_one,
    mixed,
    no_retention,
    noisy_neighbour,
    over_partitioned,
    rebalance_storm,
    retention_overrun,
    share_group,
    streams_group,
    weak_producer,
)
from steward.sandbox.scenarios.scenario import Scenario

__all__ = ["SCENARIOS", "Scenario", "scenario_named"]

SCENARIOS: tuple[Scenario, ...] = (
    mixed.SCENARIO,
    lag_spike.SCENARIO,
    hot_key.SCENARIO,
    weak_producer.SCENARIO,
    hanging_transaction.SCENARIO,
    rebalance_storm.SCENARIO,
    noisy_neighbour.SCENARIO,
    lost_broker.SCENARIO,
    abandoned_group.SCENARIO,
    retention_overrun.SCENARIO,
    no_retention.SCENARIO,
    min_isr_one.SCENARIO,
    over_partitioned.SCENARIO,
    share_group.SCENARIO,
    streams_group.SCENARIO,
)


def scenario_named(name: str) -> Scenario:
    """Find a scenario.

    Errors: ObjectNotFound, listing those there are.
    """
    for scenario in SCENARIOS:
        if scenario.name == name:
            return scenario
    known = ", ".join(one.name for one in SCENARIOS)
    raise ObjectNotFound(
        f"there is no scenario {name!r}", remedy=f"Use one of {known}.", object_name=name
    )
