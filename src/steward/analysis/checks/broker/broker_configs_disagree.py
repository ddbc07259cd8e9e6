"""Cluster-wide settings that differ between brokers."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import holders
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import alter_brokers_config, few, on_cluster, static_broker_config
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part

_DYNAMIC = (
    "compression.type",
    "log.cleanup.policy",
    "log.message.timestamp.after.max.ms",
    "log.message.timestamp.type",
    "log.retention.bytes",
    "log.retention.ms",
    "log.segment.bytes",
    "message.max.bytes",
    "min.insync.replicas",
    "unclean.leader.election.enable",
)
_STATIC = (
    "auto.create.topics.enable",
    "auto.leader.rebalance.enable",
    "default.replication.factor",
    "delete.topic.enable",
    "group.max.session.timeout.ms",
    "group.min.session.timeout.ms",
    "log.retention.hours",
    "log.retention.minutes",
    "num.partitions",
    "offsets.retention.minutes",
    "offsets.topic.replication.factor",
    "replica.fetch.max.bytes",
    "replica.lag.time.max.ms",
    "transaction.max.timeout.ms",
    "transaction.state.log.min.isr",
    "transaction.state.log.replication.factor",
)


@check("B04", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def broker_configs_disagree(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers have different values for settings that should be the same in the whole cluster.

    What it means: settings for topics, retention, groups or transactions differ between brokers.
    Why it matters: the behaviour of a topic depends on the broker that leads it. Retention, durability and limits
        change when a leader moves; the defaults for new topics may change with the active controller.
    What to do: set each key once for the whole cluster if Kafka can change it while running, otherwise to the same
        value in every server.properties.
    """
    split = {
        key: found for key in (*_DYNAMIC, *_STATIC) if len(found := dict(holders(facts, key))) > 1
    }
    if split:
        key, values = next(iter(split.items()))
        most = max(values, key=lambda v: (len(values[v]), v))
        repair = alter_brokers_config if key in _DYNAMIC else static_broker_config
        yield FoundState(
            object=on_cluster(),
            summary=f"behaviour depends on the leader: brokers have different values for {few(split)}",
            evidence=tuple(
                Evidence(
                    "DescribeConfigs brokers",
                    k,
                    "; ".join(
                        f"{value} on {few(brokers)}"
                        for value, brokers in sorted(by.items(), key=lambda i: (-len(i[1]), i[0]))
                    ),
                )
                for k, by in split.items()
            ),
            remedy=repair(key, most),
        )
    facts.require_all_broker_configs()
