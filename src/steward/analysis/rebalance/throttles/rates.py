"""Replication throttle of moves: the entries and rates it needs, whether the rate suffices, and the duration."""

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
"""Factor by which a copy must be faster than producers write, to finish in reasonable time."""

LEAST_RATE = 1_000_000
"""Minimum of chosen rates in bytes per second: below it, fetches would wait for whole quota windows."""

Incoming = Mapping[TopicPartition, float]
"""Bytes per second that producers write to each partition."""


@dataclass(frozen=True, slots=True)
class ThrottledReplica:
    """One replica in a topic's list of throttled replicas."""

    partition: TopicPartition
    key: str
    broker: int

    @property
    def text(self) -> str:
        """Write it in Kafka's form."""
        return f"{self.partition.partition}:{self.broker}"


@dataclass(frozen=True, slots=True)
class ThrottledBroker:
    """One broker in one direction; ``key`` is the config of its rate."""

    broker: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooSlow:
    """A rate at which moves never finish: producers write ``incoming`` bytes per second to them, at one broker."""

    at: ThrottledBroker
    rate: int
    incoming: float
    nearest: int

    def __str__(self) -> str:
        """Describe the problem, and the lowest sufficient rate."""
        way = "to" if self.at.key == FOLLOWER_RATE else "from"
        return (
            f"moves {way} broker {self.at.broker} would never finish: producers write {megabytes(self.incoming)} to "
            f"them, the throttle is {megabytes(self.rate)}; the lowest rate that finishes is {megabytes(self.nearest)}"
        )


def megabytes(rate: float) -> str:
    """Write a rate, rounded up, never below its value."""
    shown = f"{ceil(rate / 10_000) / 100:.2f}"
    return f"{shown.rstrip('0').rstrip('.')} MB/s"


def items_of(hops: Iterable[Hop]) -> tuple[ThrottledReplica, ...]:
    """Return the list entries of moves: present replicas on the leader side, added ones on the follower side.

    A present replica is not in the followers' list: if it left the ISR, the throttle would slow it down.

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
    """Return whether a list already contains a replica: by name, or with a wildcard."""
    return bool({EVERY_REPLICA, item.text} & {entry.strip() for entry in listed})


def limited_by(items: Iterable[ThrottledReplica]) -> frozenset[ThrottledBroker]:
    """Return the brokers whose rates throttle these replicas."""
    return frozenset(ThrottledBroker(item.broker, RATE_OF[item.key]) for item in items)


def incoming_at(
    items: Iterable[ThrottledReplica], incoming: Incoming, leaders: Mapping[TopicPartition, int]
) -> Mapping[ThrottledBroker, float]:
    """Sum the producers' rate of moving partitions at each broker that it passes.

    A leader sends it to every added replica; of the present replicas only the leader sends.
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
    """Return the lowest rate at which copies catch up with producers."""
    return ceil(HEADROOM * incoming)


def rate_for(
    at: ThrottledBroker, requested: int, incoming: float, own: int | None
) -> int | TooSlow:
    """Return the rate in effect at one broker.

    The operator's own rate is kept if it is lower than ours would be; a requested rate above the producers' rate but
    below the floor is raised to the floor. A rate that does not exceed the producers' is too slow, from any source.
    """
    floor = floor_of(incoming)
    is_own = own is not None and own <= requested
    rate = own if own is not None and is_own else requested
    if rate <= incoming:
        return TooSlow(at=at, rate=rate, incoming=incoming, nearest=floor)
    return rate if is_own else max(rate, floor)


def item_from(topic: str, key: str, text: str) -> ThrottledReplica | None:
    """Parse one entry of a list; None for ``*`` and for invalid entries."""
    number, _, broker = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and broker.isascii() and broker.isdigit()):
        return None
    return ThrottledReplica(TopicPartition(topic, int(number)), key, int(broker))
