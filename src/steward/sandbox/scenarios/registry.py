"""Every scenario, in one explicit tuple."""

from steward.model.error import ObjectNotFound
from steward.sandbox.scenarios import (
    abandoned_group,
    abandoned_topic,
    catching_up,
    commit_rhythm,
    hanging_transaction,
    hot_key,
    lag_spike,
    lost_broker,
    markers_only,
    min_isr_one,
    mixed,
    no_retention,
    noisy_neighbour,
    open_transaction,
    over_partitioned,
    paused_partition,
    poison_record,
    rebalance_storm,
    retention_overrun,
    rewound_group,
    share_group,
    skewed_assignment,
    slow_member,
    streams_group,
    stuck_member,
    throttled_consumer,
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
    slow_member.SCENARIO,
    skewed_assignment.SCENARIO,
    stuck_member.SCENARIO,
    poison_record.SCENARIO,
    open_transaction.SCENARIO,
    throttled_consumer.SCENARIO,
    rewound_group.SCENARIO,
    paused_partition.SCENARIO,
    abandoned_topic.SCENARIO,
    commit_rhythm.SCENARIO,
    catching_up.SCENARIO,
    markers_only.SCENARIO,
    no_retention.SCENARIO,
    min_isr_one.SCENARIO,
    over_partitioned.SCENARIO,
    share_group.SCENARIO,
    streams_group.SCENARIO,
)


def scenario_named(name: str) -> Scenario:
    """Find a scenario.

    Errors: ObjectNotFound, with the existing ones.
    """
    for scenario in SCENARIOS:
        if scenario.name == name:
            return scenario
    known = ", ".join(one.name for one in SCENARIOS)
    raise ObjectNotFound(
        f"unknown scenario {name!r}", remedy=f"Use one of {known}.", object_name=name
    )
