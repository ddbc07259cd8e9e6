"""Leader traffic balanced by swaps: two brokers exchange the leadership of one partition each, so counts stay."""

import numpy as np

from steward.analysis.rebalance.layout import NONE, BrokerMask, Floats, Ints
from steward.analysis.rebalance.window import LoadWindow

_CANDIDATES = 12
"""Number of a broker's busiest partitions that are tried."""


def level_traffic(
    replicas: Ints,
    leader: Ints,
    may_lead: BrokerMask,
    demand: Floats,
    window: LoadWindow,
) -> Ints:
    """Return leaders whose traffic stays within each broker's window.

    ``demand`` is the load of a partition on its leader. Brokers above their window swap with those below; what no swap
    improves stays. Each swap changes two leaders.
    """
    high, low = window.high, window.low
    work = _Swaps(replicas, leader.copy(), may_lead, demand, (low + high) / 2)
    swapped = True
    while swapped:
        swapped = False
        for broker in np.argsort(high - work.load, kind="stable").tolist():
            while work.load[broker] > high[broker] and work.improve(broker, low, high):
                swapped = True
        for broker in np.argsort(work.load - low, kind="stable").tolist():
            while work.load[broker] < low[broker] and work.improve(broker, low, high):
                swapped = True
    return work.leader


class _Swaps:
    def __init__(
        self, replicas: Ints, leader: Ints, may_lead: BrokerMask, demand: Floats, share: Floats
    ) -> None:
        self.leader = leader
        self._share = share
        self._demand: list[float] = demand.tolist()
        able: BrokerMask = may_lead & (replicas != NONE)
        rows, slots = np.nonzero(able)
        brokers = replicas[rows, slots]
        self._able = np.where(able, replicas, NONE)
        led = leader != NONE
        self.load: Floats = np.zeros(len(share))
        np.add.at(self.load, leader[led], demand[led])
        order = np.argsort(brokers, kind="stable")
        begins = np.searchsorted(brokers[order], np.arange(1, len(share)))
        self._could: list[list[int]] = [own.tolist() for own in np.split(rows[order], begins)]

    def improve(self, broker: int, low: Floats, high: Floats) -> bool:
        """Swap one partition of a broker outside its window for another broker's, whichever brings it closest."""
        over = bool(self.load[broker] > high[broker])
        offers: dict[int, list[int]] = {}
        own: list[int] = []
        held = self._could[broker]
        leaders: dict[int, int] = dict(zip(held, self.leader[held].tolist(), strict=True))
        for partition in held:
            leads = leaders[partition]
            (own if leads == broker else offers.setdefault(leads, [])).append(partition)
        own.sort(key=lambda p: (-self._demand[p] if over else self._demand[p], p))
        for partition in own[:_CANDIDATES]:
            near: list[int] = self._able[partition].tolist()
            for other in near:
                if other in (broker, NONE) or other not in offers:
                    continue
                room = high[other] - self.load[other] if over else self.load[other] - low[other]
                if room <= 0:
                    continue
                wanted = min(abs(float(self.load[broker] - self._share[broker])), float(room))
                back = self._match(
                    offers[other], self._demand[partition], wanted if over else -wanted
                )
                if back is not None:
                    self._swap(partition, broker, back, other)
                    return True
        return False

    def _match(self, offers: list[int], demand: float, wanted: float) -> int | None:
        """Return which partition to take in exchange, with a difference closest to the excess, but not above it."""
        best: int | None = None
        nearest = abs(wanted)
        for back in offers:
            passed = demand - self._demand[back]
            if (
                passed * wanted > 0
                and abs(passed) <= abs(wanted)
                and abs(passed - wanted) < nearest
            ):
                best, nearest = back, abs(passed - wanted)
        return best

    def _swap(self, partition: int, broker: int, back: int, other: int) -> None:
        for moved, source, target in ((partition, broker, other), (back, other, broker)):
            self.leader[moved] = target
            self.load[source] -= self._demand[moved]
            self.load[target] += self._demand[moved]
