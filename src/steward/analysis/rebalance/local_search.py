"""Moves and exchanges that bring brokers closer to the windows of all resources at once.

The broker farthest outside gives, receives, or exchanges the one replica that helps most, until none helps. What is
outside a window counts relative to a broker's share, and bytes count a little, so that of two equal steps the cheaper
is taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    RackSpread,
    ReplicaLayout,
    no_leaders,
)
from steward.analysis.rebalance.window import LoadWindow

_BYTES = 0.02
"""Cost of copying a broker's share of bytes, relative to a resource that is outside its window by a share."""
_CURVE = 0.2
"""Weight of the square of what is outside: one broker far outside is worse than two a little."""
_EPSILON = 1e-9
_EMPTY = np.zeros(0, np.intp)
_NEAR = 12
"""Number of brokers that are tried as partners, in a large cluster: the emptiest and the fullest."""
_MOST_AWAY = 2_000
"""Number of moved replicas, the largest first, for which a smaller one is looked for."""
_CELLS = 50_000
"""Most pairs of replicas that are compared for one exchange."""
_FEW_PAIRS = 20_000
"""Up to so many pairs an exchange competes with moves; above, it is looked for only where no move helps."""
_ACROSS = 400
"""Most replicas of one broker that are compared with others for one exchange."""

Rows = NDArray[np.intp]
Brokers = NDArray[np.integer[Any]]
Replicas = tuple[Rows, Rows]
"""Partitions and slots of some replicas."""


@dataclass(frozen=True, slots=True)
class _Step:
    """Replicas that move, each from a slot to a broker, and the score: lower is better."""

    score: float
    moves: tuple[tuple[int, int, int], ...]


