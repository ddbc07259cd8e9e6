"""Moves that bring every broker into its window with hardly more bytes than the lower bound.

The fullest brokers give the load above their target, largest replicas first, each to the broker that lacks most. Then
each remaining gap is closed with the one replica of the closest size, so that the excess over the lower bound is a
fraction of one small replica per broker.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

import numpy as np

from steward.analysis.rebalance.layout import Floats
from steward.analysis.rebalance.placement_state import PlacementState, ReplicaIndex

_TRIES = 400
"""Number of replicas tried for one gap before it is left open."""
_FEW = 4
"""Number of brokers with the greatest lack that are compared, where several resources are balanced."""
_AMPLE = 2.0
"""Multiple of a broker's excess that its followers must hold for a sample of followers alone."""


def give_and_take(board: PlacementState, aims: Sequence[float]) -> None:
    """Move load from brokers above their target to those below it."""
    _hand_out(board, aims, _given(board, aims))
    _close_gaps(board)


def _given(board: PlacementState, aims: Sequence[float]) -> list[tuple[float, int, int]]:
    """Choose which replicas the brokers above their target give.

    For one resource the largest replicas that fit into the excess: the fewest moves. For several, an even sample of all
    sizes, so that the other resources move in proportion; only followers if they suffice, because a leader's move
    changes the leader, too.
    """
    gauge = board.main
    excess = {b: load - aims[b] for b, load in enumerate(gauge.load) if load > aims[b]}
    full = np.zeros(len(gauge.load), np.bool_)
    full[list(excess)] = True
    choose = _sampled if len(board.gauges) > 1 else _largest
    found: list[tuple[float, int, int]] = []
    for broker, (needs, partitions) in board.stock(full).by_broker().items():
        if choose is _sampled:
            needs, partitions = _followers(board, broker, needs, partitions, excess[broker])
        share = excess[broker] / sum(needs)
        found += [
            (needs[place], partitions[place], broker)
            for place in choose(needs, excess[broker], share)
        ]
    found.sort(key=lambda m: (-m[0], m[1], m[2]))
    return found


def _followers(
    board: PlacementState, broker: int, needs: list[float], partitions: list[int], excess: float
) -> tuple[list[float], list[int]]:
    """Return the replicas that a broker does not lead, or all if those are hardly more than its excess."""
    places = [n for n, p in enumerate(partitions) if not board.leads(p, broker)]
    chosen = [needs[n] for n in places]
    if sum(chosen) < _AMPLE * excess:
        return needs, partitions
    return chosen, [partitions[n] for n in places]


def _largest(needs: list[float], excess: float, _: float) -> Iterator[int]:
    """Yield indexes of replicas that fit into an amount, the largest first; ``needs`` ascend."""
    left, place = excess, len(needs)
    while (place := min(place, bisect_right(needs, left)) - 1) >= 0:
        left -= needs[place]
        yield place


def _sampled(needs: list[float], excess: float, share: float) -> Iterator[int]:
    """Yield indexes of an even sample: the same share of all sizes, up to the amount."""
    left, credit = excess, 0.5
    for place in range(len(needs) - 1, -1, -1):
        credit += share
        if credit >= 1 and needs[place] <= left:
            credit -= 1
            left -= needs[place]
            yield place


def _hand_out(
    board: PlacementState, aims: Sequence[float], moves: list[tuple[float, int, int]]
) -> None:
    """Give each replica to an eligible broker that lacks most, if it lacks as much.

    For several resources, of the few that lack most, to the one whose lack of all of them resembles the replica's use.
    """
    gauge = board.main
    few = _FEW if len(board.gauges) > 1 else 1
    lacking = [(load - aims[b], b) for b, load in enumerate(gauge.load) if load < aims[b]]
    heapify(lacking)
    for need, partition, source in moves:
        if not lacking:
            break
        passed: list[tuple[float, int]] = []
        able: list[int] = []
        while lacking and len(able) < few and -lacking[0][0] >= need:
            entry = heappop(lacking)
            passed.append(entry)
            if board.allows(partition, source, entry[1]):
                able.append(entry[1])
        if able:
            target = (
                able[0]
                if len(able) == 1
                else max(able, key=lambda b: _likeness(board, partition, b))
            )
            board.move(partition, source, target)
            passed = [(lack + need if b == target else lack, b) for lack, b in passed]
        for entry in passed:
            heappush(lacking, entry)


def _likeness(board: PlacementState, partition: int, broker: int) -> float:
    """Return how well a replica's use of all resources matches what a broker lacks of each."""
    found = 0.0
    for gauge in board.gauges[1:]:
        middle = (gauge.low[broker] + gauge.high[broker]) / 2
        if middle > 0:
            found += gauge.need[partition] * (middle - gauge.load[broker]) / (middle * middle)
    return found


