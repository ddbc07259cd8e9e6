"""Clients that the next release will not understand."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.metric_names import DEPRECATED_REQUESTS_COUNT, REQUESTS_COUNT
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_cluster
from steward.model.broker import BrokerMetrics, MetricSample
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("C10", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKERS, Part.METRICS))
def deprecated_requests_in_use(facts: Facts, _: None) -> Iterator[FoundState]:
    """Clients send request versions that Kafka has deprecated.

    What it means: the brokers have counted requests in versions that are deprecated; Kafka 4.0 removed those that
        KIP-896 lists, which concerns clients older than about Kafka 2.1.
    Why it matters: after the upgrade these clients cannot connect any more.
    What to do: find the clients by the software name and version that the metric carries, and upgrade them before
        the brokers.
    """
    told = {b: m for b, m in facts.metrics.items() if isinstance(m, BrokerMetrics)}
    used = [
        (broker, sample)
        for broker, metrics in sorted(told.items())
        for sample in metrics.samples.get(DEPRECATED_REQUESTS_COUNT, ())
        if sample.value > 0
    ]
    if used:
        yield FoundState(
            object=on_cluster(),
            summary=f"{sum(s.value for _, s in used):.0f} requests in deprecated versions since the brokers "
            f"started: {few(dict.fromkeys(_name(s) for _, s in used), 3)}",
            evidence=tuple(
                Evidence(
                    f"metrics of broker {b}",
                    f"DeprecatedRequestsPerSec {_name(s)}",
                    f"{s.value:.0f} requests",
                )
                for b, s in used[:5]
            ),
            remedy=Remedy("upgrade the clients that send them before the brokers are upgraded"),
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
