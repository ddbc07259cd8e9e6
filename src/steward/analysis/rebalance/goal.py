"""What is wanted of a rebalance, and why it cannot be had."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from steward.analysis.rebalance.layout import PLACED, BalancedResource, Mask, ReplicaLayout
from steward.model.command import Phrase


class Intent(StrEnum):
    """What a rebalance is for."""

    BALANCE = "balance"
    """every broker within its window"""
    ADD_BROKER = "add-broker"
    """new brokers get their share; among the others nothing moves"""
    DRAIN = "drain"
    """some brokers hold nothing any more"""
    RACK_REPAIR = "rack-repair"
    """each partition's replicas over as many racks as there are, as evenly as can be"""
    LEADERS = "leaders"
    """leaders evenly, no data moves"""
    FACTOR = "change-replication-factor"
    """as many replicas of each partition as its topic is to have"""
    PLACEMENT = "partition-placement"
    """each topic's replicas, and its leaders, evenly over brokers and racks"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceGoal:
    """A rebalance that is wanted.

    Shape: ``brokers`` are the new ones, or those to drain. ``fixed`` partitions and brokers of ``excluded`` are left
           as they are. ``resources`` in order of importance; windows of earlier ones are kept by later ones.
           ``strict_racks`` refuses plans in which replicas of a partition share a rack for want of racks.
           ``factors`` are how many replicas topics are to have, by name, and ``min_isr`` their min.insync.replicas
           where that is known.
    Units: ``tolerance`` is a share around the mean.
    """

    intent: Intent
    brokers: frozenset[int] = frozenset()
    tolerance: float = 0.1
    resources: tuple[BalancedResource, ...] = (*PLACED, BalancedResource.NETWORK_OUT)
    fixed: Mask | None = None
    excluded: frozenset[int] = frozenset()
    with_leaders: bool = True
    strict_racks: bool = False
    factors: Mapping[str, int] = field(default_factory=dict[str, int])
    min_isr: Mapping[str, int] = field(default_factory=dict[str, int])

    def fixed_in(self, layout: ReplicaLayout) -> Mask:
        """Return which partitions are not to be touched."""
        none = np.zeros(len(layout.partitions), np.bool_)
        return none if self.fixed is None else self.fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a wish, or a part of it, cannot be fulfilled: the rule, about what, in words, and what would be possible."""

    rule: str
    about: str
    message: str
    instead: Phrase = ""
    details: tuple[str, ...] = field(default=())