def _close_gaps(board: PlacementState) -> None:
    """Close the remaining gaps above and below the windows, each with the replicas that fit best."""
    gauge = board.main
    brokers = range(len(gauge.load))
    short = sorted(
        (b for b in brokers if gauge.load[b] < gauge.low[b]), key=lambda b: (gauge.load[b], b)
    )
    if short:
        stock = board.stock(np.ones(len(gauge.load), np.bool_))
        for broker in short:
            for some in board.offers(stock, broker):
                while gauge.load[broker] < gauge.low[broker] and _get(board, some, broker):
                    pass
    over = [b for b in brokers if gauge.load[b] > gauge.high[b]]
    if over:
        stock = board.stock(np.isin(np.arange(len(gauge.load)), over))
        for broker in sorted(over, key=lambda b: (-gauge.load[b], b)):
            own = stock.on(broker)
            for some in board.offers(own):
                while gauge.load[broker] > gauge.high[broker] and _give(board, some, broker):
                    pass


def _nearest(needs: Floats, wanted: float) -> Iterator[int]:
    """Yield indexes of replicas of the wanted size or slightly larger, then of smaller ones; equal ones backwards."""
    if len(needs) and needs[0] == needs[-1]:
        yield from range(len(needs) - 1, max(len(needs) - 1 - _TRIES, -1), -1)
        return
    start = int(np.searchsorted(needs, wanted))
    yield from range(start, min(start + _TRIES, len(needs)))
    yield from range(start - 1, max(start - 1 - _TRIES, -1), -1)


def _get(board: PlacementState, stock: ReplicaIndex, target: int) -> bool:
    """Give a broker the smallest replica that fills its gap, or the largest that fits."""
    gauge = board.main
    room = gauge.high[target] - gauge.load[target]
    for place in _nearest(stock.need, gauge.low[target] - gauge.load[target]):
        need, partition = float(stock.need[place]), int(stock.partition[place])
        source = int(stock.broker[place])
        if need > room or source == target or gauge.load[source] - need < gauge.low[source]:
            continue
        if source in board.hosts(partition) and board.allows(partition, source, target):
            board.move(partition, source, target)
            return True
    return False


def _give(board: PlacementState, own: ReplicaIndex, source: int) -> bool:
    """Take from a broker the smallest replica that brings it into its window, or the largest smaller one."""
    gauge = board.main
    room = sorted(range(len(gauge.load)), key=lambda b: (gauge.load[b] - gauge.high[b], b))
    for place in _nearest(own.need, gauge.load[source] - gauge.high[source]):
        need, partition = float(own.need[place]), int(own.partition[place])
        if source not in board.hosts(partition):
            continue
        for target in room:
            if gauge.load[target] + need > gauge.high[target]:
                break
            if board.allows(partition, source, target):
                board.move(partition, source, target)
                return True
    return False


def evacuate(board: PlacementState, stock: ReplicaIndex) -> list[tuple[int, int]]:
    """Move replicas that cannot stay, largest first, each to the broker with most room; return those without a target.

    Shape: partition and broker.

    A broker over its window is used only if no other may hold the replica.
    """
    gauge = board.main
    room = [(gauge.load[b] - gauge.high[b], b) for b in board.receivers()]
    heapify(room)
    stuck: list[tuple[int, int]] = []
    for partition, source in zip(
        stock.partition[::-1].tolist(), stock.broker[::-1].tolist(), strict=True
    ):
        target = _most_room(board, room, partition, source)
        if target is None:
            stuck.append((partition, source))
            continue
        board.move(partition, source, target)
        heappush(room, (gauge.load[target] - gauge.high[target], target))
    return stuck


def _most_room(
    board: PlacementState, room: list[tuple[float, int]], partition: int, source: int
) -> int | None:
    """Pop the emptiest broker that may hold the replica; outdated entries are updated."""
    gauge = board.main
    passed: list[tuple[float, int]] = []
    spare: int | None = None
    found: int | None = None
    while room:
        entry = heappop(room)
        fill, target = entry
        now = gauge.load[target] - gauge.high[target]
        if now != fill:
            heappush(room, (now, target))
            continue
        if board.allows(partition, source, target) and now + gauge.need[partition] <= 0:
            found = target
            break
        if spare is None and board.fits(partition, source, target):
            spare = target
        passed.append(entry)
    for entry in passed:
        if found is not None or entry[1] != spare:
            heappush(room, entry)
    return found if found is not None else spare
