"""Relief of brokers above a share of their disks: the fewest bytes that bring each below it; nothing else moves."""

from collections.abc import Iterator

import numpy as np

from steward.analysis.rebalance.exact_solver import MOST_VARIABLES, size_of, solve
from steward.analysis.rebalance.goal import Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    ReplicaLayout,
)
from steward.analysis.rebalance.least_cover import EXACT, least_cover
from steward.analysis.rebalance.optimality import ProvedPlacement, overflowing, with_optimality
from steward.analysis.rebalance.placement_state import PlacementState, ResourceUsage, moved_bytes
from steward.analysis.rebalance.replica_roles import leaders_first, still_leading
from steward.analysis.rebalance.window import LoadWindow, immovable, pools_of, racks_bind
from steward.model.wording import count, few, size

_DISK = BalancedResource.DISK
_SLACK = 1e-9
"""Byte sums are rounded: a limit that is exceeded by less than this share counts as kept."""
_NAMED = 5
_CLOSE = 1e-3
"""A plan within this share of the bound is not searched any further."""


def disk_limits(goal: RebalanceGoal, layout: ReplicaLayout, share: float | None = None) -> Floats:
    """Return the bytes of logs that each broker may hold: the share of its disks, less what is no log.

    ``share`` replaces the goal's. A disk of unknown size has no limit.
    """
    wanted = goal.disk_share if share is None else share
    other = layout.not_logs
    return np.maximum(wanted * (layout.disk + other) - other, 0.0)


def disk_shares(layout: ReplicaLayout, replicas: Ints | None = None) -> Floats:
    """Return the used share of each broker's disks, 0 to 1, with other replicas if given; NaN for an unknown size."""
    used = layout.load(_DISK, replicas) + layout.not_logs
    whole = layout.disk + layout.not_logs
    known = np.isfinite(whole) & (whole > 0)
    return np.divide(used, whole, out=np.full(len(used), np.nan), where=known)


def must_give(goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask) -> BrokerMask:
    """Return the brokers that a goal relieves if they are above their limit: all usable ones, or those it names."""
    named = np.array([b in goal.brokers for b in layout.brokers], np.bool_)
    return usable & (named | (not goal.brokers))


def relief_obstacles(
    goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask
) -> Iterator[Obstacle]:
    """Return why brokers cannot be brought below a share of their disks, with the nearest share that is possible."""
    unknown = [layout.brokers[b] for b in np.flatnonzero(usable & ~np.isfinite(layout.disk))]
    if unknown:
        names = few(unknown, _NAMED)
        yield Obstacle(
            rule="disk_unknown", about=f"broker {names}",
            message=f"the disk size of {count(len(unknown), 'broker')} is unknown ({names}): a share of it has no "
            "meaning",
            instead=f"Kafka 3.3 or newer reports it; or --exclude-brokers {','.join(map(str, unknown))}",
        )  # fmt: skip
        return
    give = must_give(goal, layout, usable)
    yield from _down(goal, layout)
    yield from _pinned_above(goal, layout, give)
    by_rack = racks_bind(layout, usable, immovable(goal, layout))
    for members in pools_of(layout, per_rack=by_rack):
        need, room = _need_and_room(goal, layout, usable & members, goal.disk_share)
        if need <= room:
            continue
        where = f" in {_rack_of(layout, members)}" if by_rack else ""
        nearest = _nearest(goal, layout, usable)
        yield Obstacle(
            rule="relief_impossible", about="cluster",
            message=f"{size(need)} must leave the brokers{where} that are above {goal.disk_share:.0%} of their disks, "
            f"and the others{where} have room for {size(room)} below it",
            instead=f"--below {nearest}" if nearest else "more brokers, larger disks, or shorter retention",
        )  # fmt: skip
        return


def _rack_of(layout: ReplicaLayout, members: BrokerMask) -> str:
    first = int(np.flatnonzero(members)[0])
    rack = layout.racks[first]
    return f"rack {rack}" if rack is not None else f"broker {layout.brokers[first]}"


def _down(goal: RebalanceGoal, layout: ReplicaLayout) -> Iterator[Obstacle]:
    for broker in sorted(goal.brokers & layout.place.keys()):
        if not layout.alive[layout.place[broker]]:
            yield Obstacle(
                rule="broker_fenced", about=f"broker {broker}",
                message=f"broker {broker} is down: its disks are not relieved by moving replicas away",
                instead="start it first, or drain it if it does not come back",
            )  # fmt: skip


