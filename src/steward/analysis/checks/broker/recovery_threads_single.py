"""Brokers that start slowly after a crash."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import entries, value_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import alter_brokers_config, brokers_named, on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part

KEY = "num.recovery.threads.per.data.dir"


@check("B15", Severity.LOW, over=CLUSTER, parts=(Part.BROKER_CONFIGS, Part.TOPICS))
def recovery_threads_single(facts: Facts, _: None) -> Iterator[FoundState]:
    """Only one thread opens the logs after a crash.

    What it means: num.recovery.threads.per.data.dir is 1 on brokers with more than 1,000 replicas per log directory.
    Why it matters: after an unclean stop the broker checks every log before it serves requests. With one thread this
        takes long, and meanwhile the cluster has fewer copies.
    What to do: set it to 2 (the default since Kafka 4.0) or to the number of cores. It can be changed while running.
    """
    single = {b: e for b, e in entries(facts, KEY).items() if e.value == "1"}
    if single:
        replicas = facts.partitions.replicas_by_broker
        many = {
            b: replicas.get(b, 0)
            for b in single
            if replicas.get(b, 0) > facts.thresholds.many_replicas_per_log_dir * _dirs(facts, b)
        }
        if many:
            yield FoundState(
                object=on_cluster(),
                summary=f"slow start after a crash: one recovery thread for up to "
                f"{max(many.values()):,} replicas on {brokers_named(many)}",
                evidence=(
                    value_evidence(KEY, "1", many),
                    Evidence("Metadata", "replicas on the fullest broker", str(max(many.values()))),
                ),
                remedy=alter_brokers_config(KEY, "2"),
            )
    facts.require_all_broker_configs()


def _dirs(facts: Facts, broker: int) -> int:
    """Return the number of log directories in the broker's configuration."""
    configs = facts.known_broker_configs[broker]
    entry = configs.get("log.dirs") or configs.get("log.dir")
    return max(1, len((entry.value or "").split(","))) if entry else 1
