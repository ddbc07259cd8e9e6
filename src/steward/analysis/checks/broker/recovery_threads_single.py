"""Brokers that would start slowly after a crash."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import entries, value_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import alter_brokers_config, few, on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part

KEY = "num.recovery.threads.per.data.dir"


@check("B15", Severity.LOW, over=CLUSTER, parts=(Part.BROKER_CONFIGS, Part.TOPICS))
def recovery_threads_single(facts: Facts, _: None) -> Iterator[FoundState]:
    """One thread alone opens the logs after a crash.

    What it means: num.recovery.threads.per.data.dir is 1 on brokers with more than 1,000 replicas a directory.
    Why it matters: after an unclean stop every log must be checked before the broker serves again; with one thread
        that takes long, and the cluster has fewer copies meanwhile.
    What to do: set it to 2 (the default since Kafka 4.0) or to the number of cores; it can be changed while running.
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
                f"{max(many.values())} replicas on brokers {few(many)}",
                evidence=(
                    value_evidence(KEY, "1", many),
                    Evidence(
                        "Metadata", "replicas on the fullest of them", str(max(many.values()))
                    ),
                ),
                remedy=alter_brokers_config(KEY, "2"),
            )
    facts.require_all_broker_configs()


def _dirs(facts: Facts, broker: int) -> int:
    """Return the number of log directories that the broker is configured with."""
    configs = facts.known_broker_configs[broker]
    entry = configs.get("log.dirs") or configs.get("log.dir")
    return max(1, len((entry.value or "").split(","))) if entry else 1
