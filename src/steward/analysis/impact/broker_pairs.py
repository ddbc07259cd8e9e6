"""Every pair of brokers that shares a partition: the effect of losing both beyond losing each."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from steward.analysis.impact.layout import NONE, ColumnFloats, ColumnInts, Flags, PartitionColumns
from steward.analysis.impact.leader_failover import FailoverResult, failover
from steward.analysis.impact.single_losses import LossCounts, Losses


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPairs:
    """Pairs of brokers, by index, the smaller first, in order, and the effect of losing both.

    Shape: as in Losses, by pair.

    A pair without a shared partition is not included: its loss is the sum of two single losses.
    """

    first: ColumnInts
    second: ColumnInts
    shared: LossCounts
    offline: LossCounts
    below: LossCounts
    at_risk: LossCounts
    one_copy_bytes: ColumnFloats

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.first)


_COUNTED = ("offline", "below", "at_risk")


def all_pairs(layout: PartitionColumns, single: Losses) -> BrokerPairs:
    """Compute each pair's loss: the sum of both single losses, corrected by the partitions that they share.

    ``single`` are the losses of each broker.
    """
    brokers = len(layout.brokers)
    alone = [failover(layout, _only(layout, slot)) for slot in range(len(layout.replicas))]
    keys: list[LossCounts] = []
    extra: dict[str, list[ColumnFloats]] = {name: [] for name in (*_COUNTED, "one_copy")}
    size = layout.size
    for a, b in combinations(range(len(layout.replicas)), 2):
        there = (layout.replicas[a] != NONE) & (layout.replicas[b] != NONE)
        both = failover(layout, _only(layout, a) | _only(layout, b))
        low = np.minimum(layout.replicas[a], layout.replicas[b]).astype(np.int64)
        keys.append((low * brokers + np.maximum(layout.replicas[a], layout.replicas[b]))[there])
        for name in _COUNTED:
            extra[name].append(_beyond(both, alone[a], alone[b], name)[there])
        more = _beyond(both, alone[a], alone[b], "one_copy")
        extra["one_copy"].append(np.where(more == 0, 0.0, more * size)[there])
    return _pairs(keys, extra, single, brokers)


def _only(layout: PartitionColumns, slot: int) -> Flags:
    lost = np.zeros(layout.replicas.shape, bool)
    lost[slot] = layout.replicas[slot] != NONE
    return lost


def _beyond(
    both: FailoverResult, one: FailoverResult, other: FailoverResult, name: str
) -> ColumnFloats:
    """Return what a partition adds to the sum of the single losses: -1, 0 or 1."""
    return (
        getattr(both, name).astype(np.float64)
        - getattr(one, name).astype(np.float64)
        - getattr(other, name).astype(np.float64)
    )


def _pairs(
    keys: list[LossCounts], extra: dict[str, list[ColumnFloats]], single: Losses, brokers: int
) -> BrokerPairs:
    whole = np.concatenate(keys) if keys else np.empty(0, np.int64)
    found, at, shared = np.unique(whole, return_inverse=True, return_counts=True)
    first, second = found // max(brokers, 1), found % max(brokers, 1)

    def summed(name: str, of_one: LossCounts | ColumnFloats) -> ColumnFloats:
        weights = np.concatenate(extra[name]) if keys else np.empty(0)
        alone = of_one[first].astype(np.float64) + of_one[second]
        return alone + np.bincount(at, weights, minlength=len(found)).astype(np.float64)

    return BrokerPairs(
        first=first.astype(np.int32),
        second=second.astype(np.int32),
        shared=shared,
        offline=summed("offline", single.offline).astype(np.int64),
        below=summed("below", single.below).astype(np.int64),
        at_risk=summed("at_risk", single.at_risk).astype(np.int64),
        one_copy_bytes=summed("one_copy", single.one_copy_bytes),
    )
