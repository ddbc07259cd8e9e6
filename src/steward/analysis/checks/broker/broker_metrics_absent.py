"""Brokers without metrics."""

from collections.abc import Iterator

from steward.analysis.checks.facts import FactMissing, Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

_ABSENT = frozenset({Why.NOT_CONFIGURED, Why.UNREACHABLE, Why.REFUSED})


@check("B20", Severity.LOW, over=CLUSTER, parts=(Part.METRICS, Part.BROKERS))
def broker_metrics_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers expose no metrics.

    What it means: the profile has no metrics endpoint for them, or the endpoint returns no broker metrics.
    Why it matters: only metrics show busy threads, throttled clients and rejected records. Without them steward cannot
        find why a broker is slow.
    What to do: run the Prometheus JMX exporter as a Java agent in every broker and add its address to the profile
        (metrics = {1 = "http://host:port/metrics"}).
    """
    part = facts.snapshot.metrics
    if isinstance(part, Unknown):
        if part.why not in _ABSENT:
            raise FactMissing(part)
        yield _found("no broker exposes metrics", str(part))
        return
    absent = {
        b.id: why
        for b in facts.brokers
        if b.fenced is not True
        for why in (_why(facts, b.id),)
        if why is not None and why.why in _ABSENT
    }
    if absent:
        yield _found(
            f"{count(len(absent), 'broker')} without metrics: {few(absent)}",
            str(next(iter(absent.values()))),
        )


def _why(facts: Facts, broker: int) -> Unknown | None:
    """Return why a broker's metrics are missing; None if they are present."""
    missing = Unknown(Why.NOT_CONFIGURED, "no metrics endpoint is configured for the broker")
    found = facts.metrics.get(broker, missing)
    return found if isinstance(found, Unknown) else None


def _found(summary: str, why: str) -> FoundState:
    return FoundState(
        object=on_cluster(),
        summary=summary,
        evidence=(Evidence("metrics endpoints", "answer", why),),
        remedy=Remedy(
            "run the Prometheus JMX exporter in every broker and add its address to the profile"
        ),
    )
