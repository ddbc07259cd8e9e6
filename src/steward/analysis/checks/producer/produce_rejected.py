"""Records that brokers reject."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.metric_names import (
    BYTES_REJECTED_COUNT,
    INVALID_CRC_COUNT,
    INVALID_MAGIC_COUNT,
    INVALID_SEQUENCE_COUNT,
)
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import duration, few, on_cluster
from steward.model.broker import BrokerMetrics
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_REASONS = {
    BYTES_REJECTED_COUNT: "bytes of batches larger than max.message.bytes",
    INVALID_CRC_COUNT: "corrupt records (CRC)",
    INVALID_MAGIC_COUNT: "records in a format that the topic does not accept",
    INVALID_SEQUENCE_COUNT: "records out of an idempotent producer's sequence",
}


@check(
    "P10",
    Severity.MEDIUM,
    over=CLUSTER,
    parts=(Part.BROKERS, Part.METRICS),
    nature=Nature.STATE,
    needs_history=True,
)
def produce_rejected(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers reject records that producers send.

    What it means: between snapshots a broker counted records that it did not store: too large, corrupt, in a wrong
        format, or out of sequence.
    Why it matters: these records are lost unless the application handles the error and sends them again.
    What to do: too large: raise max.message.bytes of the topic and max.request.size of the producer together, or send
        smaller batches. Corrupt: check for broken hardware between client and broker. Out of sequence: read the
        producer's log; usually it restarted or lost its state.
    """
    first = facts.require_history()
    refused = {
        (name, broker): grown
        for name in _REASONS
        for broker in sorted(facts.broker_by_id)
        if (grown := _grown(facts, first, broker, name)) > 0
    }
    names = [name for name in _REASONS if any(name == n for n, _ in refused)]
    if names:
        seconds = (facts.now_ms - first.now_ms) / 1000
        yield FoundState(
            object=on_cluster(),
            summary=f"rejected within {duration(seconds)}: "
            + few(
                f"{sum(g for (n, _), g in refused.items() if n == name):,.0f} {_REASONS[name]}"
                for name in names
            ),
            evidence=tuple(
                Evidence(f"metrics of broker {broker}", _REASONS[name], f"{grown:.0f} more")
                for (name, broker), grown in list(refused.items())[:8]
            ),
            remedy=Remedy(
                "read the producers' logs for the error, and the broker's log for the topic"
            ),
        )
    for name in _REASONS:
        facts.require_all_metrics(name)


def _grown(facts: Facts, first: Facts, broker: int, name: str) -> float:
    """Return the growth of a counter; a restarted broker counts from 0."""
    now, then = _counter(facts, broker, name), _counter(first, broker, name)
    return 0 if now is None or then is None else now - then if now >= then else now


def _counter(earlier: Facts, broker: int, name: str) -> float | None:
    metrics = earlier.metrics.get(broker)
    samples = metrics.samples.get(name) if isinstance(metrics, BrokerMetrics) else None
    return sum(sample.value for sample in samples) if samples else None
