"""How many in-sync replicas a partition needs, as the broker counts them."""

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.topic_kinds import number
from steward.model import replication
from steward.model.topic import Partition, Topic

SINCE_CAPPED = (3, 7)
"""Since this version a broker asks for no more in-sync replicas than there are replicas (KAFKA-15583)."""


def is_capped(facts: Facts) -> bool:
    """Tell whether the brokers cap min.insync.replicas by the number of replicas."""
    return facts.kafka_version >= SINCE_CAPPED


def effective_min_isr(facts: Facts, topic: Topic, partition: Partition) -> int:
    """Return how many in-sync replicas the partition's leader asks for."""
    wanted = number(facts.topic_config(topic.name, "min.insync.replicas"))
    if is_capped(facts):
        return replication.effective_min_isr(wanted, len(partition.replicas))
    return wanted