def _pinned_above(
    goal: RebalanceGoal, layout: ReplicaLayout, give: BrokerMask
) -> Iterator[Obstacle]:
    """Name brokers whose replicas that may not move exceed the limit by themselves."""
    stays = immovable(goal, layout)
    held = np.where(stays[:, None], layout.replicas, NONE)
    kept = layout.load(_DISK, held.astype(np.int32))
    shares = disk_shares(layout, held.astype(np.int32))
    for place in np.flatnonzero(give & (kept > disk_limits(goal, layout) * (1 + _SLACK))).tolist():
        broker = layout.brokers[place]
        yield Obstacle(
            rule="pinned_above_limit", about=f"broker {broker}",
            message=f"{size(kept[place])} on broker {broker} may not move, {shares[place]:.1%} of its disks",
            instead=f"--below {_percent(float(shares[place]))}, or fewer excluded or pinned topics",
        )  # fmt: skip


def _percent(share: float) -> int:
    """Return a share as whole percent, rounded up."""
    return int(np.ceil(share * 100 - 1e-7))


def _need_and_room(
    goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask, share: float
) -> tuple[float, float]:
    """Return the bytes above a share on brokers to relieve, and the bytes that fit below it on the other usable ones.

    A rounding of byte sums is no excess.
    """
    load, limit = layout.load(_DISK), disk_limits(goal, layout, share)
    give = must_give(goal, layout, usable)
    return (
        float(np.maximum(load - limit * (1 + _SLACK), 0.0)[give].sum()),
        float(np.maximum(limit - load, 0.0)[usable].sum()),
    )


def _nearest(goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask) -> int:
    """Return the lowest percentage below which the bytes fit; 0 for none."""
    by_rack = racks_bind(layout, usable, immovable(goal, layout))
    pools = [usable & members for members in pools_of(layout, per_rack=by_rack)]
    for percent in range(_percent(goal.disk_share), 101):
        sums = [_need_and_room(goal, layout, members, percent / 100) for members in pools]
        if all(need <= room for need, room in sums):
            return percent
    return 0


def relieve(goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask) -> ProvedPlacement:
    """Bring every broker to relieve below its limit, or as close as replicas allow, with the fewest bytes.

    Deterministic. A small cluster is solved exactly. The lower bound holds for any plan that comes as close.
    """
    fixed = immovable(goal, layout)
    window = _window(goal, layout, usable)
    board = PlacementState(
        layout, layout.replicas, [ResourceUsage.of(layout, _DISK, layout.replicas, window)], usable, fixed
    )  # fmt: skip
    room: list[float] = (layout.disk - layout.load(_DISK)).tolist()
    excess = layout.load(_DISK) - window.high
    full = np.flatnonzero(excess > 0)
    for broker in full[np.argsort(-excess[full], kind="stable")].tolist():
        _relieve_one(layout, board, broker, fixed, room)
    replicas = board.replicas()
    bound = _bound(layout, window, replicas, fixed)
    replicas, bound, proved = _refined(layout, window, usable, fixed, replicas, bound)
    leader = still_leading(layout, replicas)
    return with_optimality(
        layout, leaders_first(replicas, leader, fixed), leader, {_DISK: window}, usable,
        bound=min(bound, moved_bytes(layout, replicas)), leaders_bound=0,
        notes=tuple(_left_above(goal, layout, replicas, window, proved)),
    )  # fmt: skip


def _window(goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask) -> LoadWindow:
    """Return the least and most bytes of each broker: none that gives away more than it must is below a window."""
    load, limit = layout.load(_DISK), disk_limits(goal, layout)
    high = np.where(must_give(goal, layout, usable), limit, np.maximum(limit, load))
    return LoadWindow(np.where(usable, 0.0, load), np.where(usable, high, load))


def _excess(load: float, high: float) -> float:
    """Return how far a load is above a limit; 0 within it, or if it is above by a rounding of byte sums alone."""
    return max(0.0, load - high * (1 + _SLACK))


