"""Topics that inherit their retention."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import alter_topic_config, config_evidence, on_topic
from steward.analysis.checks.topic.retention import deletes
from steward.analysis.checks.topic_kinds import is_override
from steward.model.finding import Severity
from steward.model.retention import is_unlimited
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T36", Severity.MEDIUM, over=USER_TOPICS, parts=(Part.TOPICS, Part.TOPIC_CONFIGS))
def retention_not_explicit(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """A broker default decides how long the topic stores its data.

    What it means: old records are deleted, but neither retention.ms nor retention.bytes is set on the topic. Internal
        topics and topics that are only compacted are left out.
    Why it matters: when the brokers' default changes for another reason, this topic's data is deleted, or kept too
        long.
    What to do: set retention.ms, retention.bytes or both on the topic, even to the value that applies now.
    """
    if not deletes(facts, topic):
        return
    entries = [facts.topic_config(topic.name, k) for k in ("retention.ms", "retention.bytes")]
    if any(is_override(entry) for entry in entries):
        return
    milliseconds = entries[0].value
    is_bound = milliseconds and not is_unlimited("retention.ms", milliseconds)
    wanted = milliseconds if milliseconds and is_bound else str(7 * 86_400_000)
    yield FoundState(
        object=on_topic(topic),
        summary="a broker default decides how long data is stored: neither retention.ms nor retention.bytes "
        "is set on the topic",
        evidence=tuple(config_evidence(f"topic {topic.name}", entry) for entry in entries),
        remedy=alter_topic_config(topic.name, "retention.ms", wanted),
    )
