"""The number of in-sync replicas that a partition needs, as the broker computes it."""

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.topic_kinds import number
from steward.model import replication
from steward.model.topic import Partition, Topic

SINCE_CAPPED = (3, 7)
"""Since this version a broker requires at most as many in-sync replicas as there are replicas (KAFKA-15583)."""


def is_capped(facts: Facts) -> bool:
    """Return whether the brokers cap min.insync.replicas by the number of replicas."""
    return facts.kafka_version >= SINCE_CAPPED


def effective_min_isr(facts: Facts, topic: Topic, partition: Partition) -> int:
    """Return the number of in-sync replicas that the partition's leader requires."""
    wanted = number(facts.topic_config(topic.name, "min.insync.replicas"))
    if is_capped(facts):
        return replication.effective_min_isr(wanted, len(partition.replicas))
    return wanted
