"""A cluster's replicas, their load and the brokers' capacity: the arrays that planners work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from steward.model.names import TopicPartition

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
BrokerMask = NDArray[np.bool_]

NONE = -1
"""No broker: padding after a shorter assignment, or the leader of an offline partition."""


class BalancedResource(StrEnum):
    """A resource that replicas share on a broker."""

    DISK = "disk"
    """bytes of local log"""
    NETWORK_IN = "network_in"
    """bytes per second that producers and leaders send to a replica"""
    NETWORK_OUT = "network_out"
    """bytes per second that a leader sends to consumers and followers"""
    CPU = "cpu"
    """share of the request CPU, estimated from bytes"""
    REPLICAS = "replicas"
    LEADERS = "leaders"


class RackSpread(StrEnum):
    """How the replicas of a partition are spread over racks."""

    EVEN = "even"
    """over as many racks as possible, with numbers that differ by one at most"""
    PROPORTIONAL = "proportional"
    """a rack holds replicas in proportion to its brokers, but never all of a partition"""


PLACED = (BalancedResource.DISK, BalancedResource.NETWORK_IN, BalancedResource.REPLICAS)
"""Resources that a replica uses on any broker, leader or not."""
LED = (BalancedResource.NETWORK_OUT, BalancedResource.CPU, BalancedResource.LEADERS)
"""Resources that only, or mostly, a leader uses."""

_LEADER_IN, _LEADER_OUT, _FOLLOWER_IN = 0.7, 0.15, 0.15
"""Weights of the bytes in the CPU estimate. Source: Cruise Control's static model (ModelParameters)."""


@dataclass(frozen=True, kw_only=True)
class ReplicaLayout:
    """A cluster's replicas as columns.

    Shape: ``replicas`` has one row per partition, in assignment order, padded with NONE; values are indexes into
           ``brokers``. ``in_sync`` has the same shape. ``leader`` is NONE for an offline partition.
    Units: ``size`` bytes of one replica's local log; ``bytes_in`` and ``bytes_out`` bytes per second of produced and
           of consumed records; ``weight`` the share of the load that a broker takes, 1 if all are equal; ``disk``
           bytes of logs that fit, inf if unknown; ``disk_other`` bytes on the same disks that are no logs, none if
           not given. ``alive`` are brokers that are registered and not fenced. ``rack_spread`` is what plans keep to.
    """

    partitions: tuple[TopicPartition, ...]
    replicas: Ints
    leader: Ints
    in_sync: BrokerMask
    size: Floats
    bytes_in: Floats
    bytes_out: Floats
    brokers: tuple[int, ...]
    racks: tuple[str | None, ...]
    alive: BrokerMask
    disk: Floats
    disk_other: Floats | None = None
    rack_spread: RackSpread = RackSpread.EVEN
    weight: Mapping[BalancedResource, Floats] = field(
        default_factory=dict[BalancedResource, Floats]
    )

    @cached_property
    def rack(self) -> Ints:
        """Each broker's rack as a number; a broker without a rack is a rack of its own."""
        names = [
            f"rack {r}" if r is not None else f"broker {b}"
            for b, r in zip(self.brokers, self.racks, strict=True)
        ]
        known = {name: i for i, name in enumerate(dict.fromkeys(names))}
        return np.array([known[n] for n in names], np.int32)

    @cached_property
    def place(self) -> Mapping[int, int]:
        """Each broker id's index in the columns."""
        return {broker: i for i, broker in enumerate(self.brokers)}

    @cached_property
    def factor(self) -> Ints:
        """Each partition's replication factor."""
        return (self.replicas != NONE).sum(axis=1).astype(np.int32)

    @property
    def not_logs(self) -> Floats:
        """Bytes on each broker's disks that are no logs."""
        return np.zeros(len(self.brokers)) if self.disk_other is None else self.disk_other

    def weight_of(self, resource: BalancedResource) -> Floats:
        """Return each broker's share of a resource, in proportion to weights."""
        found = self.weight.get(resource)
        return np.ones(len(self.brokers)) if found is None else found

    def demand(self, resource: BalancedResource) -> tuple[Floats, Floats]:
        """Return each partition's load on a broker: on each replica's broker, and in addition on its leader's."""
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
        """Return each broker's load, for this layout or for other replicas and leaders of the same partitions."""
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


def no_leaders(layout: ReplicaLayout) -> Ints:
    """Return an array without leaders, to measure the load of replicas alone."""
    return np.full(len(layout.partitions), NONE, np.int32)


def widened(rows: Ints, width: int) -> Ints:
    """Return the replicas, padded to a number of slots per partition."""
    found = np.full((len(rows), max(width, rows.shape[1])), NONE, np.int32)
    found[:, : rows.shape[1]] = rows
    return found
