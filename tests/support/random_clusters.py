"""Random clusters to rebalance, the difficult kinds among them, from one seed each."""

from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    ReplicaLayout,
)
from steward.model.names import TopicPartition

KINDS = (
    "plain", "halves", "heavy", "all at 15 %", "few racks", "unequal racks", "dead", "excluded",
    "added", "drained", "mixed factors", "small disks", "no racks", "repair", "leaders",
)  # fmt: skip


@dataclass(frozen=True)
class RandomCase:
    """A cluster and a goal."""

    kind: str
    layout: ReplicaLayout
    goal: RebalanceGoal


def random_case(seed: int, most_brokers: int = 14, most_partitions: int = 90) -> RandomCase:
    """Make the cluster of a seed; kinds take turns."""
    chance = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    brokers = int(chance.integers(4, most_brokers + 1))
    partitions = int(chance.integers(5, most_partitions + 1))
    layout = _layout(chance, kind, brokers, partitions)
    return RandomCase(kind, layout, _goal(chance, kind, layout))


def _racks(chance: np.random.Generator, kind: str, brokers: int) -> list[str | None]:
    if kind == "no racks":
        return [None] * brokers
    if kind == "few racks":
        return [f"r{b % 2}" for b in range(brokers)]
    if kind == "unequal racks":
        return [f"r{int(chance.integers(3)) if b > 2 else b}" for b in range(brokers)]
    racks = int(chance.integers(3, 6))
    return [f"r{b % racks}" for b in range(brokers)]


def _layout(chance: np.random.Generator, kind: str, brokers: int, partitions: int) -> ReplicaLayout:
    racks = _racks(chance, kind, brokers)
    most = min(3, brokers - 1)
    factor = int(chance.integers(1, most + 1))
    if kind == "few racks":
        factor = min(4, brokers - 1)
    added = int(chance.integers(1, 3)) if kind == "added" or chance.random() < 0.3 else 0
    held = brokers - min(added, brokers - factor - 1) if added else brokers
    replicas = np.full((partitions, factor), NONE, np.int32)
    skew = chance.random(held) ** 2 + 0.05 if chance.random() < 0.5 else np.ones(held)
    for row in range(partitions):
        replicas[row] = _hosts(chance, racks[:held], factor, skew, broken=kind == "repair")
    if kind == "mixed factors":
        for row in range(0, partitions, 2):
            replicas[row, int(chance.integers(1, factor + 1)) :] = NONE
    size = _sizes(chance, kind, partitions, brokers, factor)
    alive = np.ones(brokers, np.bool_)
    if kind == "dead":
        alive[
            chance.choice(brokers, min(brokers - factor, 1 + int(brokers > 8)), replace=False)
        ] = False
    return _with_roles(chance, replicas, size, racks, alive)


def _hosts(
    chance: np.random.Generator,
    racks: list[str | None],
    factor: int,
    skew: Floats,
    *,
    broken: bool,
) -> list[int]:
    """Place one partition: on distinct racks as far as there are, unless ``broken``."""
    order: list[int] = np.argsort(-(chance.random(len(skew)) * skew), kind="stable").tolist()
    found: list[int] = []
    if not broken:
        for broker in order:
            shares = racks[broker] is not None and racks[broker] in [racks[b] for b in found]
            if len(found) < factor and not shares:
                found.append(broker)
    return [*found, *(b for b in order if b not in found)][:factor]


def _sizes(
    chance: np.random.Generator, kind: str, partitions: int, brokers: int, factor: int
) -> Floats:
    sigma = 2.0 if kind == "heavy" else float(chance.choice([0.2, 1.0]))
    size = chance.lognormal(0.0, sigma, partitions) * 1e9
    if kind == "halves":
        mean = size.sum() * factor / brokers
        size[: max(1, brokers // (2 * factor))] = mean / 2
    if chance.random() < 0.1:
        size[:] = 1e9
    if chance.random() < 0.1:
        size[::2] = 0
    return np.round(size)


def _with_roles(
    chance: np.random.Generator,
    replicas: Ints,
    size: Floats,
    racks: list[str | None],
    alive: BrokerMask,
) -> ReplicaLayout:
    """Lead each partition by a live replica in sync, if it has one."""
    there = replicas != NONE
    in_sync = there & alive[replicas] & (chance.random(replicas.shape) > 0.05)
    leader = np.full(len(size), NONE, np.int32)
    for row in range(len(size)):
        able = np.flatnonzero(there[row] & alive[replicas[row]])
        if len(able):
            slot = int(able[0]) if chance.random() < 0.7 else int(chance.choice(able))
            leader[row], in_sync[row, slot] = replicas[row, slot], True
    rate = np.round(size / 1e5 * chance.lognormal(0.0, 0.3, len(size)), 3)
    return ReplicaLayout(
        partitions=tuple(TopicPartition(f"t{n // 10}", n % 10) for n in range(len(size))),
        replicas=replicas,
        leader=leader,
        in_sync=in_sync,
        size=size,
        bytes_in=rate,
        bytes_out=np.round(rate * 2, 3),
        brokers=tuple(range(len(racks))),
        racks=tuple(racks),
        alive=alive,
        disk=np.full(len(racks), np.inf),
    )


def _goal(chance: np.random.Generator, kind: str, layout: ReplicaLayout) -> RebalanceGoal:
    disk = (BalancedResource.DISK,)
    resources = disk if chance.random() < 0.4 else RebalanceGoal(intent=Intent.BALANCE).resources
    tolerance = float(chance.choice([0.05, 0.1, 0.2, 0.4]))
    goal = RebalanceGoal(intent=Intent.BALANCE, tolerance=tolerance, resources=resources)
    if chance.random() < 0.15:
        fixed = np.array([p.topic in ("t0", "t3") for p in layout.partitions], np.bool_)
        goal = replace(goal, fixed=fixed)
    live = np.flatnonzero(layout.alive).tolist()
    spare = int(layout.factor.max()) + 1
    match kind:
        case "all at 15 %":
            return RebalanceGoal(intent=Intent.BALANCE, tolerance=0.15)
        case "excluded" if len(live) > spare:
            return replace(goal, excluded=frozenset(chance.choice(live, 1).tolist()))
        case "added":
            held = np.bincount(layout.replicas[layout.replicas >= 0], minlength=len(layout.brokers))
            new = np.flatnonzero(held == 0).tolist() or [len(layout.brokers) - 1]
            return replace(goal, intent=Intent.ADD_BROKER, brokers=frozenset(new))
        case "drained" if len(live) > spare:
            return replace(
                goal, intent=Intent.DRAIN, brokers=frozenset(chance.choice(live, 1).tolist())
            )
        case "repair":
            return replace(goal, intent=Intent.RACK_REPAIR)
        case "leaders":
            return replace(goal, intent=Intent.LEADERS)
        case _:
            return goal
