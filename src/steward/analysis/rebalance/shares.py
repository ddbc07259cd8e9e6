"""Each broker's share of a resource: what may be moved, over the brokers that may receive it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    RackSpread,
    ReplicaLayout,
)
from steward.analysis.rebalance.rack_proportion import counts_by_factor

_STEPS = 100
"""Bisection steps: enough for all digits of a float."""
_HAIR, _ROUNDING = 1e-9, 1e-12


@dataclass(frozen=True, slots=True)
class Shares:
    """Load that each broker should hold; ``by_rack`` if racks, not the whole cluster, determine it."""

    share: Floats
    fixed: Floats
    """load of partitions that do not move"""
    by_rack: bool


def shares_of_load(
    layout: ReplicaLayout,
    resource: BalancedResource,
    usable: BrokerMask,
    leaving: BrokerMask,
    fixed: BrokerMask,
) -> Shares:
    """Return each usable broker's share of a resource that replicas use; 0 for other brokers.

    The load of ``usable`` brokers, and what moves away from ``leaving`` ones, is shared in proportion to the brokers'
    weights. A broker whose ``fixed`` partitions exceed its share keeps them, and the others share the rest. A rack
    holds a bounded number of replicas of each partition: what a small or large rack cannot hold in proportion, the
    other racks hold.
    """
    weight = np.where(usable, layout.weight_of(resource), 0.0)
    stays = load_of_rows(layout, resource, fixed)
    moves = load_of_rows(layout, resource, ~fixed)
    total = float((stays + moves)[usable].sum() + moves[leaving & ~usable].sum())
    if not usable.any() or weight.sum() <= 0 or total <= 0:
        return Shares(np.zeros(len(weight)), stays, by_rack=False)
    racks = [usable & (layout.rack == r) for r in np.unique(layout.rack[usable])]
    least, most = _rack_limits(layout, resource, usable, racks, fixed)

    def held(level: float) -> Floats:
        wanted = np.maximum(level * weight, stays)
        return np.array([wanted[members].sum() for members in racks])

    top = 2 * (total + stays.sum()) / weight[weight > 0].min()
    found = _level(lambda level: float(np.clip(held(level), least, most).sum()), total, top)
    plain, limited = held(found), np.clip(held(found), least, most)
    share = np.zeros(len(weight))
    for members, own in zip(racks, limited.tolist(), strict=True):
        w, f = weight[members], stays[members]
        level = _level(lambda lv, w=w, f=f: float(np.maximum(lv * w, f).sum()), own, top)
        share[members] = level * w
    by_rack = bool((np.abs(plain - limited) > _HAIR * total).any()) or (
        len(racks) > 1 and bool((least >= most * (1 - _HAIR)).all())
    )
    return Shares(share, stays, by_rack=by_rack)


def load_of_rows(layout: ReplicaLayout, resource: BalancedResource, rows: BrokerMask) -> Floats:
    """Return each broker's load from the replicas of some partitions."""
    held, _ = layout.demand(resource)
    there = (layout.replicas != NONE) & rows[:, None]
    spread = np.broadcast_to(held[:, None], layout.replicas.shape)[there]
    brokers = len(layout.brokers)
    return np.bincount(layout.replicas[there], weights=spread, minlength=brokers).astype(np.float64)


def _rack_limits(
    layout: ReplicaLayout,
    resource: BalancedResource,
    usable: BrokerMask,
    racks: list[BrokerMask],
    fixed: BrokerMask,
) -> tuple[Floats, Floats]:
    """Return the minimum and maximum that each rack's usable brokers hold if replicas are spread over racks.

    Only replicas on usable brokers count: those on others stay there.
    """
    held, _ = layout.demand(resource)
    stays = load_of_rows(layout, resource, fixed)
    on: Ints = ((layout.replicas != NONE) & usable[layout.replicas]).sum(axis=1).astype(np.int32)
    others = layout.factor - on
    least, most = np.zeros(len(racks)), np.zeros(len(racks))
    for n, members in enumerate(racks):
        down, up = _counts(layout, usable, members, len(racks))
        down = np.where(others > 0, 0, down)
        base = float(stays[members].sum())
        most[n] = base + float((held * up)[~fixed].sum())
        least[n] = base + float((held * down)[~fixed].sum())
    return least, most


def _counts(
    layout: ReplicaLayout, usable: BrokerMask, members: BrokerMask, racks: int
) -> tuple[Ints, Ints]:
    """Return how many replicas of each partition a rack with these usable brokers holds at least and at most."""
    if layout.rack_spread is RackSpread.EVEN:
        size = int(members.sum())
        low = np.minimum(layout.factor // racks, size)
        return low, np.minimum(-(-layout.factor // racks), size)
    rack = int(layout.rack[members][0])
    low, high = np.zeros_like(layout.factor), np.zeros_like(layout.factor)
    for factor, counts in counts_by_factor(layout, usable).items():
        low[layout.factor == factor] = counts.low[rack]
        high[layout.factor == factor] = counts.high[rack]
    return low, high


def _level(held: Callable[[float], float], total: float, top: float) -> float:
    """Bisect for the highest level at which brokers hold no more than the total."""
    bottom, most = 0.0, total * (1 + _ROUNDING)
    for _ in range(_STEPS):
        level = (bottom + top) / 2
        if held(level) <= most:
            bottom = level
        else:
            top = level
    return bottom
