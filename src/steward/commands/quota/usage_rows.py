"""Quota usage and throttling from the brokers' metrics, and suggested quotas."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote_plus

from steward.analysis.checks.metric_names import (
    FETCH_BYTE_RATE,
    FETCH_THROTTLE_MS,
    PRODUCE_BYTE_RATE,
    PRODUCE_THROTTLE_MS,
    REQUEST_THROTTLE_MS,
    REQUEST_TIME_PERCENTAGE,
)
from steward.analysis.checks.quota.wording import entity_name
from steward.commands.api.registry import Notice
from steward.model.broker import BrokerMetrics, MetricSample
from steward.model.command import Hint, quota_command
from steward.model.doc import Doc
from steward.model.quota_resolution import QuotaResolver
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Unknown, Why, value_or

_METRICS = {
    "producer_byte_rate": (PRODUCE_BYTE_RATE, PRODUCE_THROTTLE_MS),
    "consumer_byte_rate": (FETCH_BYTE_RATE, FETCH_THROTTLE_MS),
    "request_percentage": (REQUEST_TIME_PERCENTAGE, REQUEST_THROTTLE_MS),
}
"""For each quota key, the metrics of its usage and of the throttle time."""
_VERY_HIGH = {
    "producer_byte_rate": "1TB/s",
    "consumer_byte_rate": "1TB/s",
    "request_percentage": "1000000",
}
_UNLIMITED = NotApplicable("no quota applies")
BROKER_METRICS = (Part.QUOTAS, Part.BROKERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """One client's usage of one quota; quotas apply per broker, so the highest broker counts."""

    user: Annotated[str, Doc("empty where the applicable quota names none")]
    client_id: Annotated[str, Doc("empty where the applicable quota names none")]
    quota: Annotated[str, Doc("Kafka's name of the limit")]
    used: Annotated[
        float, Doc("on the broker where it is highest: bytes/s, or percent of one thread")
    ]
    limit: Annotated[
        float | NotApplicable | Unknown, Doc("per broker; null where no quota applies")
    ]
    share: Annotated[
        float | NotApplicable | Unknown, Doc("share of the limit used; 1 is all of it")
    ]
    throttle_ms: Annotated[float, Doc("throttle time, average, highest broker")]
    broker: Annotated[int, Doc("the broker where use is highest")]
    used_in_cluster: Annotated[float, Doc("sum over brokers", wide=True)]
    entity: Annotated[str | NotApplicable | Unknown, Doc("the entry that applies")]


def _endpoints(snapshot: ClusterSnapshot) -> tuple[BrokerMetrics, ...]:
    return tuple(m for m in value_or(snapshot.metrics, {}).values() if isinstance(m, BrokerMetrics))


def without_metrics(snapshot: ClusterSnapshot) -> Iterator[Notice]:
    """Report quota keys that brokers do not measure, so that missing rows are not mistaken for zero use."""
    endpoints = _endpoints(snapshot)
    if not endpoints:
        return
    for key, (used, _) in _METRICS.items():
        if not any(m.samples.get(used) for m in endpoints):
            yield Notice(
                code="not_metered",
                message=f"brokers do not measure {key}: no quota of that kind is set, or no client uses it",
                object=key,
                remedy=Hint(
                    "to measure it: ",
                    quota_command([("user", None)], set=f"{key}={_VERY_HIGH[key]}"),
                ),
            )


def usage_rows(snapshot: ClusterSnapshot) -> tuple[UsageRow, ...] | Unknown:
    """Return each client's usage of each limit; Unknown where no broker's metrics could be read."""
    if isinstance(snapshot.metrics, Unknown):
        return snapshot.metrics
    endpoints = _endpoints(snapshot)
    if not endpoints:
        why = next((m for m in snapshot.metrics.value.values() if isinstance(m, Unknown)), None)
        return why or Unknown(Why.NOT_CONFIGURED, "no metrics endpoint is configured")
    quotas = snapshot.quotas
    resolver = quotas if isinstance(quotas, Unknown) else QuotaResolver(value_or(quotas, ()))
    rows = [
        _row(key, names, found, resolver)
        for key, (used, throttle) in _METRICS.items()
        for names, found in sorted(_by_client(endpoints, used, throttle).items())
    ]
    return tuple(sorted(rows, key=_order))


def _order(row: UsageRow) -> tuple[float, float, str, str, str]:
    share = row.share if isinstance(row.share, float) else 0.0
    return -row.throttle_ms, -share, row.user, row.client_id, row.quota


@dataclass(slots=True)
class _Use:
    """The measurements of one client and limit."""

    total: float = 0.0
    highest: float = 0.0
    broker: int = -1
    throttle_ms: float = 0.0


def _by_client(
    endpoints: Iterable[BrokerMetrics], used: str, throttle: str
) -> dict[tuple[str, str], _Use]:
    found: dict[tuple[str, str], _Use] = {}
    for metrics in endpoints:
        for sample in metrics.samples.get(used, ()):
            use = found.setdefault(_names(sample), _Use())
            if sample.value >= 0:  # comparisons with NaN are false
                use.total += sample.value
            if sample.value >= use.highest:
                use.highest, use.broker = sample.value, metrics.broker
        for sample in metrics.samples.get(throttle, ()):
            use = found.setdefault(_names(sample), _Use(broker=metrics.broker))
            if sample.value > use.throttle_ms:
                use.throttle_ms = sample.value
    return found


def _names(sample: MetricSample) -> tuple[str, str]:
    user, client_id = sample.label("user") or "", sample.label("client_id") or ""
    return unquote_plus(user), unquote_plus(client_id)


def _row(
    key: str, names: tuple[str, str], use: _Use, resolver: QuotaResolver | Unknown
) -> UsageRow:
    user, client_id = names
    none = resolver if isinstance(resolver, Unknown) else _UNLIMITED
    resolved = None if isinstance(resolver, Unknown) else resolver.resolve(key, user, client_id)
    return UsageRow(
        user=user,
        client_id=client_id,
        quota=key,
        used=round(use.highest, 3),
        limit=resolved.limit if resolved else none,
        share=round(use.highest / resolved.limit, 3) if resolved else none,
        throttle_ms=round(use.throttle_ms, 1),
        broker=use.broker,
        used_in_cluster=round(use.total, 3),
        entity=entity_name(resolved.entity) if resolved else none,
    )
