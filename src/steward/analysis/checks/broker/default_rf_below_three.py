"""Brokers whose default replication factor is too low."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import below, value_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import brokers_named, few, on_cluster, static_broker_config
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part

KEY = "default.replication.factor"


@check("B02", Severity.HIGH, over=CLUSTER, parts=(Part.BROKER_CONFIGS, Part.BROKERS))
def default_rf_below_three(facts: Facts, _: None) -> Iterator[FoundState]:
    """New topics have fewer than three replicas by default.

    What it means: default.replication.factor is below three although the cluster has at least three brokers. It
        applies to every topic that is created without a replication factor: by hand, by Kafka Streams or automatically.
    Why it matters: such a topic loses data when one disk fails, or becomes unavailable when one broker stops.
    What to do: set default.replication.factor=3 on every broker. Existing topics must be reassigned.
    """
    wanted = facts.thresholds.min_replication_factor
    if len(facts.live_broker_ids) < wanted:
        return
    weak = below(facts, KEY, wanted)
    if weak:
        yield FoundState(
            object=on_cluster(),
            summary=f"new topics have {few(sorted(set(weak.values())))} instead of {wanted} replicas "
            f"by default on {brokers_named(weak)}",
            evidence=(
                value_evidence(KEY, few(sorted(set(weak.values()))), weak),
                Evidence("DescribeCluster", "live brokers", str(len(facts.live_broker_ids))),
            ),
            remedy=static_broker_config(KEY, str(wanted)),
        )
    facts.require_all_broker_configs()
