"""Brokers that make a topic of every name they are asked for."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import holders, value_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_cluster
from steward.model.finding import Remedy, Severity
from steward.model.snapshot import Part

KEY = "auto.create.topics.enable"


@check("B01", Severity.HIGH, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def auto_create_topics_enabled(facts: Facts, _: None) -> Iterator[FoundState]:
    """Topics appear by themselves when somebody names them.

    What it means: auto.create.topics.enable is true, so that producing to, or asking for, a topic that does not exist
        creates it with the brokers' default partitions and replicas.
    Why it matters: a typing error becomes a topic, a deleted topic comes back at the next poll, and nobody has chosen
        its partitions, replicas or retention.
    What to do: at once, take the right CREATE (on the cluster and on topics) from applications: without it nothing is
        created for them. Then set auto.create.topics.enable=false in server.properties of every broker and restart
        them one at a time; Kafka cannot change it while running.
    """
    brokers = holders(facts, KEY).get("true", [])
    if brokers:
        yield FoundState(
            object=on_cluster(),
            summary=f"any misspelt name becomes a topic on brokers {few(brokers)}",
            evidence=(value_evidence(KEY, "true", brokers),),
            remedy=Remedy(
                f"take CREATE from applications, then set {KEY}=false in server.properties of every "
                "broker and restart them one at a time (Kafka cannot change it while running)"
            ),
        )
    facts.require_all_broker_configs()
