"""Permitted load of each broker: a window around its share of the total, or of its rack's if racks bind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    RackSpread,
    ReplicaLayout,
)
from steward.analysis.rebalance.rack_proportion import counts_by_factor


@dataclass(frozen=True, slots=True)
class LoadWindow:
    """Minimum and maximum of a resource for each broker."""

    low: Floats
    high: Floats

    def violation(self, load: Floats) -> float:
        """Return the sum by which loads are outside their windows."""
        return float(np.maximum(load - self.high, 0).sum() + np.maximum(self.low - load, 0).sum())


def window_of(
    layout: ReplicaLayout,
    resource: BalancedResource,
    load: Floats,
    usable: BrokerMask,
    tolerance: float,
    *,
    per_rack: bool,
) -> LoadWindow:
    """Return windows around the shares of the present load.

    Units: ``tolerance`` is a share, 0.05 for five percent on both sides.

    ``usable`` brokers share everything in proportion to their weights; the others may hold nothing. ``per_rack`` keeps
    a rack's load within it: if every partition has a replica in each rack, none can leave its own.
    """
    weight = np.where(usable, layout.weight_of(resource), 0.0)
    share = np.zeros(len(load))
    for members in pools_of(layout, per_rack=per_rack):
        whole = weight[members].sum()
        if whole > 0:
            share[members] = load[members].sum() * weight[members] / whole
    return LoadWindow(share * (1 - tolerance), share * (1 + tolerance))


def racks_bind(layout: ReplicaLayout, usable: BrokerMask) -> bool:
    """Return whether every partition has exactly one replica in every rack, so that none can leave its own."""
    racks = np.unique(layout.rack[usable])
    if layout.rack_spread is RackSpread.PROPORTIONAL and not _one_each(layout, usable):
        return False
    if len(racks) == 0 or not (layout.factor == len(racks)).all():
        return False
    there = layout.replicas != NONE
    of = np.where(there, layout.rack[layout.replicas], NONE)
    ordered = np.sort(of, axis=1)
    return (
        bool((ordered == np.sort(racks)[None, :]).all())
        if ordered.shape[1] == len(racks)
        else False
    )


def _one_each(layout: ReplicaLayout, usable: BrokerMask) -> bool:
    """Return whether racks in proportion hold exactly one replica of each partition, because they are alike."""
    return all(
        set(counts.low) <= {0, 1} and counts.low == counts.high
        for counts in counts_by_factor(layout, usable).values()
    )


def lower_bound(load: Floats, window: LoadWindow, pools: Sequence[BrokerMask]) -> float:
    """Return the minimum that any plan must move to bring every broker into its window.

    Source: the larger of the overloaded brokers' excess and the underloaded ones' need, pool by pool: the optimum of
            the transport problem without limits of racks or of co-location.
    """
    bound = 0.0
    for members in pools:
        give = np.maximum(load[members] - window.high[members], 0).sum()
        get = np.maximum(window.low[members] - load[members], 0).sum()
        bound += float(max(give, get))
    return bound


def pools_of(layout: ReplicaLayout, *, per_rack: bool) -> Sequence[BrokerMask]:
    """Return the sets of brokers among which replicas can move: all, or each rack's."""
    if not per_rack:
        return [np.ones(len(layout.brokers), np.bool_)]
    return [layout.rack == rack for rack in range(int(layout.rack.max()) + 1)]


def aims_of(load: Floats, window: LoadWindow, pools: Sequence[BrokerMask]) -> Floats:
    """Return the load that each broker should end with, so that the total moved equals the lower bound.

    Brokers outside their window move to its edge. If the need exceeds the excess, the fullest brokers give the rest,
    down to one level relative to their window; otherwise the emptiest take the rest, up to one level.
    """
    aims = load.copy()
    for members in pools:
        at, low, high = load[members], window.low[members], window.high[members]
        give = np.maximum(at - high, 0).sum()
        get = np.maximum(low - at, 0).sum()
        scale = np.where(high > 0, high, 1.0)
        if give == get == 0:
            continue
        if get >= give:
            aims[members] = _settled(at, low, high, scale, get, down=True)
        else:
            aims[members] = _settled(at, low, high, scale, give, down=False)
    return aims


def _settled(
    at: Floats, low: Floats, high: Floats, scale: Floats, amount: float, *, down: bool
) -> Floats:
    """Bisect for the level at which the fuller brokers give, or the emptier take, exactly the amount."""
    bottom, top = 0.0, float((at / scale).max(initial=0.0)) + 2.0
    for _ in range(60):
        level = (bottom + top) / 2
        edge = np.clip(level * scale, low, high)
        moved = np.maximum(at - edge, 0).sum() if down else np.maximum(edge - at, 0).sum()
        if (moved > amount) == down:
            bottom = level
        else:
            top = level
    level = bottom if down else top
    edge = np.clip(level * scale, low, high)
    if down:
        return np.where(at < low, low, np.minimum(at, edge))
    return np.where(at > high, high, np.maximum(at, edge))
