"""Exchange of moving replicas for others of similar size, so that moves are less disruptive for the same bytes.

A partition with two new replicas is copied twice in sequence; a partition whose leader moves changes its leader, and
its producers wait. Windows are kept, and total bytes do not change.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from steward.analysis.rebalance.layout import NONE, BrokerMask, Floats, Ints
from steward.analysis.rebalance.placement_state import PlacementState, ResourceUsage, added_replicas

MOST_MOVES = 1_000
"""Above this number of moving partitions, a second copy of one partition does not determine the duration."""
_TRIES = 50
"""Number of a broker's replicas tried as replacement, the closest in size first."""
_SOURCES = 8
"""Number of brokers whose replicas are tried, besides the replica's own."""


def exchange(
    board: PlacementState,
    before: Ints,
    size: Floats,
    spare_bytes: float,
    leaders_to_give: Sequence[int],
) -> None:
    """Exchange moving replicas for others that are at least as good.

    Units: ``size`` and ``spare_bytes`` are bytes.

    ``before`` are the present replicas; ``spare_bytes`` may be copied in addition to the moves so far;
    ``leaders_to_give`` is how many leaders each broker should lose. Deterministic. Thousands of moves are left as is.
    """
    added = added_replicas(before, board.replicas())
    if not 0 < np.count_nonzero(added) <= MOST_MOVES:
        return
    exchanger = _Exchanger(board, before, size, added == 0, spare_bytes)
    for partition in (added > 1).nonzero()[0].tolist():
        exchanger.one_each(partition)
    exchanger.keep_leaders(added.nonzero()[0].tolist(), leaders_to_give)


def _arrivals(board: PlacementState, before: Ints, partition: int) -> list[tuple[int, int]]:
    """Return the source and target brokers of a partition's moves, its leader last."""
    was = [b for b in before[partition].tolist() if b != NONE]
    hosts = board.hosts(partition)
    pairs = [(old, new) for old, new in zip(was, hosts, strict=True) if new not in was]
    return sorted(
        (pair for pair in pairs if pair[0] not in hosts),
        key=lambda pair: board.leads(partition, pair[0]),
    )


class _Exchanger:
    """Searches replacement moves among the partitions that do not move at all."""

    def __init__(
        self,
        board: PlacementState,
        before: Ints,
        size: Floats,
        resting: BrokerMask,
        spare_bytes: float,
    ) -> None:
        self._board, self._before = board, before
        self._size, self._spare = size, spare_bytes
        self._taken: set[int] = set()
        self._rows = board.replicas()
        self._resting = resting
        self._brokers: list[int] = np.unique(self._rows[resting]).tolist()
        self._held: dict[int, list[tuple[float, int]]] = {}

    def one_each(self, partition: int) -> None:
        """Move other replicas instead, until a partition has at most one new replica."""
        arrivals = _arrivals(self._board, self._before, partition)
        left = len(arrivals)
        for old, target in arrivals:
            others = [b for b in self._brokers if b not in (old, NONE)][:_SOURCES]
            if left > 1 and any(
                self._replaced(partition, old, target, source) for source in (old, *others)
            ):
                left -= 1

    def keep_leaders(self, moved: Sequence[int], to_give: Sequence[int]) -> None:
        """Move followers instead of leaders, if a broker gives away more leaders than it should."""
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
        """Leave a replica in place and move another one to the target; return whether there is one."""
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
        """Yield a broker's replicas of similar size, first those it leads, or those it does not lead."""
        held, size = self._on(source), float(self._size[partition])
        place = bisect_left(held, (size, -1))
        near = held[max(0, place - _TRIES) : place + _TRIES]
        near.sort(key=lambda r: (self._board.leads(r[1], source) != leads, abs(r[0] - size), r[1]))
        yield from (other for _, other in near if other not in self._taken)

    def _on(self, broker: int) -> list[tuple[float, int]]:
        """Return size and partition of the unmoved replicas on a broker, the smallest first; computed on demand."""
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
    """Return whether brokers stay in their windows, or no farther outside, if one replica returns and another moves."""
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
