"""Command lines that give topics other replicas."""

from collections.abc import Sequence

from steward.model.command import Command, steward
from steward.model.finding import Remedy
from steward.model.topic import Topic


def more_replicas(topic: Topic, factor: int) -> Remedy:
    """Say how to raise a topic's replication factor, keeping every replica where it is."""
    summary = f"give every partition {factor} replicas, throttled if the topic is large"
    return Remedy(
        summary,
        steward(
            "reassignment plan",
            "change-replication-factor",
            replication_factor=factor,
            topics=topic.name,
        ),
    )


def rebalance(topics: Sequence[str]) -> Command:
    """Return the command that plans where topics' replicas should be, racks observed."""
    return steward("reassignment plan", "balance", topics=",".join(topics))
