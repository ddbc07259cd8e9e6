"""Broker metrics from Prometheus text endpoints, in parallel, bounded in time and size."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from math import ceil

from steward.http_client import Deadline, get
from steward.model.broker import BrokerMetrics
from steward.model.exposition import parse
from steward.model.redaction import shown_url
from steward.model.unknown import Unknown, Why

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
_ENDPOINTS_AT_ONCE = 16
_ROUNDS_GENTLY = 16


def read_metrics(
    endpoints: Mapping[int, str], timeout_seconds: float, *, gently: bool = False
) -> dict[int, BrokerMetrics | Unknown]:
    """Fetch and parse each broker's endpoint; one that fails maps to Unknown.

    ``gently`` reads a sixteenth of them at once: a scrape uses a core of its broker for a tenth of a second or more,
    and brokers that share a machine would all slow down. The timeout is for each endpoint; twice the timeout, for all.
    """
    if not endpoints:
        return {}
    until = Deadline.after(2 * timeout_seconds)
    at_once = ceil(len(endpoints) / _ROUNDS_GENTLY) if gently else _ENDPOINTS_AT_ONCE
    with ThreadPoolExecutor(min(len(endpoints), at_once)) as pool:
        brokers = sorted(endpoints)
        running = {
            broker: pool.submit(_read, broker, endpoints[broker], timeout_seconds, until)
            for broker in brokers
        }
        return {broker: future.result() for broker, future in running.items()}


def _read(
    broker: int, url: str, timeout_seconds: float, until: Deadline
) -> BrokerMetrics | Unknown:
    own = Deadline.after(timeout_seconds)
    deadline = own if own.at <= until.at else until
    body = get(url, deadline, most_bytes=LARGEST_ANSWER_BYTES, accept="text/plain")
    if isinstance(body, Unknown):
        return body
    samples = parse(body.decode("utf-8", "replace"))
    if not samples:
        return Unknown(Why.REFUSED, f"{shown_url(url)} is not a Prometheus text endpoint")
    return BrokerMetrics(broker, samples)


def without_endpoint(brokers: Iterable[int]) -> dict[int, BrokerMetrics | Unknown]:
    """Report brokers for which the profile names no endpoint."""
    why = Unknown(Why.NOT_CONFIGURED, "the profile has no metrics endpoint for this broker")
    return dict.fromkeys(brokers, why)
