"""A broker's capacity and a client's fitting quota: arithmetic from observed or stated rates.

Source: the project's sizing method, a proposal to be checked under load. Kafka enforces byte and request quotas on each
broker, over a window of ten full seconds (ClientQuotaManager).
"""

from dataclasses import dataclass

WINDOW_SECONDS = 10
"""``quota.window.num`` full samples of ``quota.window.size.seconds``, by their defaults."""
MARGIN = 2.0
"""Quota of a client as a multiple of its highest use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """Capacity of each broker in bytes per second: stated, not measured."""

    network_in: float
    network_out: float
    disk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterShape:
    """The cluster: brokers, tolerated failures, replicas, consumers of each byte written, usable share."""

    brokers: int
    tolerated: int
    replication_factor: float
    fan_out: float
    headroom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerCapacity:
    """Capacity of one broker for clients: bytes per second to producers and to consumers."""

    produce: float
    fetch: float


def capacity_of(hardware: Hardware, shape: ClusterShape) -> BrokerCapacity:
    """Return one broker's capacity for clients while the tolerated number of brokers is down.

    A byte written arrives once per replica (r), and leaves r - 1 times to followers and f times to consumers.
    """
    left = max(shape.brokers - shape.tolerated, 0) / shape.brokers
    r = shape.replication_factor
    limits = [hardware.network_in / r, hardware.disk / r]
    if r - 1 + shape.fan_out > 0:
        limits.append(hardware.network_out / (r - 1 + shape.fan_out))
    produce = shape.headroom * left * min(limits)
    fetch = shape.headroom * left * hardware.network_out - produce * (r - 1)
    return BrokerCapacity(produce=produce, fetch=max(fetch, 0.0))


def request_capacity(io_threads: int, network_threads: int, headroom: float) -> float:
    """Return one broker's request time for clients, in per cent of one thread."""
    return 100.0 * headroom * (io_threads + network_threads)


def proposed(used: float, floor: float) -> float:
    """Return the quota for a client's highest use on one broker, at least the floor."""
    return max(floor, MARGIN * used)


def consumer_floor(max_message_bytes: int) -> float:
    """Return the smallest consumer quota that lets two of the largest batches pass in a window."""
    return 2 * max_message_bytes / WINDOW_SECONDS
