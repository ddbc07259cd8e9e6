"""Cost and effect of a plan, compared with the lower bound of any plan."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.rebalance.goal import Obstacle
from steward.analysis.rebalance.layout import (
    LED,
    NONE,
    PLACED,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    ReplicaLayout,
    no_leaders,
)
from steward.analysis.rebalance.placement_state import added_replicas, moved_bytes
from steward.analysis.rebalance.window import LoadWindow
from steward.model.wording import count, size


@dataclass(frozen=True, slots=True)
class Balance:
    """How evenly the usable brokers are loaded, for one resource; loads relative to each broker's share."""

    least: float
    most: float
    deviation: float
    """standard deviation over mean"""
    outside: int
    """brokers outside their window"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedPlacement:
    """A proposed placement with its measure of optimality.

    Units: bytes.

    ``lower_bound_bytes`` is what any plan for the same windows moves at least; ``leaders_bound`` is the minimum of
    leader changes. ``usable`` brokers may hold replicas afterwards.
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
    usable: BrokerMask
    notes: tuple[Obstacle, ...]
    by_rack: bool = False
    """whether a broker's share is one of its rack's load, not of the cluster's, because replicas keep to racks"""

    @property
    def gap(self) -> float:
        """Share by which it moves more than the lower bound; 0 if nothing has to move."""
        least = self.lower_bound_bytes
        return (self.moved_bytes - least) / least if least > 0 else 0.0


def with_optimality(
    layout: ReplicaLayout,
    replicas: Ints,
    leader: Ints,
    windows: Mapping[BalancedResource, LoadWindow],
    usable: BrokerMask,
    *,
    bound: float,
    leaders_bound: int,
    notes: tuple[Obstacle, ...] = (),
    by_rack: bool = False,
) -> ProvedPlacement:
    """Measure a placement against the present layout."""
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
        by_rack=by_rack,
    )


def _balance(
    layout: ReplicaLayout,
    resource: BalancedResource,
    load: Floats,
    windows: Mapping[BalancedResource, LoadWindow],
    usable: BrokerMask,
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
    layout: ReplicaLayout, resource: BalancedResource, load: Floats, usable: BrokerMask
) -> Floats:
    """Return each broker's load relative to its share: 1 is even; 1 if there is no load."""
    weight = np.where(usable, layout.weight_of(resource), 0.0)
    share = load[usable].sum() * weight / max(float(weight.sum()), 1e-12)
    return np.divide(load, share, out=np.ones_like(load), where=share > 0)


def _outside(load: Floats, window: LoadWindow) -> list[int]:
    return [int(b) for b in np.flatnonzero(window.excess(load))]


def unreached(
    layout: ReplicaLayout,
    replicas: Ints,
    windows: Mapping[BalancedResource, LoadWindow],
    usable: BrokerMask,
) -> Iterator[Obstacle]:
    """Name brokers that stay outside their window, and count replicas that are too large for it."""
    for resource, window in windows.items():
        out = _outside(layout.load(resource, replicas, no_leaders(layout)), window)
        if not out:
            continue
        names = ", ".join(str(layout.brokers[b]) for b in out[:5])
        held, _ = layout.demand(resource)
        width = float((window.high - window.low)[usable].max(initial=0.0))
        large = int((held > width).sum())
        more = (
            f"; {count(large, 'replica')} {'is' if large == 1 else 'are'} larger than a window"
            if large
            else ""
        )
        yield Obstacle(
            rule="window_unreachable", about=f"{resource.value} of broker {names}",
            message=f"{count(len(out), 'broker')} {'stays' if len(out) == 1 else 'stay'} outside the window "
            f"of {resource.value} ({names}){more}",
            instead="a larger --tolerance, or more racks and brokers",
        )  # fmt: skip


def overflowing(layout: ReplicaLayout, replicas: Ints) -> Iterator[Obstacle]:
    """Name brokers whose disks cannot hold the new replicas beside the old ones, which are deleted only afterwards."""
    got = arriving(layout, replicas)
    held = layout.load(BalancedResource.DISK, leader=no_leaders(layout))
    over = np.flatnonzero((got > 0) & (held + got > layout.disk)).tolist()
    for broker in sorted(over, key=lambda b: (-float(held[b] + got[b] - layout.disk[b]), b))[:3]:
        free = max(0.0, float(layout.disk[broker] - held[broker]))
        number = layout.brokers[broker]
        yield Obstacle(
            rule="disk_would_overflow", about=f"broker {number}",
            message=f"broker {number} has {size(free)} free and would receive {size(got[broker])} before "
            "any replica is removed from it",
            instead=f"a larger --tolerance, fewer --topics at a time, or --exclude-brokers {number}",
        )  # fmt: skip


def arriving(layout: ReplicaLayout, replicas: Ints) -> Floats:
    """Return the bytes that each broker receives."""
    new = (replicas != NONE) & ~(replicas[:, :, None] == layout.replicas[:, None, :]).any(axis=2)
    rows, slots = np.nonzero(new)
    brokers = len(layout.brokers)
    return np.bincount(replicas[rows, slots], weights=layout.size[rows], minlength=brokers).astype(
        np.float64
    )


@dataclass(frozen=True, slots=True)
class MoveDuration:
    """Minimum duration of the moves at a rate: seconds, and the broker that takes longest, receiving or sending."""

    seconds: float
    broker: int | None
    receives: bool


def duration_of(layout: ReplicaLayout, replicas: Ints, bytes_per_second: float) -> MoveDuration:
    """Return the duration at the busiest broker; the leader sends all data, whichever replica moves.

    Source: KIP-73: followers, including new ones, fetch from the leader.
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
