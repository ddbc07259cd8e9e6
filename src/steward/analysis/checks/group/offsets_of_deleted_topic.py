"""Groups that remember topics which are gone."""

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

    What it means: the topic was deleted and the group's offsets stayed; Kafka mostly removes both together. A topic
        that may not be described is not shown at all, and then neither are its offsets.
    Why it matters: if a topic of that name is created again, the group goes on at the old offset: it skips new
        records, or starts at an end that auto.offset.reset chooses.
    What to do: delete the offsets of that topic.
    """
    topics = facts.topic_by_name
    gone = sorted({p.topic for p in facts.committed(group.id) if p.topic not in topics})
    gone = [topic for topic in gone if not _was_there(facts, topic)]
    if not gone:
        return
    yield FoundState(
        object=on_group(group.id),
        summary=f"committed offsets of {few(gone, 3)}, which do not exist"
        if len(gone) > 1
        else f"committed offsets of {gone[0]}, which does not exist",
        evidence=(
            Evidence(f"OffsetFetch group {group.id}", "topics with offsets", few(gone)),
            Evidence("Metadata", "topics", "none of that name"),
        ),
        remedy=Remedy(
            f"delete the offsets of {gone[0]}",
            steward("group delete-offsets", group.id, topics=gone[0]),
        ),
    )


def _was_there(facts: Facts, topic: str) -> bool:
    """Tell whether an earlier look saw the topic: it is being deleted just now, and its offsets will go."""
    for look in facts.earlier:
        try:
            if topic in look.topic_by_name:
                return True
        except FactMissing:
            continue
    return False
