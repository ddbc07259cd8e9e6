"""Balance of a cluster: every broker within the windows of all resources, or as close as possible, disk first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steward.analysis.rebalance.into_window import give_and_take
from steward.analysis.rebalance.layout import (
    BalancedResource,
    BrokerMask,
    Ints,
    ReplicaLayout,
    no_leaders,
)
from steward.analysis.rebalance.local_search import LocalSearch
from steward.analysis.rebalance.placement_state import PlacementState, ResourceUsage
from steward.analysis.rebalance.window import LoadWindow, aims_of

_ROUNDS = 3
_STEPS = 2_000
"""Most steps of a search."""
_IMPORTANCE = 1_000.0
"""Where not all windows can be kept, how many times as much a resource counts as the next one."""
_PAYS = 1e-3
"""Share of what is outside the windows that a plan must remove to be worth its moves."""
_EQUAL = 1e-9

Windows = Mapping[BalancedResource, LoadWindow]


@dataclass(frozen=True, slots=True)
class Balancing:
    """What a balance works on: windows in order of importance, brokers whose racks count and those that may receive."""

    layout: ReplicaLayout
    windows: Windows
    usable: BrokerMask
    receivers: BrokerMask
    fixed: BrokerMask
    pools: Sequence[BrokerMask]

    def board(self, first: BalancedResource, replicas: Ints, windows: Windows) -> PlacementState:
        """Return a placement whose moves keep these windows; the first resource is the one being balanced."""
        order = [first, *(r for r in windows if r is not first)]
        gauges = [ResourceUsage.of(self.layout, r, replicas, windows[r]) for r in order]
        return PlacementState(
            self.layout, replicas, gauges, self.usable, self.fixed, self.receivers
        )

    def outside(self, replicas: Ints) -> tuple[float, ...]:
        """Return the load outside the windows by resource, in order of importance, relative to a broker's share."""
        found: list[float] = []
        for resource, window in self.windows.items():
            load = self.layout.load(resource, replicas, no_leaders(self.layout))
            share = (window.low + window.high)[self.receivers].mean() / 2 if len(load) else 1.0
            found.append(window.violation(load) / max(float(share), 1e-12))
        return tuple(found)

    def met(self, replicas: Ints) -> bool:
        """Return whether every broker is within its windows."""
        return not any(self.outside(replicas))

    def balanced(self, start: Ints) -> Ints:
        """Return a placement within the windows, or one that is closer to them; the start if there is none.

        Where not all windows can be kept at once, less important resources give way: the load outside the window of
        disk counts before any other.
        """
        if self.met(start):
            return start
        best = self._greedy(start, self.windows)
        if not self.met(best):
            best = self.better(best, self._searched(best, 1.0))
        if not self.met(best):
            best = self.better(best, self._searched(best, _IMPORTANCE))
        return self.better(start, best)

    def _searched(self, start: Ints, importance: float) -> Ints:
        """Search step by step; each resource counts so many times as much as the next one."""
        return self._search(start, importance).run(_STEPS)

    def cheaper(self, start: Ints) -> Ints:
        """Return a placement as close to the windows that copies no more bytes."""
        found = self._search(start, 1.0).cheaper(_ROUNDS)
        pairs = zip(self.outside(found), self.outside(start), strict=True)
        return found if all(now <= before + _EQUAL for now, before in pairs) else start

    def _search(self, start: Ints, importance: float) -> LocalSearch:
        weights = [importance**-place for place in range(len(self.windows))]
        windows = [(r, w, v) for (r, w), v in zip(self.windows.items(), weights, strict=True)]
        return LocalSearch(self.layout, windows, self.usable, self.receivers, self.fixed, start)

    def better(self, one: Ints, other: Ints) -> Ints:
        """Return the other placement if it is closer to the windows by more than rounding and by what pays."""
        return other if is_closer(self.outside(other), self.outside(one)) else one

    def _greedy(self, start: Ints, windows: Windows) -> Ints:
        """Bring one resource after the other into its window, repeated while that helps."""
        found = start
        for _ in range(_ROUNDS):
            before = found
            for resource, window in windows.items():
                load = self.layout.load(resource, found, no_leaders(self.layout))
                if window.violation(load) == 0:
                    continue
                board = self.board(resource, found, windows)
                give_and_take(board, aims_of(load, window, self.pools).tolist())
                found = board.replicas()
            if np.array_equal(before, found):
                break
        return found


def is_closer(now: Sequence[float], before: Sequence[float]) -> bool:
    """Return whether a placement is closer to the windows: the first resource that differs decides."""
    for new, old in zip(now, before, strict=True):
        if new < old * (1 - _PAYS):
            return True
        if new > old + _EQUAL:
            return False
    return False
