"""Rate of moves: raised step by step while brokers respond as before, halved when they do not (AIMD)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from steward.model.broker import BrokerMetrics
from steward.model.unknown import Unknown
from steward.model.wording import count, duration

PRODUCE_MS = "kafka_network_requestmetrics_totaltimems_95thpercentile"
FOLLOWER_MS = "kafka_network_requestmetrics_localtimems_95thpercentile"
QUEUED_REQUESTS = "kafka_network_requestchannel_requestqueuesize_value"
UNDER_REPLICATED = "kafka_server_replicamanager_underreplicatedpartitions_value"
"""Metric names of the sandbox's JMX agent. Moving partitions do not count as under-replicated (KIP-352).

The 95th percentile, because each finished copy delays a few requests of its partition for up to a second, whatever the
rate: a follower that learns of the new leader epoch first waits for replica.fetch.backoff.ms
(AbstractFetcherThread.delayPartitions), and clients look for new leaders. These are fewer than one request in twenty,
but more than one in a hundred, and percentiles include them for minutes: a lower rate would prolong it.
"""

MOST_PRODUCE_MS = 1_000.0
MOST_FOLLOWER_MS = 500.0
MOST_QUEUED = 1_000.0
"""Limits of Cruise Control's adjuster (it uses p99.9)."""

QUIET_TIMES = 2.5
"""Factor by which times may exceed those before the first move: a little less than three."""
LEAST_QUIET_MS = 20.0
"""Times below this are noise and do not count as higher."""

STEP = 0.25
LEAST_SHARE = 0.05
NOTABLE = 0.1
"""Rates that differ by less than this share are not changed."""


@dataclass(frozen=True, slots=True)
class BrokerLatency:
    """Load of the slowest broker: 95th percentiles in milliseconds, queued requests, under-replicated partitions."""

    produce_ms: float
    follower_ms: float
    queued: float
    under_replicated: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Share of the requested rate, and of the caps, that moves use now; ``because`` says why it is not all."""

    share: float = 1.0
    because: str = ""


FULL = Pace()


def load_of(
    metrics: Mapping[int, BrokerMetrics | Unknown], brokers: Iterable[int]
) -> BrokerLatency | None:
    """Return how brokers respond; None if one of them reports no metrics."""
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
        produce_ms=_highest(found, PRODUCE_MS, "Produce")
        or 0.0,  # no produce requests: no sample yet
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
    """Return which values are worse than before the first move; empty if none is."""
    for name, now, before, most in (
        ("p95 of Produce", load.produce_ms, quiet.produce_ms, MOST_PRODUCE_MS),
        ("p95 of FetchFollower", load.follower_ms, quiet.follower_ms, MOST_FOLLOWER_MS),
    ):
        limit = min(max(before * QUIET_TIMES, LEAST_QUIET_MS), most)
        if now > limit:
            return f"{name} is {duration(now / 1000)} (before: {duration(before / 1000)})"
    if load.queued > MOST_QUEUED:
        return f"{count(round(load.queued), 'request')} queued"
    if load.under_replicated > quiet.under_replicated:
        now = count(round(load.under_replicated), "under-replicated partition")
        return f"{now} (before: {quiet.under_replicated:.0f})"
    return ""


def next_pace(pace: Pace, load: BrokerLatency | None, quiet: BrokerLatency) -> Pace:
    """Return the rate share after another sample; without metrics (None) it falls to the minimum."""
    if load is None:
        return Pace(LEAST_SHARE, "the brokers' metrics are no longer available")
    why = strain(load, quiet)
    if why:
        return Pace(max(pace.share / 2, LEAST_SHARE), why)
    share = min(pace.share + STEP, 1.0)
    return Pace(share, pace.because if share < 1.0 else "")


def rate_at(pace: Pace, full: int, floor: int, least: int) -> int:
    """Return the rate for a share: its part of the full rate, not below the floor, nor below the sensible minimum."""
    return min(full, max(floor, least, round(full * pace.share)))


def differs(now: int, then: int) -> bool:
    """Return whether a rate differs enough to set it."""
    return abs(now - then) > NOTABLE * max(then, 1)
