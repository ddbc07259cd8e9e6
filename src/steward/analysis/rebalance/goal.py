"""Goal of a rebalance, and why it is infeasible."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from steward.analysis.rebalance.layout import PLACED, BalancedResource, BrokerMask, ReplicaLayout
from steward.model.command import Phrase


class Intent(StrEnum):
    """Purpose of a rebalance."""

    BALANCE = "balance"
    """every broker within its window"""
    ADD_BROKER = "add-broker"
    """new brokers receive their share; nothing moves among the others"""
    DRAIN = "drain"
    """some brokers hold no replica any more"""
    RELIEVE = "relieve"
    """no broker above a share of its disks; nothing else moves"""
    RACK_REPAIR = "rack-repair"
    """each partition's replicas over as many racks as possible, as evenly as possible"""
    LEADERS = "leaders"
    """leaders evenly; no data moves"""
    FACTOR = "change-replication-factor"
    """each partition has its topic's new replication factor"""
    PLACEMENT = "partition-placement"
    """each topic's replicas and leaders evenly over brokers and racks"""


class StayReason(StrEnum):
    """Why a replica stays on a broker that should give it away."""

    EXCLUDED_TOPIC = "excluded_topic"
    """its topic is excluded"""
    NOT_SELECTED = "not_selected"
    """only other topics may move"""
    PINNED = "pinned"
    """its topic or partition is pinned"""
    NO_LEADER = "no_leader"
    """no live broker leads it, so nothing can be copied"""
    NO_ELIGIBLE_BROKER = "no_eligible_broker"
    """no broker may hold it instead"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceGoal:
    """Goal of a rebalance.

    Units: ``tolerance`` is a share around the mean, ``disk_share`` the used share of a broker's disks, 0 to 1.

    ``brokers`` are the new ones, those to drain, or those to relieve (none: all). ``fixed`` partitions and brokers of
    ``excluded`` do not change; ``fixed_by`` says why, where it is known: a mask of partitions for each reason.
    ``resources`` are in order of importance; later ones keep the windows of earlier ones. ``strict_racks`` rejects
    plans with two replicas of a partition in one rack because there are too few racks. ``factors`` are the new
    replication factors by topic, and ``min_isr`` the topics' min.insync.replicas if known.
    """

    intent: Intent
    brokers: frozenset[int] = frozenset()
    tolerance: float = 0.1
    disk_share: float = 1.0
    resources: tuple[BalancedResource, ...] = (*PLACED, BalancedResource.NETWORK_OUT)
    fixed: BrokerMask | None = None
    fixed_by: Mapping[StayReason, BrokerMask] = field(default_factory=dict[StayReason, BrokerMask])
    excluded: frozenset[int] = frozenset()
    with_leaders: bool = True
    strict_racks: bool = False
    factors: Mapping[str, int] = field(default_factory=dict[str, int])
    min_isr: Mapping[str, int] = field(default_factory=dict[str, int])

    def fixed_in(self, layout: ReplicaLayout) -> BrokerMask:
        """Return which partitions must not change."""
        none = np.zeros(len(layout.partitions), np.bool_)
        return none if self.fixed is None else self.fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a goal, or part of it, is infeasible: the rule, the object, the reason, and an alternative."""

    rule: str
    about: str
    message: str
    instead: Phrase = ""
    details: tuple[str, ...] = field(default=())
