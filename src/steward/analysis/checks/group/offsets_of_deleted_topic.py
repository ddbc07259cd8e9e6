"""Groups with offsets of deleted topics."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import FactMissing
from steward.analysis.checks.registry import GROUPS, FoundState, check
from steward.analysis.checks.say import few, on_group
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part


@check("G10", Severity.LOW, over=GROUPS, parts=(Part.GROUPS, Part.GROUP_OFFSETS, Part.TOPICS))
def offsets_of_deleted_topic(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group has committed offsets of a topic that does not exist.

    What it means: the topic was deleted and the group's offsets remained; normally Kafka deletes both together. Topics
        that steward has no DESCRIBE right for are hidden together with their offsets, so they are not reported.
    Why it matters: if a topic of that name is created again, the group continues at the old offset: it skips new
        records, or auto.offset.reset decides where it starts.
    What to do: delete the offsets of that topic.
    """
    topics = facts.topic_by_name
    deleted = sorted({p.topic for p in facts.committed(group.id) if p.topic not in topics})
    deleted = [topic for topic in deleted if not _existed(facts, topic)]
    if not deleted:
        return
    yield FoundState(
        object=on_group(group.id),
        summary=f"committed offsets of topics that do not exist: {few(deleted, 3)}"
        if len(deleted) > 1
        else f"committed offsets of topic {deleted[0]}, which does not exist",
        evidence=(
            Evidence(f"OffsetFetch group {group.id}", "topics with offsets", few(deleted)),
            Evidence("Metadata", "topics", "none of that name"),
        ),
        remedy=Remedy(
            f"delete the offsets of {deleted[0]}",
            steward("group delete-offsets", group.id, topics=deleted[0]),
        ),
    )


def _existed(facts: Facts, topic: str) -> bool:
    """Return whether an earlier snapshot has the topic: it is just being deleted, and Kafka will delete its offsets."""
    for earlier in facts.earlier:
        try:
            if topic in earlier.topic_by_name:
                return True
        except FactMissing:
            continue
    return False
