"""Rebalances of a thousand brokers, planned on one core: bytes beside the lower bound, seconds, every broker's window.

Beside them stands what kafka-reassign-partitions --generate would move: it spreads replicas anew without looking at
where they are, so that a replica stays with the chance that its broker is drawn again.
"""

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from reporting import Figure, conclude
from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from support.layouts import layout

DISK = (BalancedResource.DISK,)
PARTITIONS = 200_000
NEW = frozenset(range(1_001, 1_101))


@dataclass(frozen=True)
class Case:
    """One rebalance, and what it may cost: seconds, and the gap over the lower bound in per cent."""

    name: str
    over: ReplicaLayout
    wish: RebalanceGoal
    seconds: float
    gap_percent: float | None = None


def main() -> int:
    figures: list[Figure] = []
    for case in _cases():
        began = time.process_time()
        plan = propose(case.wish, case.over)
        took = time.process_time() - began
        if not isinstance(plan, ProvedPlacement):
            raise SystemExit(f"{case.name}: {plan}")
        figures += _figures(case, plan, took)
        again = propose(
            replace(case.wish), replace(case.over, replicas=plan.replicas, leader=plan.leader)
        )
        if case.wish.intent is Intent.BALANCE and isinstance(again, ProvedPlacement):
            name = "  planned again, bytes moved"
            figures.append(Figure(name=name, value=again.moved_bytes, unit="B", budget=0.0))
    return conclude(f"{PARTITIONS:,} partitions, RF 3, 10 racks; CPU seconds of one core", figures)


def _cases() -> list[Case]:
    grown = layout(1_000, PARTITIONS, added=100, racks=10)
    heavy = layout(1_000, PARTITIONS, added=100, racks=10, sigma=2.0)
    whole = layout(1_000, PARTITIONS, racks=10)
    thin = layout(1_000, PARTITIONS, racks=10, factor=2)
    skewed = replace(whole, leader=whole.replicas.min(axis=1))
    balance = RebalanceGoal(
        intent=Intent.BALANCE, tolerance=0.05, resources=DISK, with_leaders=False
    )
    drained = frozenset(range(1, 21))
    return [
        Case("1,000 -> 1,100, disk within 5 %", grown, balance, 2.0, 0.1),
        Case("the same, sizes of a heavy tail", heavy, balance, 2.0, 1.0),
        Case("new brokers only", grown,
             replace(balance, intent=Intent.ADD_BROKER, brokers=NEW), 2.0, 0.1),
        Case("drain 20 of 1,000, within 15 %", whole,
             replace(balance, intent=Intent.DRAIN, brokers=drained, tolerance=0.15), 2.0, 0.1),
        Case("leaders of all evened", skewed, RebalanceGoal(intent=Intent.LEADERS), 10.0),
        Case("all resources together, within 5 %", grown,
             RebalanceGoal(intent=Intent.BALANCE, tolerance=0.05), 30.0),
        Case("each topic spread anew, leaders too", grown, RebalanceGoal(intent=Intent.PLACEMENT), 30.0, 0.1),
        Case("replication factor 2 -> 3", thin, _factors(thin), 30.0, 0.1),
    ]  # fmt: skip


def _factors(over: ReplicaLayout) -> RebalanceGoal:
    return RebalanceGoal(intent=Intent.FACTOR, factors={p.topic: 3 for p in over.partitions})


def _figures(case: Case, plan: ProvedPlacement, seconds: float) -> list[Figure]:
    found = [Figure(name=case.name, value=seconds, unit="s", budget=case.seconds)]
    if plan.lower_bound_bytes:
        gap = Figure(
            name="  above the lower bound", value=plan.gap * 100, unit="%", budget=case.gap_percent
        )
        found += [Figure(name="  moved", value=plan.moved_bytes / 1e12, unit="TB"), gap]
        width = plan.replicas.shape[1]
        anew = float(case.over.size.sum()) * width * (1 - width / len(case.over.brokers))
        found.append(
            Figure(name="  --generate, expected", value=anew / plan.moved_bytes, unit="x as much")
        )
        out = sum(b.outside for b in plan.after.values())
        found.append(Figure(name="  brokers out of a window", value=out, unit="", budget=0))
    if plan.leaders_bound:
        found.append(Figure(name="  leaders changed / the least possible",
                            value=plan.leaders_moved / plan.leaders_bound, unit="x"))  # fmt: skip
        counts = np.bincount(plan.leader, minlength=len(case.over.brokers))
        found.append(
            Figure(
                name="  most led by one broker / mean",
                value=float(counts.max() / counts.mean()),
                unit="x",
            )
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
