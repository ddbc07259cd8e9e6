"""Clusters to rebalance, made from a seed: sizes of a heavy tail, replicas on distinct racks, balanced at the start."""

from heapq import heapify, heapreplace

import numpy as np

from steward.analysis.rebalance.layout import ReplicaLayout
from steward.model.names import TopicPartition


def layout(
    brokers: int,
    partitions: int,
    *,
    added: int = 0,
    racks: int = 3,
    factor: int = 3,
    sigma: float = 1.0,
    seed: int = 1,
    balanced: bool = True,
) -> ReplicaLayout:
    """Make a cluster.

    Shape: the brokers hold everything, ``added`` ones nothing; broker ids count from 1. ``balanced`` puts each replica
           on the emptiest broker of its rack, else anywhere in it.
    """
    chance = np.random.default_rng(seed)
    size = np.minimum(chance.lognormal(0.0, sigma, partitions) * 20e9 / np.exp(sigma**2 / 2), 400e9)
    rack = np.arange(brokers + added) % racks
    rooms = [[(0.0, b) for b in range(brokers) if b % racks == r] for r in range(racks)]
    for room in rooms:
        heapify(room)
    replicas = np.zeros((partitions, factor), np.int32)
    for row in np.argsort(-size, kind="stable"):
        for slot, own in enumerate(chance.permutation(racks)[:factor]):
            room = rooms[int(own)]
            place = 0 if balanced else int(chance.integers(len(room)))
            held, broker = room[place]
            replicas[row, slot] = broker
            if balanced:
                heapreplace(room, (held + float(size[row]), broker))
    count = brokers + added
    return ReplicaLayout(
        partitions=tuple(TopicPartition(f"topic-{n // 50}", n % 50) for n in range(partitions)),
        replicas=replicas,
        leader=replicas[:, 0].copy(),
        in_sync=np.ones_like(replicas, np.bool_),
        size=size,
        bytes_in=size / 1e5,
        bytes_out=size / 5e4,
        brokers=tuple(range(1, count + 1)),
        racks=tuple(f"rack-{r}" for r in rack),
        alive=np.ones(count, np.bool_),
        disk=np.full(count, np.inf),
    )
