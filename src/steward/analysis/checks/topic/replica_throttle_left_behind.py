"""Topics with leftover replication throttles."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import config_evidence, on_topic
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

KEYS = ("leader.replication.throttled.replicas", "follower.replication.throttled.replicas")
PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.REASSIGNMENTS)


@check("T27", Severity.HIGH, over=TOPICS, parts=PARTS, nature=Nature.STATE)
def replica_throttle_left_behind(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Replicas are listed as throttled although no reassignment runs.

    What it means: leader. or follower.replication.throttled.replicas is set on the topic, and no reassignment runs in
        the cluster.
    Why it matters: as soon as brokers have a throttle rate, it also limits these replicas when they catch up after a
        restart: they may stay out of sync for hours.
    What to do: remove both settings (kafka-reassign-partitions --verify removes them too).
    """
    configs = facts.topic_configs_of(topic.name)
    left = [configs[key] for key in KEYS if key in configs and configs[key].value]
    if not left or facts.reassignments:
        return
    yield FoundState(
        object=on_topic(topic),
        summary=f"{' and '.join(e.name.split('.')[0] for e in left)} replicas are still listed as "
        "throttled, although no reassignment runs",
        evidence=(
            *(config_evidence(f"topic {topic.name}", entry) for entry in left),
            Evidence("ListPartitionReassignments", "running reassignments", "0"),
        ),
        remedy=Remedy(
            "remove the throttle",
            steward("topic alter", topic.name, unset=[e.name for e in left]),
        ),
    )
