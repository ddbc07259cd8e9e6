"""Capacity of unlike brokers as weights: a broker's share of the load is in proportion to its weight."""

from collections.abc import Mapping

import numpy as np

from steward.analysis.rebalance.layout import PLACED, BalancedResource, Floats, ReplicaLayout


def weights_of(
    layout: ReplicaLayout, numbers: Mapping[int, float]
) -> Mapping[BalancedResource, Floats]:
    """Return weights of every resource; brokers without a number have 1."""
    own = np.array([numbers.get(broker, 1.0) for broker in layout.brokers])
    return dict.fromkeys(BalancedResource, own)


def weights_by_disk(layout: ReplicaLayout) -> Mapping[BalancedResource, Floats]:
    """Return weights of what replicas use on any broker, in proportion to the logs that fit on its disks.

    Leaders, and the load that leaders cause, stay even: they depend on a broker's network and CPU. A broker of unknown
    disk size has weight 1, the mean of the others.
    """
    known = np.isfinite(layout.disk)
    mean = float(layout.disk[known].mean()) if known.any() else 0.0
    own = np.where(known & (mean > 0), layout.disk / (mean or 1.0), 1.0)
    return dict.fromkeys(PLACED, own)