class LocalSearch:
    """A placement that improves step by step; ``home`` are the replicas before any move."""

    def __init__(
        self,
        layout: ReplicaLayout,
        windows: Sequence[tuple[BalancedResource, LoadWindow, float]],
        usable: BrokerMask,
        receivers: BrokerMask,
        fixed: BrokerMask,
        start: Ints,
    ) -> None:
        self.rows = start.copy()
        self._home, self._rack, self._usable = layout.replicas, layout.rack, usable
        self._receives, self._free = receivers, ~fixed
        need, load = list[Floats](), list[Floats]()
        low, high = list[Floats](), list[Floats]()
        for resource, window, _ in windows:
            held, _ = layout.demand(resource)
            now = layout.load(resource, start, no_leaders(layout))
            share = max(float((window.low + window.high)[receivers].mean()) / 2, 1e-12)
            need.append(held / share)
            load.append(now / share)
            low.append(window.low / share)
            high.append(window.high / share)
        self._need: Floats = np.array(need)
        self._load: Floats = np.array(load)
        self._low: Floats = np.array(low)
        self._high: Floats = np.array(high)
        self._weight: Floats = np.array([importance for _, _, importance in windows])
        total = float(layout.size.sum()) * max(1, layout.replicas.shape[1]) / max(1, usable.sum())
        self._cost = layout.size / max(total, 1e-12) * _BYTES
        self._size, self._factor = layout.size, layout.factor
        self._room = layout.disk - layout.load(BalancedResource.DISK, leader=no_leaders(layout))
        self._racks: list[int] = np.unique(layout.rack[usable]).tolist()
        self._rack_size = np.array([int((layout.rack[usable] == r).sum()) for r in self._racks])
        self._held = self._by_broker(start)
        self._even = layout.rack_spread is RackSpread.EVEN

    def _by_broker(self, start: Ints) -> list[Rows]:
        """Return each broker's replicas that may move, as partition times width plus slot."""
        there = np.flatnonzero((start != NONE) & self._free[:, None])
        brokers = start.ravel()[there]
        order = np.argsort(brokers, kind="stable")
        begins = np.searchsorted(brokers[order], np.arange(1, len(self._usable)))
        return np.split(there[order], begins)

    def run(self, most_steps: int) -> Ints:
        """Improve until no step helps, or for a number of steps; return the replicas."""
        stuck, brokers = np.zeros(len(self._usable), np.bool_), np.arange(len(self._usable))
        for _ in range(most_steps if self._even else 0):
            outside = self._outside(self._load, brokers)
            outside[stuck | ~self._usable] = 0.0
            worst = int(outside.argmax()) if len(outside) else 0
            if not len(outside) or outside[worst] <= _EPSILON:
                break
            step = min(self._steps(worst), key=lambda s: s.score, default=None)
            if step is None:
                stuck[worst] = True
                continue
            for partition, slot, target in step.moves:
                source = int(self.rows[partition, slot])
                self._apply(partition, slot, target)
                stuck[[source, target]] = False
        return self.rows

    def cheaper(self, most_passes: int) -> Ints:
        """Bring replicas back home, or exchange them for smaller ones, while no broker gets farther outside."""
        for _ in range(most_passes if self._even else 0):
            away = (self.rows[:, :, None] != self._home[:, None, :]).all(axis=2)
            away &= (self.rows != NONE) & self._free[:, None]
            rows, slots = np.nonzero(away)
            order = np.lexsort((slots, rows, -self._size[rows]))[:_MOST_AWAY]
            improved = False
            for partition, slot in zip(rows[order].tolist(), slots[order].tolist(), strict=True):
                improved = self._return(partition, slot) or improved
            if not improved:
                break
        return self.rows

    def _return(self, partition: int, slot: int) -> bool:
        """Bring one replica home, alone or for the smallest replica that can go in its place."""
        row, size = np.array([partition]), self._size[partition]
        away = int(self.rows[partition, slot])
        hosts: list[int] = self.rows[partition].tolist()
        homes = [b for b in self._home[partition].tolist() if b not in hosts and self._usable[b]]
        best: _Step | None = None
        for home in homes if size > 0 else ():
            if not self._fits(row, np.array([slot]), np.array([home], np.int32))[0, 0]:
                continue
            back = (partition, slot, home)
            if self._change(away, home, self._need[:, row])[0] <= _EPSILON:
                self._apply(*back)
                return True
            rows, slots = self._on(home)
            smaller = (self._size[rows] < size) & (self._home[rows] == home).any(axis=1)
            smaller &= self._fits(rows, slots, np.array([away], np.int32))[:, 0]
            rows, slots = rows[smaller], slots[smaller]
            passed = self._need[:, row] - self._need[:, rows]
            able = np.flatnonzero(self._change(away, home, passed) <= _EPSILON)
            if len(able):
                least = int(able[np.lexsort((able, self._size[rows[able]]))[0]])
                cost = float(self._size[rows[least]])
                if best is None or cost < best.score:
                    best = _Step(cost, (back, (int(rows[least]), int(slots[least]), away)))
        for move in best.moves if best else ():
            self._apply(*move)
        return best is not None

    def _change(self, source: int, target: int, passed: Floats) -> Floats:
        """Return how much farther outside two brokers are when loads, [resource, case], pass from one to the other."""
        found = np.zeros(passed.shape[1:])
        for broker, more in ((source, -passed), (target, passed)):
            own, now = np.array([broker]), self._load[:, broker, None]
            found += self._outside((now + more)[..., None], own)[..., 0]
            found -= self._outside(now, own)
        return found

    # Effect of moves

    def _outside(self, load: Floats, brokers: Brokers) -> Floats:
        """Return how far loads are outside the windows of brokers; the axis of brokers is the last of the loads."""
        wide = (len(load), *(1,) * (load.ndim - 2), len(brokers))
        low, high = self._low[:, brokers].reshape(wide), self._high[:, brokers].reshape(wide)
        out = np.maximum(np.maximum(load - high, low - load), 0.0)
        out += _CURVE * out * out
        return (self._weight @ out.reshape(len(out), -1)).reshape(out.shape[1:])

    def _bytes(self, rows: Rows, sources: Ints, targets: Ints) -> Floats:
        """Return the cost of moving replicas: none between brokers that are not home, less than none back home."""
        home = self._home[rows]
        from_home = (home == sources[:, None]).any(axis=1)
        to_home = (home[:, :, None] == targets[None, None, :]).any(axis=1)
        return self._cost[rows][:, None] * (1.0 * from_home[:, None] - to_home)

    def _fits(self, rows: Rows, slots: Rows, targets: Ints) -> BrokerMask:
        """Return which replicas, [replica, target], may move: racks, the brokers that receive, and their disks."""
        hosts = self.rows[rows].copy()
        hosts[np.arange(len(rows)), slots] = NONE
        racks = np.where(hosts != NONE, self._rack[hosts], NONE)
        beside = (racks[:, :, None] == self._rack[targets][None, None, :]).sum(axis=1)
        allowed = beside <= self._fewest(rows, hosts, racks)[:, None]
        here = (self.rows[rows][:, :, None] == targets[None, None, :]).any(axis=1)
        home = (self._home[rows][:, :, None] == targets[None, None, :]).any(axis=1)
        fits = self._size[rows][:, None] <= self._room[targets][None, :]
        return allowed & ~here & (home | (self._receives[targets][None, :] & fits))

    def _fewest(self, rows: Rows, hosts: Ints, racks: Ints) -> Ints:
        """Return how many replicas a rack may hold beside one that comes: none, unless racks are too few."""
        found = np.zeros(len(rows), np.int32)
        many = np.flatnonzero(self._factor[rows] > len(self._racks))
        if len(many):
            held = racks[many][:, :, None] == np.array(self._racks)[None, None, :]
            able = np.where(hosts[many] != NONE, self._usable[hosts[many]], False)
            free = self._rack_size[None, :] > (held & able[:, :, None]).sum(axis=1)
            found[many] = np.where(free, held.sum(axis=1), len(self._usable)).min(axis=1)
        return found

    # Steps

    def _on(self, broker: int) -> Replicas:
        """Return the replicas of a broker that may move: partitions and slots."""
        rows, slots = np.divmod(self._held[broker], self.rows.shape[1])
        return rows, slots

    def _steps(self, broker: int) -> Iterator[_Step]:
        """Yield the best steps that help a broker; of many pairs, replicas are exchanged only if no move helps."""
        own, partners = self._on(broker), self._partners(broker)
        found: list[_Step] = []
        if len(own[0]):
            found += self._give(broker, own, partners)
        near: list[int] = partners.tolist()
        held = np.concatenate([self._held[other] for other in near] or [_EMPTY])
        rows, slots = np.divmod(held, self.rows.shape[1])
        if len(rows):
            found += self._take(broker, (rows, slots))
        is_small = len(rows) * len(own[0]) <= _FEW_PAIRS
        if len(rows) and len(own[0]) and (is_small or not found):
            found += self._exchange(broker, own, (rows, slots), partners)
        yield from found

    def _partners(self, broker: int) -> Ints:
        """Return the brokers to try, in a large cluster those with the most and the least room."""
        found = np.flatnonzero(self._usable)
        found = found[found != broker]
        if len(found) > 2 * _NEAR:
            middle = (self._low[:, found] + self._high[:, found]) / 2
            order = np.argsort(self._weight @ (self._load[:, found] - middle), kind="stable")
            found = np.sort(found[np.concatenate([order[:_NEAR], order[-_NEAR:]])])
        return found.astype(np.int32)

    def _give(self, source: int, own: Replicas, targets: Ints) -> Iterator[_Step]:
        """Yield the best move from a broker to one of these, if any helps."""
        (rows, slots), need = own, self._need[:, own[0]]
        here = np.array([source])
        left = self._outside((self._load[:, source, None] - need)[:, :, None], here)
        left -= self._outside(self._load[:, here], here)
        came = self._outside(self._load[:, None, targets] + need[:, :, None], targets)
        change = left + came - self._outside(self._load[:, targets], targets)
        helps = (change < -_EPSILON) & self._fits(rows, slots, targets)
        if helps.any():
            sources = np.full(len(rows), source, np.int32)
            score = np.where(helps, change + self._bytes(rows, sources, targets), np.inf)
            place, to = np.unravel_index(int(score.argmin()), score.shape)
            move = (int(rows[place]), int(slots[place]), int(targets[to]))
            yield _Step(float(score[place, to]), (move,))

    def _take(self, target: int, others: Replicas) -> Iterator[_Step]:
        """Yield the best move of one of these replicas to a broker, if any helps."""
        (rows, slots), here = others, np.array([target], np.int32)
        sources, need = self.rows[others], self._need[:, others[0]]
        change = self._outside(self._load[:, sources] - need, sources)
        change -= self._outside(self._load[:, sources], sources)
        change += self._outside((self._load[:, target, None] + need)[:, :, None], here)[:, 0]
        change -= self._outside(self._load[:, here], here)
        helps = np.flatnonzero(change < -_EPSILON)
        helps = helps[self._fits(rows[helps], slots[helps], here)[:, 0]]
        if len(helps):
            score = change[helps] + self._bytes(rows[helps], sources[helps], here)[:, 0]
            place = int(helps[int(score.argmin())])
            move = (int(rows[place]), int(slots[place]), target)
            yield _Step(float(score.min()), (move,))

    def _exchange(
        self, broker: int, own: Replicas, others: Replicas, partners: Ints
    ) -> Iterator[_Step]:
        """Yield the best exchange of a broker's replica for one of these, if any helps."""
        here = np.array([broker], np.int32)
        able = self._fits(*own, partners)
        back = self._fits(*others, here)[:, 0]
        some = able.any(axis=1)
        rows, slots, able = own[0][some], own[1][some], able[some]
        theirs, places = others[0][back], others[1][back]
        keep = _sample(len(rows), _ACROSS)
        rows, slots, able = rows[keep], slots[keep], able[keep]
        keep = _sample(len(theirs), _CELLS // max(1, len(rows)))
        theirs, places = theirs[keep], places[keep]
        if not len(rows) or not len(theirs):
            return
        there = self.rows[theirs, places]
        able = able[:, np.searchsorted(partners, there)]
        passed = self._need[:, rows][:, :, None] - self._need[:, theirs][:, None, :]
        now = self._load[:, broker, None]
        change = self._outside((now[:, :, None] - passed)[..., None], here)[..., 0]
        change += self._outside(self._load[:, None, there] + passed, there)
        change -= self._outside(now, here) + self._outside(self._load[:, there], there)
        helps = (change < -_EPSILON) & able
        if not helps.any():
            return
        cost = self._bytes(rows, np.full(len(rows), broker, np.int32), partners)
        change += cost[:, np.searchsorted(partners, there)]
        change += self._bytes(theirs, there, here)[:, 0]
        score = np.where(helps, change, np.inf)
        a, b = np.unravel_index(int(score.argmin()), score.shape)
        first = (int(rows[a]), int(slots[a]), int(there[b]))
        yield _Step(float(score[a, b]), (first, (int(theirs[b]), int(places[b]), broker)))

    def _apply(self, partition: int, slot: int, target: int) -> None:
        source, home = int(self.rows[partition, slot]), self._home[partition]
        self.rows[partition, slot] = target
        place = partition * self.rows.shape[1] + slot
        self._held[source] = self._held[source][self._held[source] != place]
        self._held[target] = np.append(self._held[target], place)
        self._load[:, source] -= self._need[:, partition]
        self._load[:, target] += self._need[:, partition]
        size = self._size[partition]
        self._room[source] += 0.0 if source in home else size
        self._room[target] -= 0.0 if target in home else size


def _sample(count: int, most: int) -> slice:
    """Return which of a number of rows to keep, evenly chosen, so that not many more remain than wanted."""
    return slice(None, None, -(-count // max(1, most)) or 1)
