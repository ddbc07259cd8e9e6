"""Remedies and commands that change the replicas of topics."""

from collections.abc import Sequence

from steward.model.command import Command, steward
from steward.model.finding import Remedy
from steward.model.topic import Topic


def more_replicas(topic: Topic, factor: int) -> Remedy:
    """Return the remedy that raises a topic's replication factor and leaves existing replicas in place."""
    summary = f"raise the replication factor to {factor}, throttled if the topic is large"
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
    """Return the command that plans a rack-aware placement of topics' replicas."""
    return steward("reassignment plan", "balance", topics=",".join(topics))