def _relieve_one(
    layout: ReplicaLayout, board: PlacementState, broker: int, fixed: BrokerMask, room: list[float]
) -> None:
    """Move the fewest bytes away that bring a broker below its limit; replicas without a target are passed over.

    ``room`` is the free space of each broker's disks: what it gives away frees none before its copies are complete.
    """
    gauge = board.main
    rows = np.flatnonzero((layout.replicas == broker).any(axis=1) & ~fixed & (layout.size > 0))
    leads = layout.leader[rows] == broker
    own: list[int] = rows[np.lexsort((rows, leads, layout.size[rows]))].tolist()
    while own and (excess := _excess(gauge.load[broker], gauge.high[broker])):
        chosen = least_cover(layout.size[own], excess)
        gone = [own[place] for place in reversed(chosen)]
        for partition in gone:
            target = _emptiest(board, partition, broker, room)
            if target is not None:
                board.move(partition, broker, target)
                room[target] -= gauge.need[partition]
        passed = set(gone)
        own = [p for p in own if p not in passed]


def _emptiest(board: PlacementState, partition: int, source: int, room: list[float]) -> int | None:
    """Return the broker that may hold a replica and is then farthest below its limit, relative to it."""
    gauge = board.main
    need = gauge.need[partition]
    best: tuple[float, int] | None = None
    for target in board.receivers():
        load, high = gauge.load[target] + need, gauge.high[target]
        if load > high or high <= 0 or need > room[target]:
            continue
        if (best is None or (load / high, target) < best) and board.fits(partition, source, target):
            best = (load / high, target)
    return None if best is None else best[1]


def _bound(layout: ReplicaLayout, window: LoadWindow, replicas: Ints, fixed: BrokerMask) -> float:
    """Return the fewest bytes of any plan that leaves no broker farther above its limit than these replicas do.

    Each broker gives away a set of replicas that is at least its excess: the smallest such sum, or the excess itself
    where that is too long a search.
    """
    load = layout.load(_DISK)
    reached = np.maximum(window.high, layout.load(_DISK, replicas))
    total = 0.0
    for broker in np.flatnonzero(load > window.high).tolist():
        excess = _excess(float(load[broker]), float(reached[broker]))
        if not excess:
            continue
        rows = (layout.replicas == broker).any(axis=1) & ~fixed & (layout.size > 0)
        sizes = np.sort(layout.size[rows])
        sums = float(sizes[least_cover(sizes, excess)].sum())
        total += sums if len(sizes) <= EXACT else max(excess, float(sizes.min(initial=np.inf)))
    return total


def _refined(
    layout: ReplicaLayout,
    window: LoadWindow,
    usable: BrokerMask,
    fixed: BrokerMask,
    replicas: Ints,
    bound: float,
) -> tuple[Ints, float, bool]:
    """Solve a small cluster exactly where the plan exceeds the bound or leaves a broker above its limit.

    Return the replicas, the bound, and whether it is proved that no placement keeps every limit.
    """
    moved = moved_bytes(layout, replicas)
    met = not _above(layout, replicas, window)
    if size_of(layout, usable) > MOST_VARIABLES or (met and moved <= bound * (1 + _CLOSE)):
        return replicas, bound, False
    room = layout.disk - layout.load(_DISK)
    found = solve(layout, {_DISK: window}, usable, fixed, replicas, arriving=room)
    if found.replicas is None or any(overflowing(layout, found.replicas)):
        return replicas, bound, found.is_infeasible
    if met and moved_bytes(layout, found.replicas) >= moved:
        return replicas, max(bound, found.bound_bytes), False
    return found.replicas, max(bound if met else 0.0, found.bound_bytes), False


def _above(layout: ReplicaLayout, replicas: Ints, window: LoadWindow) -> list[int]:
    """Return the brokers above their limit."""
    load = layout.load(_DISK, replicas)
    return np.flatnonzero(load > window.high * (1 + _SLACK)).tolist()


def _left_above(
    goal: RebalanceGoal, layout: ReplicaLayout, replicas: Ints, window: LoadWindow, proved: bool
) -> Iterator[Obstacle]:
    """Name every broker that stays above its limit, and the share that it reaches; ``proved``: no placement does."""
    shares = disk_shares(layout, replicas)
    why = (
        "no placement brings every broker below it"
        if proved
        else "none of its replicas fits below the limit of another broker that may hold it"
    )
    for place in _above(layout, replicas, window):
        broker, share = layout.brokers[place], float(shares[place])
        yield Obstacle(
            rule="relief_incomplete", about=f"broker {broker}",
            message=f"broker {broker} stays at {share:.1%} of its disks, above {goal.disk_share:.0%}: {why}",
            instead=f"--below {_percent(share)}, more brokers, or brokers in more racks",
        )  # fmt: skip
