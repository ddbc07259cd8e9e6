"""Clients that brokers throttle heavily."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.metric_names import (
    CLIENT_CONNECTIONS,
    FETCH_BYTE_RATE,
    FETCH_THROTTLE_MS,
    PRODUCE_BYTE_RATE,
    PRODUCE_THROTTLE_MS,
    REQUEST_THROTTLE_MS,
    REQUEST_TIME_PERCENTAGE,
)
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.quota.wording import entity_name, limit_evidence, set_quota, with_unit
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import duration
from steward.model.broker import BrokerMetrics, MetricSample
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.quota_resolution import Entity, ResolvedQuota
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

METRICS = {
    PRODUCE_THROTTLE_MS: ("producer_byte_rate", PRODUCE_BYTE_RATE),
    FETCH_THROTTLE_MS: ("consumer_byte_rate", FETCH_BYTE_RATE),
    REQUEST_THROTTLE_MS: ("request_percentage", REQUEST_TIME_PERCENTAGE),
}
"""The metric of the throttle time, the quota's key, and the metric of the quota's use."""

_UNCONFIGURED = Unknown(Why.NOT_CONFIGURED, "no metrics endpoint is configured")
AT_LIMIT = 0.95
TIMEOUT_RISK_MS = 15_000
"""Half of the usual request.timeout.ms: from here on, clients may time out."""


@dataclass(frozen=True, slots=True)
class _ThrottledClient:
    """The longest throttle time of one client on any broker."""

    milliseconds: float
    broker: int
    used: float


@check(
    "Q09",
    Severity.MEDIUM,
    over=CLUSTER,
    parts=(Part.QUOTAS, Part.BROKERS, Part.METRICS),
    nature=Nature.STATE,
)
def client_throttled_heavily(facts: Facts, _: None) -> Iterator[FoundState]:
    """A client is throttled by its quota, for a long time or constantly.

    What it means: a broker delays the client's responses by at least checks.thresholds.heavy_throttle_ms on average, or
        the client is throttled while it uses its whole quota.
    Why it matters: a throttled producer fills its buffer, then blocks or, after delivery.timeout.ms, loses records. A
        throttled consumer lags although its members are idle. From half of request.timeout.ms on, requests may time
        out although the broker answers.
    What to do: find out whether the client should use that much. If it should, raise its quota; otherwise fix the
        client.
    """
    if not facts.quotas:
        return
    reported = {b.id: facts.metrics.get(b.id, _UNCONFIGURED) for b in facts.brokers}
    endpoints = [found for found in reported.values() if isinstance(found, BrokerMetrics)]
    throttled: dict[tuple[str, str, str], _ThrottledClient] = {}
    for found in endpoints:
        _collect(found, throttled)
    for (metric, user, client_id), delay in sorted(throttled.items()):
        yield from _judged(facts, metric, user, client_id, delay)
    require_all((f"broker {b}", found) for b, found in reported.items())
    require_all((f"broker {found.broker}", _without_client_metrics(found)) for found in endpoints)


def _without_client_metrics(metrics: BrokerMetrics) -> Unknown | None:
    """Stop the check with Unknown if an endpoint lacks even the client metrics that every broker has."""
    if any(name in metrics.samples for name in (*METRICS, CLIENT_CONNECTIONS)):
        return None
    return Unknown(Why.NOT_CONFIGURED, f"its metrics have no {PRODUCE_THROTTLE_MS}")


def _collect(
    metrics: BrokerMetrics, throttled: dict[tuple[str, str, str], _ThrottledClient]
) -> None:
    for metric, (_, usage) in METRICS.items():
        used = {_names(s): s.value for s in metrics.samples.get(usage, ())}
        for sample in metrics.samples.get(metric, ()):
            names = _names(sample)
            known = throttled.get((metric, *names))
            # the metric is NaN while no client is throttled; NaN compares false
            if sample.value > (known.milliseconds if known else 0):
                throttled[(metric, *names)] = _ThrottledClient(
                    sample.value, metrics.broker, used.get(names, 0.0)
                )


def _names(sample: MetricSample) -> tuple[str, str]:
    """Return user and client id, empty if the applied quota does not have it."""
    user, client_id = sample.label("user") or "", sample.label("client_id") or ""
    return unquote_plus(user), unquote_plus(client_id)


def _judged(
    facts: Facts, metric: str, user: str, client_id: str, delay: _ThrottledClient
) -> Iterator[FoundState]:
    key, _ = METRICS[metric]
    quota = facts.quota_resolver.resolve(key, user, client_id)
    full = quota is not None and delay.used >= AT_LIMIT * quota.limit
    if delay.milliseconds < facts.thresholds.heavy_throttle_ms and not full:
        return
    pairs = (("client-id", client_id), ("user", user))
    entity: Entity = tuple((kind, name) for kind, name in pairs if name)
    yield FoundState(
        object=ObjectRef("quota", entity_name(entity)),
        severity=Severity.HIGH if delay.milliseconds >= TIMEOUT_RISK_MS else Severity.MEDIUM,
        summary=f"broker {delay.broker} delays its responses by {duration(delay.milliseconds / 1000)}: {key}",
        evidence=(
            Evidence(f"metrics of broker {delay.broker}", metric, f"{delay.milliseconds:,.0f} ms"),
            Evidence(f"metrics of broker {delay.broker}", "used", with_unit(key, delay.used)),
            *((limit_evidence(quota.entity, key, quota.limit),) if quota else ()),
        ),
        remedy=_remedy(entity, key, quota),
    )


def _remedy(entity: Entity, key: str, quota: ResolvedQuota | None) -> Remedy:
    if quota is None:
        return Remedy("find out which quota applies: no observed entry explains the throttling")
    return set_quota(
        entity,
        f"{key}={quota.limit * 2:g}",
        "raise its quota if the client should use that much, otherwise fix the client",
    )
