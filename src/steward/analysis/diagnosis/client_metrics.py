"""Consumer metrics of Java clients, exported by a JMX agent, Micrometer or OpenTelemetry, found by name suffix."""

from collections.abc import Iterable, Iterator, Mapping
from math import isnan

from steward.analysis.diagnosis.client_report import ClientReport
from steward.model.broker import MetricSample

_ENDINGS: Mapping[str, str] = {
    "poll_idle_ratio_avg": "poll_idle_ratio",
    "poll_idle_ratio": "poll_idle_ratio",
    "last_poll_seconds_ago": "last_poll_seconds_ago",
    "fetch_throttle_time_avg": "throttle_seconds",
    "fetch_throttle_time_max": "throttle_seconds",
    "rebalance_rate_per_hour": "rebalances_per_hour",
}
"""Suffixes of Kafka's metric names (KIP-500 clients, org.apache.kafka consumer metrics), and the field for each."""
_MILLISECONDS = frozenset({"throttle_seconds"})
_CPU = frozenset(
    {
        "process_cpu_usage",
        "java_lang_operatingsystem_processcpuload",
        "jvm_cpu_recent_utilization_ratio",
    }
)
_CLIENT_LABELS = ("client_id", "client-id", "clientid", "kafka_client_id")


def reports_of_metrics(
    samples: Mapping[str, tuple[MetricSample, ...]], source: str
) -> tuple[ClientReport, ...]:
    """Return a report for each client id of an endpoint; empty if it has no consumer metrics.

    Of several values for one client (average and maximum, several partitions) the largest counts. NaN and values
    below 0 (not polled yet) are ignored.
    """
    found: dict[str, dict[str, float]] = {}
    for client_id, field, value in _values(samples):
        known = found.setdefault(client_id, {})
        known[field] = max(value, known.get(field, value))
    cpu = _processor_share(samples)
    return tuple(
        ClientReport(
            source=source,
            client_id=client_id,
            poll_idle_ratio=fields.get("poll_idle_ratio"),
            last_poll_seconds_ago=fields.get("last_poll_seconds_ago"),
            throttle_seconds=fields.get("throttle_seconds"),
            rebalances_per_hour=fields.get("rebalances_per_hour"),
            cpu_ratio=cpu,
        )
        for client_id, fields in sorted(found.items())
    )


def _values(samples: Mapping[str, tuple[MetricSample, ...]]) -> Iterator[tuple[str, str, float]]:
    for name, found in samples.items():
        field = _field_of(name.lower())
        if field is None:
            continue
        for sample in found:
            if isnan(sample.value) or sample.value < 0:
                continue
            value = sample.value / 1000 if field in _MILLISECONDS else sample.value
            yield _client_of(sample), field, value


def _field_of(name: str) -> str | None:
    """Return the report's field for a metric name, by its suffix."""
    return next((field for ending, field in _ENDINGS.items() if name.endswith(ending)), None)


def _client_of(sample: MetricSample) -> str:
    return next((value for label in _CLIENT_LABELS if (value := sample.label(label))), "")


def _processor_share(samples: Mapping[str, Iterable[MetricSample]]) -> float | None:
    values = [
        s.value for name, found in samples.items() if name.lower() in _CPU for s in found if s.value >= 0
    ]  # fmt: skip
    return max(values) if values else None
