"""What a plan costs and brings, beside the least that any plan could cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.rebalance.goal import Obstacle
from steward.analysis.rebalance.layout import (
    LED,
    NONE,
    PLACED,
    BalancedResource,
    Floats,
    Ints,
    Mask,
    ReplicaLayout,
    nobody,
)
from steward.analysis.rebalance.placement_state import added_replicas, moved_bytes
from steward.analysis.rebalance.window import LoadWindow

_SLACK = 1e-9
"""Sums of bytes are rounded; a window is kept when it is missed by less than this share."""


@dataclass(frozen=True, slots=True)
class Balance:
    """How evenly a resource is used by the brokers that may hold replicas; loads relative to each one's share."""

    least: float
    most: float
    deviation: float
    """standard deviation over mean"""
    outside: int
    """brokers out of their window"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedPlacement:
    """A placement that is proposed, and its certificate.

    Units: bytes. ``lower_bound_bytes`` is what any plan for the same windows moves at least; ``leaders_bound`` is the
           least changes of leader. ``usable`` brokers may hold replicas afterwards.
    """

    replicas: Ints
    leader: Ints
    moved_bytes: float
    lower_bound_bytes: float
    replicas_moved: int
    leaders_moved: int
    leaders_bound: int
    before: Mapping[BalancedResource, Balance]
    after: Mapping[BalancedResource, Balance]
    windows: Mapping[BalancedResource, LoadWindow]
    usable: Mask
    notes: tuple[Obstacle, ...]

    @property
    def gap(self) -> float:
        """By what share it moves more than the least; 0 where nothing has to move."""
        least = self.lower_bound_bytes
        return (self.moved_bytes - least) / least if least > 0 else 0.0


def with_optimality(
    layout: ReplicaLayout,
    replicas: Ints,
    leader: Ints,
    windows: Mapping[BalancedResource, LoadWindow],
    usable: Mask,
    *,
    bound: float,
    leaders_bound: int,
    notes: tuple[Obstacle, ...] = (),
) -> ProvedPlacement:
    """Measure a placement against the layout that it comes from."""
    resources = [*PLACED, *LED]
    after = replace(layout, replicas=replicas, leader=leader)
    return ProvedPlacement(
        replicas=replicas,
        leader=leader,
        moved_bytes=moved_bytes(layout, replicas),
        lower_bound_bytes=bound,
        replicas_moved=int(added_replicas(layout.replicas, replicas).sum()),
        leaders_moved=int(((leader != layout.leader) & (layout.leader != NONE)).sum()),
        leaders_bound=leaders_bound,
        before={r: _balance(layout, r, layout.load(r), windows, usable) for r in resources},
        after={r: _balance(after, r, after.load(r), windows, usable) for r in resources},
        windows=windows,
        usable=usable,
        notes=notes,
    )


def _balance(
    layout: ReplicaLayout,
    resource: BalancedResource,
    load: Floats,
    windows: Mapping[BalancedResource, LoadWindow],
    usable: Mask,
) -> Balance:
    relative = relative_load(layout, resource, load, usable)[usable]
    window = windows.get(resource)
    return Balance(
        least=float(relative.min(initial=np.inf)),
        most=float(relative.max(initial=0.0)),
        deviation=float(relative.std()) if len(relative) else 0.0,
        outside=0 if window is None else len(_outside(load, window)),
    )


def relative_load(
    layout: ReplicaLayout, resource: BalancedResource, load: Floats, usable: Mask
) -> Floats:
    """Return each broker's load relative to its share of all: 1 is even; 1 where there is nothing to share."""
    weight = np.where(usable, layout.weight_of(resource), 0.0)
    share = load.sum() * weight / max(float(weight.sum()), 1e-12)
    return np.divide(load, share, out=np.ones_like(load), where=share > 0)


def _outside(load: Floats, window: LoadWindow) -> list[int]:
    slack = _SLACK * max(1.0, float(window.high.max(initial=0.0)))
    out = (load < window.low - slack) | (load > window.high + slack)
    return [int(b) for b in np.flatnonzero(out)]


def unreached(
    layout: ReplicaLayout,
    replicas: Ints,
    windows: Mapping[BalancedResource, LoadWindow],
    usable: Mask,
) -> Iterator[Obstacle]:
    """Name brokers that stay out of their window, and how many replicas are too large for it."""
    for resource, window in windows.items():
        out = _outside(layout.load(resource, replicas, nobody(layout)), window)
        if not out:
            continue
        names = ", ".join(str(layout.brokers[b]) for b in out[:5])
        held, _ = layout.demand(resource)
        width = float((window.high - window.low)[usable].max(initial=0.0))
        large = int((held > width).sum())
        told = f"; {large} replicas are larger than a window is wide" if large else ""
        yield Obstacle(
            rule="window_unreachable", about=f"{resource.value} of broker {names}",
            message=f"{len(out)} brokers stay outside the window of {resource.value} (such as {names}){told}",
            instead="a larger --tolerance, or more racks and brokers",
        )  # fmt: skip


def overflowing(layout: ReplicaLayout, replicas: Ints) -> Iterator[Obstacle]:
    """Name brokers whose disks could not hold what arrives beside what is there: a replica goes after it has come."""
    got = arriving(layout, replicas)
    held = layout.load(BalancedResource.DISK, leader=nobody(layout))
    over = np.flatnonzero((got > 0) & (held + got > layout.disk)).tolist()
    for broker in sorted(over, key=lambda b: (-float(held[b] + got[b] - layout.disk[b]), b))[:3]:
        free = max(0.0, float(layout.disk[broker] - held[broker]))
        number = layout.brokers[broker]
        yield Obstacle(
            rule="disk_would_overflow", about=f"broker {number}",
            message=f"broker {number} has {free / 1e9:,.3g} GB free and would get {got[broker] / 1e9:,.3g} GB before "
            "anything leaves it",
            instead=f"a larger --tolerance, fewer --topics at a time, or --exclude-brokers {number}",
        )  # fmt: skip


def arriving(layout: ReplicaLayout, replicas: Ints) -> Floats:
    """Return the bytes that each broker gets."""
    new = (replicas != NONE) & ~(replicas[:, :, None] == layout.replicas[:, None, :]).any(axis=2)
    rows, slots = np.nonzero(new)
    brokers = len(layout.brokers)
    return np.bincount(replicas[rows, slots], weights=layout.size[rows], minlength=brokers).astype(
        np.float64
    )


@dataclass(frozen=True, slots=True)
class MoveDuration:
    """How long moving takes at least at a rate: seconds, and the broker that takes longest, receiving or sending."""

    seconds: float
    broker: int | None
    receives: bool


def duration_of(layout: ReplicaLayout, replicas: Ints, bytes_per_second: float) -> MoveDuration:
    """Return what the busiest broker needs; what is sent is sent by the leader, whichever replica goes.

    Source: KIP-73: followers, new ones too, fetch from the leader.
    """
    there = replicas != NONE
    new = there & ~(replicas[:, :, None] == layout.replicas[:, None, :]).any(axis=2)
    rows, _ = np.nonzero(new)
    brokers = len(layout.brokers)
    got = arriving(layout, replicas)
    led = layout.leader[rows]
    sent = np.bincount(led[led != NONE], weights=layout.size[rows][led != NONE], minlength=brokers)
    busiest = max((float(got.max(initial=0.0)), True), (float(sent.max(initial=0.0)), False))
    amount, receives = busiest
    if amount <= 0:
        return MoveDuration(0.0, None, True)
    place = int((got if receives else sent).argmax())
    return MoveDuration(amount / bytes_per_second, layout.brokers[place], receives)
