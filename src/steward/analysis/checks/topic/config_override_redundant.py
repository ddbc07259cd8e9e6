"""Topic settings that equal the inherited value."""

from collections.abc import Iterator

from steward.analysis.checks.facts import FactMissing, Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import config_evidence, few, on_topic
from steward.analysis.checks.topic_kinds import is_layered, is_override
from steward.model.command import steward
from steward.model.config import ConfigEntry
from steward.model.finding import Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic
from steward.model.unknown import Unknown, Why

EXPLICIT = frozenset(
    {
        "cleanup.policy",
        "min.insync.replicas",
        "retention.bytes",
        "retention.ms",
        "unclean.leader.election.enable",
    }
)
"""Settings that are better explicit, so that a change of a default does not affect the topic's data."""


@check("T26", Severity.LOW, over=USER_TOPICS, parts=(Part.TOPICS, Part.TOPIC_CONFIGS))
def config_override_redundant(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic sets values that it would inherit anyway.

    What it means: without these overrides the topic would have the same values. Settings that affect stored data
        (retention, cleanup, min.insync.replicas, unclean election) are better explicit and are not reported, nor are
        topics that Streams, Connect or MirrorMaker configure.
    Why it matters: when the default changes for all topics, this topic keeps the old value, and its settings look like
        a deliberate choice.
    What to do: remove the overrides.
    """
    if is_layered(topic.name):
        return
    configs = facts.topic_configs_of(topic.name)
    redundant = [
        entry
        for key, entry in sorted(configs.items())
        if is_override(entry) and key not in EXPLICIT and _inherited(entry) == entry.value
    ]
    if not redundant:
        return
    keys = [entry.name for entry in redundant]
    yield FoundState(
        object=on_topic(topic),
        summary=f"sets values that it would inherit: {few(keys)}",
        evidence=tuple(config_evidence(f"topic {topic.name}", entry) for entry in redundant),
        remedy=Remedy(
            "remove the overrides",
            steward("topic alter", topic.name, unset=keys),
        ),
    )


def _inherited(entry: ConfigEntry) -> str | None:
    """Return the value that would apply without the override.

    Errors: FactMissing if inherited values were not read from the brokers.
    """
    if not entry.synonyms:
        raise FactMissing(Unknown(Why.NOT_REQUESTED, "inherited values were not read"))
    beneath = (s.value for s in entry.synonyms if s.source is not entry.source)
    return next(beneath, None)
