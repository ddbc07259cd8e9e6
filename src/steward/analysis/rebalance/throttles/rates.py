"""What moving replicas may use: whose items and rates that takes, what rate is too low to arrive, when they arrive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from steward.analysis.rebalance.moves.hops import Hop
from steward.model.names import TopicPartition
from steward.model.throttle import (
    EVERY_REPLICA,
    FOLLOWER_RATE,
    FOLLOWER_REPLICAS,
    LEADER_RATE,
    LEADER_REPLICAS,
    RATE_OF,
)

HEADROOM = 1.2
"""How much faster than what is written a copy has to be, so that it arrives in reasonable time."""

LEAST_RATE = 1_000_000
"""Bytes a second below which no rate of our own choice goes: fetches would wait for whole quota windows."""

Incoming = Mapping[TopicPartition, float]
"""Bytes a second that producers write to each partition."""


@dataclass(frozen=True, slots=True)
class ThrottledReplica:
    """One replica in a topic's list of throttled ones."""

    partition: TopicPartition
    key: str
    broker: int

    @property
    def text(self) -> str:
        """Write it as Kafka does."""
        return f"{self.partition.partition}:{self.broker}"


@dataclass(frozen=True, slots=True)
class ThrottledBroker:
    """One broker in one direction: ``key`` is its rate's."""

    broker: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooSlow:
    """A rate at which moves never arrive: producers write ``incoming`` bytes a second to them, at one broker."""

    at: ThrottledBroker
    rate: int
    incoming: float
    nearest: int

    def __str__(self) -> str:
        """Say what, where, and the nearest rate that would do."""
        way = "to" if self.at.key == FOLLOWER_RATE else "from"
        return (
            f"moves {way} broker {self.at.broker} would never arrive: producers write {megabytes(self.incoming)} to "
            f"them, and they may use {megabytes(self.rate)}; the nearest rate that arrives is {megabytes(self.nearest)}"
        )


def megabytes(rate: float) -> str:
    """Write a rate for people; above, never below, what it is."""
    return f"{ceil(rate / 10_000) / 100:.2f} MB/s"


def items_of(hops: Iterable[Hop]) -> tuple[ThrottledReplica, ...]:
    """Return what moves put into lists: on the leader's side the replicas that are there, on the other those added.

    Shape: a replica that is there is kept out of the followers' list: should it leave the ISR, it would be held back.
    Source: ReplicaManager.shouldLeaderThrottle, RemoteLeaderEndPoint.shouldFollowerThrottle.
    """
    return tuple(
        ThrottledReplica(hop.partition, key, broker)
        for hop in hops
        if hop.copies
        for key, brokers in ((LEADER_REPLICAS, hop.sources), (FOLLOWER_REPLICAS, hop.adding))
        for broker in brokers
    )


def covers(listed: Iterable[str], item: ThrottledReplica) -> bool:
    """Tell whether a list holds a replica already: by name, or with all others."""
    return bool({EVERY_REPLICA, item.text} & {entry.strip() for entry in listed})


def limited_by(items: Iterable[ThrottledReplica]) -> frozenset[ThrottledBroker]:
    """Return the brokers whose rates hold these replicas back."""
    return frozenset(ThrottledBroker(item.broker, RATE_OF[item.key]) for item in items)


def incoming_at(
    items: Iterable[ThrottledReplica], incoming: Incoming, leaders: Mapping[TopicPartition, int]
) -> Mapping[ThrottledBroker, float]:
    """Sum what producers write to moving partitions, at each broker that it has to pass.

    Shape: a leader sends it to every replica that is added; of the replicas that are there only the leader sends.
    """
    found: dict[ThrottledBroker, float] = {}
    for item in items:
        if item.key != FOLLOWER_REPLICAS:
            continue
        written = incoming.get(item.partition, 0.0)
        leader = leaders.get(item.partition)
        ends = [ThrottledBroker(item.broker, FOLLOWER_RATE)]
        if leader is not None and leader >= 0:
            ends.append(ThrottledBroker(leader, LEADER_RATE))
        for end in ends:
            found[end] = found.get(end, 0.0) + written
    return found


def floor_of(incoming: float) -> int:
    """Return the lowest rate at which copies catch up with what is written."""
    return ceil(HEADROOM * incoming)


def rate_for(at: ThrottledBroker, wished: int, incoming: float, own: int | None) -> int | TooSlow:
    """Return the rate that holds at one broker.

    Shape: the operator's own rate stays where it is lower than ours would be; a wish between what is written and the
           floor is raised to the floor. What is not above what is written is too slow, whoever set it.
    """
    floor = floor_of(incoming)
    is_own = own is not None and own <= wished
    rate = own if own is not None and is_own else wished
    if rate <= incoming:
        return TooSlow(at=at, rate=rate, incoming=incoming, nearest=floor)
    return rate if is_own else max(rate, floor)


def item_from(topic: str, key: str, text: str) -> ThrottledReplica | None:
    """Read one entry of a list; None for ``*`` and for what is no entry."""
    number, _, broker = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and broker.isascii() and broker.isdigit()):
        return None
    return ThrottledReplica(TopicPartition(topic, int(number)), key, int(broker))
