"""How fast moves go: more bit by bit while brokers answer as they did, half as soon as they do not (AIMD)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from steward.model.broker import BrokerMetrics
from steward.model.unknown import Unknown

PRODUCE_MS = "kafka_network_requestmetrics_totaltimems_95thpercentile"
FOLLOWER_MS = "kafka_network_requestmetrics_localtimems_95thpercentile"
QUEUED_REQUESTS = "kafka_network_requestchannel_requestqueuesize_value"
UNDER_REPLICATED = "kafka_server_replicamanager_underreplicatedpartitions_value"
"""As the sandbox's agent spells them. Partitions that move do not count as under-replicated (KIP-352).

The 95th percentile, for each copy that arrives holds up a few requests of its partition for up to a second, whatever
the rate: a follower that hears of the new leader epoch first waits for replica.fetch.backoff.ms
(AbstractFetcherThread.delayPartitions), and clients look for new leaders. Such are fewer than one request in twenty,
but more than one in a hundred, and percentiles remember them for minutes: going slower would prolong it.
"""

MOST_PRODUCE_MS = 1_000.0
MOST_FOLLOWER_MS = 500.0
MOST_QUEUED = 1_000.0
"""Limits of Cruise Control's adjuster (of p99.9 there)."""

QUIET_TIMES = 2.5
"""By how much times may grow over those before the first move: a little less than three."""
LEAST_QUIET_MS = 20.0
"""Times below this are noise: they do not count as grown."""

STEP = 0.25
LEAST_SHARE = 0.05
NOTABLE = 0.1
"""Rates that differ by less than this share are not set anew."""


@dataclass(frozen=True, slots=True)
class BrokerLatency:
    """How brokers answer, the worst of them: 95th percentiles in milliseconds, requests, partitions."""

    produce_ms: float
    follower_ms: float
    queued: float
    under_replicated: float


@dataclass(frozen=True, slots=True)
class Pace:
    """The share of the wished rate, and of the caps, that moves use now; ``because`` says why it is not all."""

    share: float = 1.0
    because: str = ""


FULL = Pace()


def load_of(
    metrics: Mapping[int, BrokerMetrics | Unknown], brokers: Iterable[int]
) -> BrokerLatency | None:
    """Return how brokers answer; None where one of them does not tell, or tells nothing of it."""
    loads = [_load(metrics.get(broker)) for broker in brokers]
    known = [load for load in loads if load is not None]
    if not known or len(known) < len(loads):
        return None
    return BrokerLatency(
        produce_ms=max(k.produce_ms for k in known),
        follower_ms=max(k.follower_ms for k in known),
        queued=max(k.queued for k in known),
        under_replicated=sum(k.under_replicated for k in known),
    )


def _load(found: BrokerMetrics | Unknown | None) -> BrokerLatency | None:
    if not isinstance(found, BrokerMetrics):
        return None
    queued, lacking = _highest(found, QUEUED_REQUESTS), _highest(found, UNDER_REPLICATED)
    if queued is None or lacking is None:
        return None
    return BrokerLatency(
        produce_ms=_highest(found, PRODUCE_MS, "Produce") or 0.0,  # nobody produced: no sample yet
        follower_ms=_highest(found, FOLLOWER_MS, "FetchFollower") or 0.0,
        queued=queued,
        under_replicated=lacking,
    )


def _highest(found: BrokerMetrics, name: str, request: str = "") -> float | None:
    values = [
        s.value
        for s in found.samples.get(name, ())
        if s.value == s.value and (not request or s.label("request") == request)
    ]
    return max(values, default=None)


def strain(load: BrokerLatency, quiet: BrokerLatency) -> str:
    """Say by what brokers suffer, compared with before the first move; empty: by nothing."""
    for name, now, before, most in (
        ("p95 of Produce", load.produce_ms, quiet.produce_ms, MOST_PRODUCE_MS),
        ("p95 of FetchFollower", load.follower_ms, quiet.follower_ms, MOST_FOLLOWER_MS),
    ):
        limit = min(max(before * QUIET_TIMES, LEAST_QUIET_MS), most)
        if now > limit:
            return f"{name} is {now:.0f} ms (before: {before:.0f} ms)"
    if load.queued > MOST_QUEUED:
        return f"{load.queued:.0f} requests are queued"
    if load.under_replicated > quiet.under_replicated:
        return f"{load.under_replicated:.0f} partitions lack replicas (before: {quiet.under_replicated:.0f})"
    return ""


def next_pace(pace: Pace, load: BrokerLatency | None, quiet: BrokerLatency) -> Pace:
    """Return the pace after another look; None: the brokers do not tell any more, and the pace falls to the least."""
    if load is None:
        return Pace(LEAST_SHARE, "the brokers' metrics are gone")
    why = strain(load, quiet)
    if why:
        return Pace(max(pace.share / 2, LEAST_SHARE), why)
    share = min(pace.share + STEP, 1.0)
    return Pace(share, pace.because if share < 1.0 else "")


def rate_at(pace: Pace, full: int, floor: int, least: int) -> int:
    """Return the rate of a pace: its share of the full one, not below the floor, nor the least that makes sense."""
    return min(full, max(floor, least, round(full * pace.share)))


def differs(now: int, then: int) -> bool:
    """Tell whether a rate is worth setting anew."""
    return abs(now - then) > NOTABLE * max(then, 1)
