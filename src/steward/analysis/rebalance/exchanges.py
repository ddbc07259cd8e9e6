"""Replicas exchanged for others of hardly another size, so that moves disturb less for the same bytes.

A partition with two new replicas is copied twice, one after the other, and changes twice as often; one whose leader
moves away changes its leader, and its producers wait. Windows hold, and bytes stay what they are.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from steward.analysis.rebalance.layout import NONE, Floats, Ints, Mask
from steward.analysis.rebalance.placement_state import PlacementState, ResourceUsage, added_replicas

MOST_MOVES = 5_000
"""Where more partitions move, brokers have so much else to copy that no partition's second copy bounds them."""
_TRIES = 50
"""Replicas of a broker that are tried in the stead of one, the nearest in size first."""
_SOURCES = 8
"""Brokers whose replicas are tried, besides the one that the replica comes from."""


def exchange(
    board: PlacementState,
    before: Ints,
    size: Floats,
    spare_bytes: float,
    leaders_to_give: Sequence[int],
) -> None:
    """Exchange replicas that move for others, where that is as good.

    Shape: ``before`` are the replicas as they are now, ``size`` their bytes; ``spare_bytes`` is what may be copied
           beyond what the board copies already; ``leaders_to_give`` is how many leaders each broker should lose.
           Deterministic. Thousands of moves are left as they are.
    """
    added = added_replicas(before, board.replicas())
    if not 0 < np.count_nonzero(added) <= MOST_MOVES:
        return
    exchanger = _Exchanger(board, before, size, added == 0, spare_bytes)
    for partition in (added > 1).nonzero()[0].tolist():
        exchanger.one_each(partition)
    exchanger.keep_leaders(added.nonzero()[0].tolist(), leaders_to_give)


def _arrivals(board: PlacementState, before: Ints, partition: int) -> list[tuple[int, int]]:
    """Return from where to where a partition's replicas move; what leads last."""
    was = [b for b in before[partition].tolist() if b != NONE]
    hosts = board.hosts(partition)
    pairs = [(old, new) for old, new in zip(was, hosts, strict=True) if new not in was]
    return sorted(
        (pair for pair in pairs if pair[0] not in hosts),
        key=lambda pair: board.leads(partition, pair[0]),
    )


class _Exchanger:
    """Looks for what may move instead, among the partitions that do not move at all."""

    def __init__(
        self, board: PlacementState, before: Ints, size: Floats, resting: Mask, spare_bytes: float
    ) -> None:
        self._board, self._before = board, before
        self._size, self._spare = size, spare_bytes
        self._taken: set[int] = set()
        self._rows = board.replicas()
        self._resting = resting
        self._brokers: list[int] = np.unique(self._rows[resting]).tolist()
        self._held: dict[int, list[tuple[float, int]]] = {}

    def one_each(self, partition: int) -> None:
        """Let others move instead until a partition has but one new replica."""
        arrivals = _arrivals(self._board, self._before, partition)
        left = len(arrivals)
        for old, target in arrivals:
            others = [b for b in self._brokers if b not in (old, NONE)][:_SOURCES]
            if left > 1 and any(
                self._replaced(partition, old, target, source) for source in (old, *others)
            ):
                left -= 1

    def keep_leaders(self, moved: Sequence[int], to_give: Sequence[int]) -> None:
        """Let followers move instead of leaders, where a broker gives more leaders than it should."""
        given: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for partition in moved:
            for old, target in _arrivals(self._board, self._before, partition):
                if self._board.leads(partition, old):
                    given[old].append((partition, target))
        for old, leaving in sorted(given.items()):
            surplus = len(leaving) - max(0, to_give[old])
            for partition, target in leaving:
                if surplus > 0 and self._replaced(partition, old, target, old, follower=True):
                    surplus -= 1

    def _replaced(
        self, partition: int, old: int, target: int, source: int, *, follower: bool = False
    ) -> bool:
        """Leave a replica where it was and move another one to the target; return whether there is one."""
        board, most = self._board, float(self._size[partition]) + self._spare
        leads = board.leads(partition, old) and not follower
        for other in self._nearest(partition, source, leads):
            if follower and board.leads(other, source):
                return False
            if self._size[other] <= most and self._may(partition, old, other, source, target):
                board.move(partition, target, old)
                board.move(other, source, target)
                self._taken.add(other)
                self._spare -= float(self._size[other] - self._size[partition])
                return True
        return False

    def _nearest(self, partition: int, source: int, leads: bool) -> Iterator[int]:
        """Yield what a broker holds of hardly another size, first what it leads, or does not."""
        held, size = self._on(source), float(self._size[partition])
        place = bisect_left(held, (size, -1))
        near = held[max(0, place - _TRIES) : place + _TRIES]
        near.sort(key=lambda r: (self._board.leads(r[1], source) != leads, abs(r[0] - size), r[1]))
        yield from (other for _, other in near if other not in self._taken)

    def _on(self, broker: int) -> list[tuple[float, int]]:
        """Return size and number of what rests on a broker, the smallest first; made when it is asked for."""
        if broker not in self._held:
            own = np.flatnonzero(self._resting & (self._rows == broker).any(axis=1))
            order = own[np.lexsort((own, self._size[own]))]
            self._held[broker] = list(zip(self._size[order].tolist(), order.tolist(), strict=True))
        return self._held[broker]

    def _may(self, partition: int, old: int, other: int, source: int, target: int) -> bool:
        board = self._board
        return (
            target not in board.hosts(other)
            and board.fits(other, source, target)
            and board.fits(partition, target, old)
            and all(
                _keeps(g, (old, g.need[partition]), (source, g.need[other]), target)
                for g in board.gauges
            )
        )


def _keeps(
    gauge: ResourceUsage, back: tuple[int, float], instead: tuple[int, float], target: int
) -> bool:
    """Tell whether brokers stay in their windows, or no farther out, where one comes back and another goes instead."""
    (old, returned), (source, sent) = back, instead
    change = {target: sent - returned, old: returned}
    change[source] = change.get(source, 0.0) - sent
    return all(
        _outside(gauge, broker, gauge.load[broker] + more)
        <= _outside(gauge, broker, gauge.load[broker])
        for broker, more in change.items()
    )


def _outside(gauge: ResourceUsage, broker: int, load: float) -> float:
    return max(gauge.low[broker] - load, load - gauge.high[broker], 0.0)
