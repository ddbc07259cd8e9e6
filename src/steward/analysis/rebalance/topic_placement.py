"""One topic's replicas while they move from brokers with too many of them to those with too few."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from steward.analysis.rebalance.layout import NONE, BrokerMask, Floats, Ints, ReplicaLayout
from steward.analysis.rebalance.topic_shares import ReplicaCounts, min_per_rack

RowIndices = NDArray[np.intp]
"""Rows of a topic's partitions in a layout."""


class TopicPlacement:
    """One topic's replicas as lists; ``left`` counts those that could not move."""

    def __init__(
        self, layout: ReplicaLayout, rows: RowIndices, usable: BrokerMask, room: Floats
    ) -> None:
        self._width = layout.replicas.shape[1]
        self._hosts = [[b for b in row if b != NONE] for row in layout.replicas[rows].tolist()]
        self._leader: list[int] = layout.leader[rows].tolist()
        self._size: list[float] = layout.size[rows].tolist()
        self._rack: list[int] = layout.rack.tolist()
        self._usable: list[bool] = usable.tolist()
        self._room: list[float] = room.tolist()
        factor = max((len(h) for h in self._hosts), default=0)
        self._per_rack = min_per_rack(factor, len(np.unique(layout.rack[usable])))
        self._came: dict[int, list[int]] = {}
        self.left = 0

    def level(self, held: ReplicaCounts, aims: ReplicaCounts) -> None:
        """Move replicas from brokers above their share to those below it, the smallest first."""
        over = {b: int(n) for b, n in enumerate((held - aims).tolist()) if n > 0}
        under = {b: int(-n) for b, n in enumerate((held - aims).tolist()) if n < 0}
        offers = [(row, broker) for broker in sorted(over) for row in self._on(broker)]
        for row, broker in sorted(offers, key=lambda o: self._rank(*o)):
            if over[broker]:
                target = self._target(row, broker, under)
                if target is None:
                    target = self._made_free(row, broker, under)
                if target is not None:
                    self._move(row, broker, target)
                    self._came.setdefault(target, []).append(row)
                    over[broker] -= 1
                    _count_down(under, target)
        for broker in sorted(b for b, n in over.items() if n):
            while over[broker] and self._along_a_path(broker, under):
                over[broker] -= 1
        self.left = sum(over.values())

    def _on(self, broker: int) -> list[int]:
        """Return the rows of a broker's replicas: the smallest first, followers before leaders."""
        rows = [row for row, hosts in enumerate(self._hosts) if broker in hosts]
        return sorted(rows, key=lambda r: self._rank(r, broker))

    def _rank(self, row: int, broker: int) -> tuple[float, bool, int, int]:
        return self._size[row], self._leader[row] == broker, row, broker

    def _target(self, row: int, source: int, under: dict[int, int]) -> int | None:
        able = [b for b in under if self._fits(row, source, b)]
        return min(able, key=lambda b: (-under[b], -self._room[b], b), default=None)

    def _made_free(self, row: int, source: int, under: dict[int, int]) -> int | None:
        """Pass a replica that has just moved on to another broker below its share, so that a smaller one can come."""
        for target in sorted(self._came):
            if not self._fits(row, source, target):
                continue
            for guest in self._came[target]:
                other = self._target(guest, target, under)
                if other is not None:
                    self._room[target] += self._size[guest]
                    self._move(guest, target, other)
                    self._came[target].remove(guest)
                    self._came.setdefault(other, []).append(guest)
                    _count_down(under, other)
                    under[target] = under.get(target, 0) + 1
                    return target
        return None

    def _fits(self, row: int, source: int, target: int) -> bool:
        hosts, rack = self._hosts[row], self._rack[target]
        if target in hosts or not self._usable[target] or self._room[target] < self._size[row]:
            return False
        beside = sum(1 for b in hosts if b != source and self._rack[b] == rack)
        return rack == self._rack[source] or beside < self._per_rack

    def _move(self, row: int, source: int, target: int) -> None:
        hosts = self._hosts[row]
        hosts[hosts.index(source)] = target
        self._room[target] -= self._size[row]

    def _along_a_path(self, source: int, under: dict[int, int]) -> bool:
        """Move one replica over brokers at their share, if none can move directly."""
        came: dict[int, tuple[int, int]] = {source: (NONE, NONE)}
        line = [source]
        while line:
            broker = line.pop(0)
            for row in self._on(broker):
                for target in self._next(row, broker, came):
                    came[target] = (broker, row)
                    if target in under and self._walk(target, came):
                        _count_down(under, target)
                        return True
                    line.append(target)
        return False

    def _next(self, row: int, broker: int, came: Iterable[int]) -> Iterator[int]:
        known = set(came)
        for target in range(len(self._rack)):
            if target not in known and self._fits(row, broker, target):
                yield target

    def _walk(self, target: int, came: dict[int, tuple[int, int]]) -> bool:
        """Apply a path, if each of its moves is still allowed after the later ones; a row moves once on a path."""
        steps: list[tuple[int, int, int]] = []
        at = target
        while came[at][0] != NONE:
            source, row = came[at]
            steps.append((row, source, at))
            at = source
        if len({row for row, _, _ in steps}) < len(steps):
            return False
        for row, source, to in steps:
            self._move(row, source, to)
        return True

    def replicas(self) -> Ints:
        """Return the placement as an array."""
        found = np.full((len(self._hosts), self._width), NONE, np.int32)
        for row, hosts in enumerate(self._hosts):
            found[row, : len(hosts)] = hosts
        return found


def _count_down(under: dict[int, int], broker: int) -> None:
    under[broker] -= 1
    if not under[broker]:
        del under[broker]
