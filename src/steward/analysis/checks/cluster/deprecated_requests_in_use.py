"""Clients that newer releases do not support."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.metric_names import DEPRECATED_REQUESTS_COUNT, REQUESTS_COUNT
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.broker import BrokerMetrics, MetricSample
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("C10", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKERS, Part.METRICS))
def deprecated_requests_in_use(facts: Facts, _: None) -> Iterator[FoundState]:
    """Clients send request versions that Kafka has deprecated.

    What it means: the brokers have counted requests in deprecated versions. Kafka 4.0 removed the versions that KIP-896
        lists, which affects clients older than about Kafka 2.1.
    Why it matters: after the upgrade these clients can no longer connect.
    What to do: the metric has the client's software name and version as labels. Upgrade these clients before the
        brokers.
    """
    reporting = {b: m for b, m in facts.metrics.items() if isinstance(m, BrokerMetrics)}
    used = [
        (broker, sample)
        for broker, metrics in sorted(reporting.items())
        for sample in metrics.samples.get(DEPRECATED_REQUESTS_COUNT, ())
        if sample.value > 0
    ]
    if used:
        yield FoundState(
            object=on_cluster(),
            summary=f"{count(round(sum(s.value for _, s in used)), 'request')} in deprecated versions since "
            f"the brokers started: {few(dict.fromkeys(_name(s) for _, s in used), 3)}",
            evidence=tuple(
                Evidence(
                    f"metrics of broker {b}",
                    f"DeprecatedRequestsPerSec {_name(s)}",
                    count(round(s.value), "request"),
                )
                for b, s in used[:5]
            ),
            remedy=Remedy("upgrade the clients that send them before the brokers"),
        )
    facts.require_all_metrics(REQUESTS_COUNT)


def _name(sample: MetricSample) -> str:
    parts = [
        sample.label("request"),
        f"v{sample.label('version')}" if sample.label("version") else None,
        sample.label("clientSoftwareName"),
        sample.label("clientSoftwareVersion"),
    ]
    return " ".join(part for part in parts if part)
