"""Replicas that a drain leaves on its brokers, each with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steward.analysis.rebalance.feasibility import leaderless
from steward.analysis.rebalance.goal import Intent, RebalanceGoal, StayReason
from steward.analysis.rebalance.layout import NONE, Ints, ReplicaLayout
from steward.model.names import TopicPartition


@dataclass(frozen=True, slots=True, order=True)
class StayingReplica:
    """A replica that stays on a broker that is being drained."""

    broker: int
    partition: TopicPartition
    reason: StayReason


def staying_replicas(
    goal: RebalanceGoal, layout: ReplicaLayout, replicas: Ints
) -> tuple[StayingReplica, ...]:
    """Return every replica that a plan leaves on the brokers to drain; empty for other goals.

    ``replicas`` is the placement of the plan.
    """
    if goal.intent is not Intent.DRAIN:
        return ()
    drained = np.array([b in goal.brokers for b in layout.brokers], np.bool_)
    rows, slots = np.nonzero((replicas != NONE) & drained[replicas])
    reasons = _reasons(goal, layout)
    return tuple(
        sorted(
            StayingReplica(
                layout.brokers[int(replicas[row, slot])], layout.partitions[row], reasons[row]
            )
            for row, slot in zip(rows.tolist(), slots.tolist(), strict=True)
        )
    )


def _reasons(goal: RebalanceGoal, layout: ReplicaLayout) -> Sequence[StayReason]:
    """Return why each partition would stay, the first reason that holds."""
    found = np.full(len(layout.partitions), StayReason.NO_ELIGIBLE_BROKER, object)
    found[leaderless(layout)] = StayReason.NO_LEADER
    found[goal.fixed_in(layout)] = StayReason.PINNED
    for reason, partitions in goal.fixed_by.items():
        found[partitions] = reason
    return found.tolist()


def emptied_brokers(goal: RebalanceGoal, layout: ReplicaLayout, replicas: Ints) -> tuple[int, ...]:
    """Return the brokers to drain that hold no replica after a plan; empty for other goals."""
    if goal.intent is not Intent.DRAIN:
        return ()
    places: list[int] = np.unique(replicas[replicas != NONE]).tolist()
    held = {layout.brokers[b] for b in places}
    return tuple(sorted(b for b in goal.brokers if b not in held and b in layout.place))
