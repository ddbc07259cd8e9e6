"""Every single loss and every pair of 1,000 brokers and 200,000 partitions, on one core, beside plain Python."""

import os
import sys
import time
from collections.abc import Callable

import numpy as np

from steward.analysis.impact.broker_pairs import all_pairs
from steward.analysis.impact.layout import PartitionColumns
from steward.analysis.impact.leader_failover import failover, replicas_on
from steward.analysis.impact.single_losses import each_broker, each_rack, losses

BROKERS, PARTITIONS, RF, RACKS = 1_000, 200_000, 3, 10
BUDGETS = {"every broker": 0.1, "every rack": 0.1, "every pair that shares": 0.5}


def layout(brokers: int, partitions: int) -> PartitionColumns:
    """Draw a cluster: replicas anywhere, one in fifty out of sync, one topic in ten with min ISR 1."""
    dice = np.random.default_rng(20_250_101)
    start = dice.integers(brokers, size=partitions)
    steps = np.cumsum(dice.integers(1, brokers // RF, size=(RF - 1, partitions)), 0)
    replicas = np.vstack([start, (start + steps) % brokers]).astype(np.int32)
    in_isr = dice.random((RF, partitions)) > 0.02
    in_isr[0] = True
    size = dice.lognormal(23, 1, partitions)
    min_isr = np.where(dice.random(partitions) < 0.1, 1, 2).astype(np.int32)
    return PartitionColumns(
        brokers=tuple(range(brokers)),
        alive=np.ones(brokers, bool),
        rack=(np.arange(brokers) % RACKS).astype(np.int32),
        racks=tuple(f"r{n}" for n in range(RACKS)),
        host=np.arange(brokers, dtype=np.int32),
        hosts=tuple(f"h{n}" for n in range(brokers)),
        topics=("t",),
        topic=np.zeros(partitions, np.int32),
        number=np.arange(partitions, dtype=np.int32),
        replicas=replicas,
        in_isr=in_isr,
        in_elr=np.zeros((RF, partitions), bool),
        leader=replicas[0],
        min_isr=min_isr,
        configured_min_isr=min_isr,
        unclean=np.zeros(partitions, bool),
        level=dice.integers(3, size=partitions).astype(np.int32),
        log_bytes=np.broadcast_to(size, (RF, partitions)).copy(),
        rate=dice.lognormal(10, 1, partitions),
    )


def best(work: Callable[[], object], times: int = 5) -> float:
    """Return the seconds that one core worked in the quickest of several runs: others may use the machine meanwhile."""
    took: list[float] = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def one_by_one(whole: PartitionColumns, brokers: int) -> None:
    """Ask for each broker by itself, as someone would who loops."""
    for broker in range(brokers):
        lost = np.zeros(len(whole.brokers), bool)
        lost[broker] = True
        failover(whole, replicas_on(whole, lost))


def main() -> int:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    whole = layout(BROKERS, PARTITIONS)
    single = losses(whole, each_broker(whole))
    pairs = all_pairs(whole, single)
    took = {
        "every broker": best(lambda: losses(whole, each_broker(whole))),
        "every rack": best(lambda: losses(whole, each_rack(whole))),
        "every pair that shares": best(lambda: all_pairs(whole, single), 3),
    }
    print(
        f"{BROKERS:,} brokers, {PARTITIONS:,} partitions, RF {RF}, {RACKS} racks; "
        f"{len(pairs):,} pairs share a partition"
    )
    for name, seconds in took.items():
        print(f"  {name:<24} {seconds:6.3f} s (budget {BUDGETS[name]} s)")
    print(
        f"  a loop over 20 brokers   {best(lambda: one_by_one(whole, 20), 1):6.3f} s (a fiftieth of them)"
    )
    return int(any(seconds > BUDGETS[name] for name, seconds in took.items()))


if __name__ == "__main__":
    sys.exit(main())
