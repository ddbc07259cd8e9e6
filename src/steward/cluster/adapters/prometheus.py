"""Broker metrics from Prometheus text endpoints, in parallel, bounded in time and size."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from math import ceil
from urllib.parse import SplitResult, urlsplit

from steward.model.broker import BrokerMetrics
from steward.model.exposition import parse
from steward.model.unknown import Unknown, Why

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_ENDPOINTS_AT_ONCE = 16
_ROUNDS_GENTLY = 16
_OK = 200


def read_metrics(
    endpoints: Mapping[int, str], timeout_seconds: float, *, gently: bool = False
) -> dict[int, BrokerMetrics | Unknown]:
    """Fetch and parse each broker's endpoint; one that fails maps to Unknown.

    Shape: ``gently`` asks a sixteenth of them at once, for a scrape takes a core of its broker for a tenth of a second
           and more: brokers that share a machine would all stand still together.
    """
    if not endpoints:
        return {}
    at_once = ceil(len(endpoints) / _ROUNDS_GENTLY) if gently else _ENDPOINTS_AT_ONCE
    with ThreadPoolExecutor(min(len(endpoints), at_once)) as pool:
        brokers = sorted(endpoints)
        running = {
            broker: pool.submit(_read, broker, endpoints[broker], timeout_seconds)
            for broker in brokers
        }
        return {broker: future.result() for broker, future in running.items()}


def _read(broker: int, url: str, timeout_seconds: float) -> BrokerMetrics | Unknown:
    try:
        text = _fetch(url, timeout_seconds)
    except TimeoutError:
        return Unknown(Why.TIMED_OUT, f"{_shown(url)} did not answer in {timeout_seconds:g} s")
    except (OSError, HTTPException, ValueError) as error:
        return Unknown(Why.UNREACHABLE, f"{_shown(url)}: {error or type(error).__name__}")
    samples = parse(text)
    if not samples:
        return Unknown(Why.REFUSED, f"{_shown(url)} is not a Prometheus text endpoint")
    return BrokerMetrics(broker, samples)


def _fetch(url: str, timeout_seconds: float) -> str:
    parts = urlsplit(url)
    deadline = time.monotonic() + timeout_seconds
    connection = _connection(parts, timeout_seconds)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(
            "GET", path, headers={"Accept": "text/plain", "Accept-Encoding": "identity"}
        )
        response = connection.getresponse()
        if response.status != _OK:
            raise ValueError(f"HTTP status {response.status}")
        chunks: list[bytes] = []
        left = LARGEST_ANSWER_BYTES
        while chunk := response.read1(_CHUNK_BYTES):
            chunks.append(chunk)
            left -= len(chunk)
            if left < 0:
                raise ValueError(f"answer is larger than {LARGEST_ANSWER_BYTES} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError
        return b"".join(chunks).decode("utf-8", "replace")
    finally:
        connection.close()


def _connection(parts: SplitResult, timeout_seconds: float) -> HTTPConnection:
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an http or https URL")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname, parts.port, timeout=timeout_seconds)


def _shown(url: str) -> str:
    """Show an endpoint without what may be secret in it: user, password, query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def without_endpoint(brokers: Iterable[int]) -> dict[int, BrokerMetrics | Unknown]:
    """Say of brokers that the profile names no endpoint for them."""
    why = Unknown(Why.NOT_CONFIGURED, "the profile has no metrics endpoint for this broker")
    return dict.fromkeys(brokers, why)
