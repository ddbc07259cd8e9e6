"""Clients that brokers hold back for long."""

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
"""Throttle time, the limit behind it, and the metric of what is used of that limit."""

_UNCONFIGURED = Unknown(Why.NOT_CONFIGURED, "no metrics endpoint is configured")
AT_LIMIT = 0.95
ENDANGERING_MS = 15_000
"""Half of the usual request.timeout.ms: the client soon takes a slow answer for a lost one."""


@dataclass(frozen=True, slots=True)
class _Throttled:
    """The longest throttle of one client on any broker."""

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
    """A client is held back by its quota, for long or all the time.

    What it means: a broker delays the client's answers by at least checks.thresholds.heavy_throttle_ms on average, or
        the client is delayed while it uses its whole quota.
    Why it matters: a throttled producer fills its buffer and then blocks or loses records when delivery.timeout.ms
        ends; a throttled consumer lags though its members are idle. From half of request.timeout.ms on, clients give
        up on answers that are only late.
    What to do: find out whether the client should use that much. If so raise its quota, else repair the client.
    """
    if not facts.quotas:
        return
    told = {b.id: facts.metrics.get(b.id, _UNCONFIGURED) for b in facts.brokers}
    endpoints = [found for found in told.values() if isinstance(found, BrokerMetrics)]
    throttled: dict[tuple[str, str, str], _Throttled] = {}
    for found in endpoints:
        _collect(found, throttled)
    for (metric, user, client_id), held in sorted(throttled.items()):
        yield from _judged(facts, metric, user, client_id, held)
    require_all((f"broker {b}", found) for b, found in told.items())
    require_all((f"broker {found.broker}", _unlike_ours(found)) for found in endpoints)


def _unlike_ours(metrics: BrokerMetrics) -> Unknown | None:
    """Say so if an endpoint has no metrics of clients: not even those that every broker has."""
    if any(name in metrics.samples for name in (*METRICS, CLIENT_CONNECTIONS)):
        return None
    return Unknown(Why.NOT_CONFIGURED, f"its metrics have no {PRODUCE_THROTTLE_MS}")


def _collect(metrics: BrokerMetrics, throttled: dict[tuple[str, str, str], _Throttled]) -> None:
    for metric, (_, usage) in METRICS.items():
        used = {_names(s): s.value for s in metrics.samples.get(usage, ())}
        for sample in metrics.samples.get(metric, ()):
            names = _names(sample)
            known = throttled.get((metric, *names))
            # NaN, while nothing is throttled, compares false
            if sample.value > (known.milliseconds if known else 0):
                throttled[(metric, *names)] = _Throttled(
                    sample.value, metrics.broker, used.get(names, 0.0)
                )


def _names(sample: MetricSample) -> tuple[str, str]:
    """Return user and client id, empty where the winning quota does not name it."""
    user, client_id = sample.label("user") or "", sample.label("client_id") or ""
    return unquote_plus(user), unquote_plus(client_id)


def _judged(
    facts: Facts, metric: str, user: str, client_id: str, held: _Throttled
) -> Iterator[FoundState]:
    key, _ = METRICS[metric]
    quota = facts.quota_resolver.resolve(key, user, client_id)
    full = quota is not None and held.used >= AT_LIMIT * quota.limit
    if held.milliseconds < facts.thresholds.heavy_throttle_ms and not full:
        return
    pairs = (("client-id", client_id), ("user", user))
    entity: Entity = tuple((kind, name) for kind, name in pairs if name)
    yield FoundState(
        object=ObjectRef("quota", entity_name(entity)),
        severity=Severity.HIGH if held.milliseconds >= ENDANGERING_MS else Severity.MEDIUM,
        summary=f"broker {held.broker} holds back its answers by {held.milliseconds:,.0f} ms: {key}",
        evidence=(
            Evidence(f"metrics of broker {held.broker}", metric, f"{held.milliseconds:,.0f} ms"),
            Evidence(f"metrics of broker {held.broker}", "used", with_unit(key, held.used)),
            *((limit_evidence(quota.entity, key, quota.limit),) if quota else ()),
        ),
        remedy=_remedy(entity, key, quota),
    )


def _remedy(entity: Entity, key: str, quota: ResolvedQuota | None) -> Remedy:
    if quota is None:
        return Remedy(
            "see which quota holds for it: no entry that was seen explains the throttling"
        )
    return set_quota(
        entity,
        f"{key}={quota.limit * 2:g}",
        "raise its quota if the use is right, else fix the client",
    )
