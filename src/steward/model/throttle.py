"""Replication throttles (KIP-73): throttled replicas and rates, and records of those that steward set."""

from dataclasses import dataclass
from enum import StrEnum

LEADER_REPLICAS = "leader.replication.throttled.replicas"
FOLLOWER_REPLICAS = "follower.replication.throttled.replicas"
LEADER_RATE = "leader.replication.throttled.rate"
FOLLOWER_RATE = "follower.replication.throttled.rate"

THROTTLED_REPLICAS = (LEADER_REPLICAS, FOLLOWER_REPLICAS)
"""Topic keys: lists of ``partition:broker``, or ``*`` for all."""

THROTTLED_RATES = (LEADER_RATE, FOLLOWER_RATE)
"""Broker keys: bytes per second, shared by all its throttled replicas."""

EVERY_REPLICA = "*"

RATE_OF = {LEADER_REPLICAS: LEADER_RATE, FOLLOWER_REPLICAS: FOLLOWER_RATE}
"""The rate that throttles the replicas of a list."""


class ThrottleKind(StrEnum):
    """Kinds of throttles."""

    REPLICA = "replica"
    """one item of a topic's list"""
    RATE = "rate"
    """a broker's rate"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldThrottle:
    """One throttle that steward has set or is about to set; recorded before it is requested.

    ``name`` is a topic or a broker's id. ``item`` is ``partition:broker`` of a list, empty for a rate. ``before`` is
    the value of the whole key before steward's first change, None where it was not set. ``ours`` are the values of a
    rate that steward may have set (two while one is replaced); empty for an item that existed before, which stays.
    ``debt`` says why removing it failed when it was due; empty where removal was not attempted.
    """

    kind: ThrottleKind
    name: str
    key: str
    item: str
    plan_id: str
    before: str | None
    ours: tuple[str, ...]
    debt: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What identifies it on one cluster."""
        return (self.name, self.key, self.item)
