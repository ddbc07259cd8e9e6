"""Topics for which a replica without all acknowledged data may become leader."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS_AND_DEFAULTS, FoundState, check
from steward.analysis.checks.say import (
    alter_brokers_config,
    alter_topic_config,
    brokers_named,
    config_evidence,
    on_cluster,
    on_topic,
)
from steward.analysis.checks.topic_kinds import is_override
from steward.model.finding import Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

KEY = "unclean.leader.election.enable"
PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKER_CONFIGS)


@check("T06", Severity.CRITICAL, over=TOPICS_AND_DEFAULTS, parts=PARTS)
def unclean_election_enabled(facts: Facts, topic: Topic | None) -> Iterator[FoundState]:
    """An out-of-sync replica may become leader.

    What it means: unclean.leader.election.enable is true, for this topic or for all topics that inherit it from the
        brokers (then it is one finding for the cluster).
    Why it matters: when all in-sync replicas of a partition are down, an out-of-sync replica becomes leader. Records
        that it had not copied are lost, although they were acknowledged.
    What to do: set it to false. If a partition is really lost, force the election for that partition at that time.
    """
    yield from _defaults(facts) if topic is None else _override(facts, topic)


def _override(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    entry = facts.topic_config(topic.name, KEY)
    if entry.value == "true" and is_override(entry):
        yield FoundState(
            object=on_topic(topic),
            summary="acknowledged data may be lost: unclean leader election is allowed for the topic",
            evidence=(config_evidence(f"topic {topic.name}", entry),),
            remedy=alter_topic_config(topic.name, KEY, "false"),
        )


def _defaults(facts: Facts) -> Iterator[FoundState]:
    unclean = {
        broker: configs[KEY]
        for broker, configs in facts.known_broker_configs.items()
        if KEY in configs and configs[KEY].value == "true"
    }
    if unclean:
        first, entry = next(iter(unclean.items()))
        yield FoundState(
            object=on_cluster(),
            summary="acknowledged data may be lost: unclean leader election is allowed by default "
            f"on {brokers_named(unclean)}",
            evidence=(config_evidence(f"broker {first}", entry),),
            remedy=alter_brokers_config(KEY, "false"),
        )
    facts.require_all_broker_configs()
