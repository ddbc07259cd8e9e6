"""Brokers that give new topics too few replicas."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import below, value_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_cluster, static_broker_config
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part

KEY = "default.replication.factor"


@check("B02", Severity.HIGH, over=CLUSTER, parts=(Part.BROKER_CONFIGS, Part.BROKERS))
def default_rf_below_three(facts: Facts, _: None) -> Iterator[FoundState]:
    """New topics start with fewer than three replicas.

    What it means: default.replication.factor is below three although there are three brokers or more. It holds for
        every topic that is created without a replication factor of its own: by hand, by Kafka Streams, automatically.
    Why it matters: such a topic loses data with one disk, or cannot spare a broker, and nobody has decided that.
    What to do: set default.replication.factor=3 on every broker; existing topics must be reassigned.
    """
    wanted = facts.thresholds.min_replication_factor
    if len(facts.live_broker_ids) < wanted:
        return
    weak = below(facts, KEY, wanted)
    if weak:
        yield FoundState(
            object=on_cluster(),
            summary=f"new topics get {few(sorted(set(weak.values())))} of {wanted} replicas "
            f"by default on brokers {few(weak)}",
            evidence=(
                value_evidence(KEY, few(sorted(set(weak.values()))), weak),
                Evidence("DescribeCluster", "live brokers", str(len(facts.live_broker_ids))),
            ),
            remedy=static_broker_config(KEY, str(wanted)),
        )
    facts.require_all_broker_configs()
