"""A reassignment that somebody else made, measured like one of our own."""

import numpy as np

from steward.rebalancing.certificate import Proposal, certified
from steward.rebalancing.formats import Assignment, FormatError
from steward.rebalancing.layout import NONE, Layout


def proposal_of(assignment: Assignment, layout: Layout) -> Proposal:
    """Measure a reassignment.

    Shape: the lower bound is 0: what the plan is for is not known. Partitions that it does not list stay.
    Errors: FormatError, for brokers and partitions that are not there, and for another replication factor.
    """
    places = {key: row for row, key in enumerate(layout.partitions)}
    replicas, leader = layout.replicas.copy(), layout.leader.copy()
    for key, brokers in assignment.items():
        row = places.get(key)
        if row is None:
            raise FormatError(f"partition {key} does not exist")
        unknown = [b for b in brokers if b not in layout.place]
        if unknown:
            raise FormatError(f"broker {unknown[0]}, to which {key} shall go, is not registered")
        if len(brokers) != int(layout.factor[row]):
            raise FormatError(
                f"{key} has {int(layout.factor[row])} replicas and would have {len(brokers)}: a change of the "
                "replication factor is not judged"
            )
        replicas[row, : len(brokers)] = [layout.place[b] for b in brokers]
        if leader[row] != NONE and leader[row] not in replicas[row]:
            leader[row] = replicas[row, 0]
    usable = layout.alive.copy()
    usable[np.unique(replicas[replicas != NONE])] = True
    return certified(layout, replicas, leader, {}, usable, bound=0.0, leaders_bound=0)
