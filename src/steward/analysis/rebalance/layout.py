"""Where every replica is, how much it weighs, and what brokers can bear: the arrays that planners work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from steward.model.names import TopicPartition

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NONE = -1
"""Stands for no broker: beyond the end of a shorter assignment, or as the leader of an offline partition."""


class BalancedResource(StrEnum):
    """What brokers share out among replicas."""

    DISK = "disk"
    """bytes of local log"""
    NETWORK_IN = "network_in"
    """bytes a second that producers and leaders send to a replica"""
    NETWORK_OUT = "network_out"
    """bytes a second that a leader sends to consumers and followers"""
    CPU = "cpu"
    """share of the request work, by the bytes that pass"""
    REPLICAS = "replicas"
    LEADERS = "leaders"


PLACED = (BalancedResource.DISK, BalancedResource.NETWORK_IN, BalancedResource.REPLICAS)
"""Resources that a replica needs wherever it is, leader or not."""
LED = (BalancedResource.NETWORK_OUT, BalancedResource.CPU, BalancedResource.LEADERS)
"""Resources that only, or mostly, a leader needs."""

_LEADER_IN, _LEADER_OUT, _FOLLOWER_IN = 0.7, 0.15, 0.15
"""Share of the request work that bytes cause. Source: Cruise Control's static model (ModelParameters)."""


@dataclass(frozen=True, kw_only=True)
class ReplicaLayout:
    """A cluster's replicas as columns.

    Shape: ``replicas`` has a row a partition, in the order of its assignment, padded with NONE; numbers are places in
           ``brokers``. ``in_sync`` goes with it. ``leader`` is NONE for an offline partition.
    Units: ``size`` bytes of one replica's local log; ``bytes_in`` and ``bytes_out`` bytes a second of produced and of
           consumed records; ``weight`` what share of the load a broker is to bear, 1 for all alike; ``disk`` bytes, inf
           where unknown. ``alive`` are brokers that are registered and not fenced.
    """

    partitions: tuple[TopicPartition, ...]
    replicas: Ints
    leader: Ints
    in_sync: Mask
    size: Floats
    bytes_in: Floats
    bytes_out: Floats
    brokers: tuple[int, ...]
    racks: tuple[str | None, ...]
    alive: Mask
    disk: Floats
    weight: Mapping[BalancedResource, Floats] = field(
        default_factory=dict[BalancedResource, Floats]
    )

    @cached_property
    def rack(self) -> Ints:
        """Each broker's rack as a number; brokers without one are racks of their own."""
        names = [
            f"rack {r}" if r is not None else f"broker {b}"
            for b, r in zip(self.brokers, self.racks, strict=True)
        ]
        known = {name: i for i, name in enumerate(dict.fromkeys(names))}
        return np.array([known[n] for n in names], np.int32)

    @cached_property
    def place(self) -> Mapping[int, int]:
        """Each broker id's place in the columns."""
        return {broker: i for i, broker in enumerate(self.brokers)}

    @cached_property
    def factor(self) -> Ints:
        """Each partition's replication factor."""
        return (self.replicas != NONE).sum(axis=1).astype(np.int32)

    def weight_of(self, resource: BalancedResource) -> Floats:
        """Return what share of a resource each broker is to bear, in proportion."""
        found = self.weight.get(resource)
        return np.ones(len(self.brokers)) if found is None else found

    def demand(self, resource: BalancedResource) -> tuple[Floats, Floats]:
        """Return what each partition asks of a broker: of each that holds a replica, and of its leader besides."""
        ones, none = np.ones(len(self.partitions)), np.zeros(len(self.partitions))
        followers = np.maximum(self.factor - 1, 0)
        match resource:
            case BalancedResource.DISK:
                return self.size, none
            case BalancedResource.NETWORK_IN:
                return self.bytes_in, none
            case BalancedResource.REPLICAS:
                return ones, none
            case BalancedResource.LEADERS:
                return none, ones
            case BalancedResource.NETWORK_OUT:
                return none, self.bytes_out + self.bytes_in * followers
            case BalancedResource.CPU:
                follower = _FOLLOWER_IN * self.bytes_in
                return (
                    follower,
                    _LEADER_IN * self.bytes_in + _LEADER_OUT * self.bytes_out - follower,
                )

    def load(
        self, resource: BalancedResource, replicas: Ints | None = None, leader: Ints | None = None
    ) -> Floats:
        """Return each broker's load, of this layout or of other replicas and leaders of the same partitions."""
        held, led = self.demand(resource)
        rows = self.replicas if replicas is None else replicas
        leads = self.leader if leader is None else leader
        found = np.zeros(len(self.brokers))
        if held.any():
            there = rows != NONE
            spread = np.broadcast_to(held[:, None], rows.shape)
            found += np.bincount(rows[there], weights=spread[there], minlength=len(self.brokers))
        if led.any():
            led_by = leads != NONE
            found += np.bincount(leads[led_by], weights=led[led_by], minlength=len(self.brokers))
        return found


def nobody(layout: ReplicaLayout) -> Ints:
    """Return leaders that are none, to measure what replicas need wherever they are."""
    return np.full(len(layout.partitions), NONE, np.int32)


def widened(rows: Ints, width: int) -> Ints:
    """Return replicas with room for so many of each partition."""
    found = np.full((len(rows), max(width, rows.shape[1])), NONE, np.int32)
    found[:, : rows.shape[1]] = rows
    return found
