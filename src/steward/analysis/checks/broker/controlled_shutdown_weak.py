"""Brokers that stop without moving their leaders."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import below, holders, value_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_cluster, static_broker_config
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part

ENABLE = "controlled.shutdown.enable"
MINIMUMS = (
    ("controlled.shutdown.max.retries", 3),
    ("controlled.shutdown.retry.backoff.ms", 5_000),
)
"""Kafka's defaults; both keys were removed together with ZooKeeper in 4.0."""


@check("B12", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def controlled_shutdown_weak(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers stop without first moving their leaders to other brokers.

    What it means: controlled shutdown is disabled or, before Kafka 4.0, retries less often or waits less than by
        default.
    Why it matters: every planned restart is a short outage: partitions have no leader until the controller detects
        that the broker is gone.
    What to do: enable it on every broker.
    """
    found: list[tuple[str, str, Evidence]] = []
    off = holders(facts, ENABLE).get("false", [])
    if off:
        found.append((ENABLE, "true", value_evidence(ENABLE, "false", off)))
    for key, minimum in MINIMUMS:
        weak = below(facts, key, minimum)
        if weak:
            values = few(sorted(set(weak.values())))
            found.append((key, str(minimum), value_evidence(key, values, weak)))
    if found:
        key, value, _evidence = found[0]
        yield FoundState(
            object=on_cluster(),
            summary=f"restarts interrupt clients: {few(f'{k} is {e.value}' for k, _, e in found)}",
            evidence=tuple(evidence for _, _, evidence in found),
            remedy=static_broker_config(key, value),
        )
    facts.require_all_broker_configs()
