"""Brokers that create topics automatically."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import holders, value_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import brokers_named, on_cluster
from steward.model.finding import Remedy, Severity
from steward.model.snapshot import Part

KEY = "auto.create.topics.enable"


@check("B01", Severity.HIGH, over=CLUSTER, parts=(Part.BROKER_CONFIGS,))
def auto_create_topics_enabled(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers create a topic whenever a client names one that does not exist.

    What it means: auto.create.topics.enable is true: producing to a topic that does not exist, or requesting its
        metadata, creates it with the brokers' default partitions and replicas.
    Why it matters: a mistyped name becomes a topic, a deleted topic reappears when a client asks for it, and its
        partitions, replicas and retention are defaults that were not chosen for it.
    What to do: first remove the right CREATE (on the cluster and on topics) from applications; without it nothing is
        created for them. Then set auto.create.topics.enable=false in server.properties of every broker and restart
        them one at a time; Kafka cannot change this key while running.
    """
    brokers = holders(facts, KEY).get("true", [])
    if brokers:
        yield FoundState(
            object=on_cluster(),
            summary=f"every mistyped topic name creates a topic on {brokers_named(brokers)}",
            evidence=(value_evidence(KEY, "true", brokers),),
            remedy=Remedy(
                f"remove CREATE from applications, then set {KEY}=false in server.properties of every "
                "broker and restart them one at a time (Kafka cannot change it while running)"
            ),
        )
    facts.require_all_broker_configs()
