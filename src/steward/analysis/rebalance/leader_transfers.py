"""Leader traffic balanced where the number of leaders is free: brokers hand the leadership of partitions to others."""

import numpy as np

from steward.analysis.rebalance.layout import NONE, BrokerMask, Floats, Ints
from steward.analysis.rebalance.window import LoadWindow

_ROUNDS = 4


def transfer_traffic(
    replicas: Ints,
    leader: Ints,
    may_lead: BrokerMask,
    demand: Floats,
    window: LoadWindow,
) -> Ints:
    """Return leaders whose traffic stays within each broker's window.

    ``demand`` is the load of a partition on its leader. Brokers above their window
    hand over their busiest partitions first, those below it take over others; no broker leaves its window for another.
    What no transfer improves stays.
    """
    work = _Transfers(replicas, leader.copy(), may_lead, demand, window)
    for _ in range(_ROUNDS):
        if not work.round():
            break
    return work.leader


class _Transfers:
    def __init__(
        self,
        replicas: Ints,
        leader: Ints,
        may_lead: BrokerMask,
        demand: Floats,
        window: LoadWindow,
    ) -> None:
        self.leader = leader
        self._demand: list[float] = demand.tolist()
        rows: list[list[int]] = np.where(may_lead, replicas, NONE).tolist()
        self._able = [[b for b in row if b != NONE] for row in rows]
        self._low: list[float] = window.low.tolist()
        self._high: list[float] = window.high.tolist()
        led = leader != NONE
        load = np.bincount(leader[led], weights=demand[led], minlength=len(window.low))
        self._load: list[float] = load.tolist()

    def round(self) -> bool:
        """Let every broker outside its window give or take once; return whether any did."""
        led: list[list[int]] = [[] for _ in self._load]
        held: list[list[int]] = [[] for _ in self._load]
        for partition, leads in enumerate(self.leader.tolist()):
            if leads == NONE or self._demand[partition] <= 0 or leads not in self._able[partition]:
                continue
            led[leads].append(partition)
            for broker in self._able[partition]:
                if broker != leads:
                    held[broker].append(partition)
        brokers = range(len(self._load))
        moved = False
        for broker in sorted(brokers, key=lambda b: (self._high[b] - self._load[b], b)):
            moved = self._give(broker, led[broker]) or moved
        for broker in sorted(brokers, key=lambda b: (self._load[b] - self._low[b], b)):
            moved = self._take(broker, held[broker]) or moved
        return moved

    def _busiest(self, partitions: list[int]) -> list[int]:
        return sorted(partitions, key=lambda p: (-self._demand[p], p))

    def _give(self, broker: int, led: list[int]) -> bool:
        """Hand partitions over to brokers with room, until the broker is within its window."""
        moved = False
        for partition in self._busiest(led):
            if self._load[broker] <= self._high[broker]:
                break
            need = self._demand[partition]
            open_ = [
                (self._load[b] + need - self._high[b], b)
                for b in self._able[partition]
                if b != broker and self._load[b] + need <= self._high[b]
            ]
            if open_ and self._load[broker] - need >= self._low[broker]:
                self._hand_over(partition, min(open_)[1])
                moved = True
        return moved

    def _take(self, broker: int, held: list[int]) -> bool:
        """Take partitions over from brokers that can spare them, until the broker is within its window."""
        moved = False
        for partition in self._busiest(held):
            if self._load[broker] >= self._low[broker]:
                break
            need, leads = self._demand[partition], int(self.leader[partition])
            spare = self._load[leads] - need >= self._low[leads]
            if spare and self._load[broker] + need <= self._high[broker]:
                self._hand_over(partition, broker)
                moved = True
        return moved

    def _hand_over(self, partition: int, target: int) -> None:
        need = self._demand[partition]
        self._load[int(self.leader[partition])] -= need
        self._load[target] += need
        self.leader[partition] = target
