"""Topics whose names do not follow the convention."""

import re
from collections.abc import Iterator

from steward.analysis.checks.facts import FactNotApplicable, Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import on_topic
from steward.analysis.checks.topic_kinds import is_layered
from steward.model.error import ConfigurationError
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T30", Severity.LOW, over=USER_TOPICS, parts=(Part.TOPICS,))
def topic_name_off_convention(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic's name does not follow the convention.

    What it means: the name does not match the threshold name_pattern (not set by default). Topics that Streams, Connect
        or MirrorMaker name are left out.
    Why it matters: names show owner and purpose, and ACLs use prefixes: prefixed ACLs, quotas and reports do not cover
        a topic outside the convention.
    What to do: move its producers and consumers to a topic whose name follows the convention; topics cannot be renamed.
    """
    pattern = facts.thresholds.name_pattern
    if not pattern:
        raise FactNotApplicable("no convention for topic names is configured")
    if is_layered(topic.name) or _follows(topic.name, pattern):
        return
    yield FoundState(
        object=on_topic(topic),
        summary=f"the name does not match {pattern}",
        evidence=(Evidence("Metadata", "topic name", topic.name),),
        remedy=Remedy(
            "move its producers and consumers to a topic whose name follows the convention"
        ),
    )


def _follows(name: str, pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, name) is not None
    except re.error as fault:
        raise ConfigurationError(
            f"name_pattern is not a valid regular expression: {fault}",
            remedy="correct name_pattern in [checks.thresholds] of steward.toml",
        ) from None
