"""Throttles of replication (KIP-73): which replicas and which rates, and what is known of those that steward set."""

from dataclasses import dataclass
from enum import StrEnum

LEADER_REPLICAS = "leader.replication.throttled.replicas"
FOLLOWER_REPLICAS = "follower.replication.throttled.replicas"
LEADER_RATE = "leader.replication.throttled.rate"
FOLLOWER_RATE = "follower.replication.throttled.rate"

THROTTLED_REPLICAS = (LEADER_REPLICAS, FOLLOWER_REPLICAS)
"""Keys of a topic: lists of ``partition:broker``, or ``*`` for all."""

THROTTLED_RATES = (LEADER_RATE, FOLLOWER_RATE)
"""Keys of a broker: bytes a second, of all its throttled replicas together."""

EVERY_REPLICA = "*"

RATE_OF = {LEADER_REPLICAS: LEADER_RATE, FOLLOWER_REPLICAS: FOLLOWER_RATE}
"""The rate by which the replicas of a list are held back."""


class ThrottleKind(StrEnum):
    """What a throttle of ours is."""

    REPLICA = "replica"
    """one item of a topic's list"""
    RATE = "rate"
    """a broker's rate"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldThrottle:
    """One throttle that steward is about to set, or has set; written down before it is asked for.

    ``name`` is a topic or a broker's id. ``item`` is ``partition:broker`` of a list, empty for a rate. ``before`` is
    the value of the whole key before anything of ours, None where it was not set. ``ours`` are the values of a rate
    that may stand there because of us (two, while one is being replaced); empty for an item that was there before us,
    which stays. ``debt`` says why it could not be taken away when its time was over; empty where it was not tried.
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
