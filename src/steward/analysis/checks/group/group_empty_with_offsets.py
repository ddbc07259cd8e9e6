"""Groups without members."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.group.positions import (
    deletion,
    earlier_snapshots,
    has_members,
    unread_positions,
)
from steward.analysis.checks.registry import GROUPS, FoundState, check
from steward.analysis.checks.say import count, few, on_group
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group
from steward.model.snapshot import Part

_PARTS = (Part.GROUPS, Part.GROUP_OFFSETS, Part.OFFSETS, Part.TOPICS)


@check("G01", Severity.MEDIUM, over=GROUPS, parts=_PARTS)
def group_empty_with_offsets(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group has committed offsets but no members.

    What it means: the group is Empty. Either its application is down or was retired, or its clients assign partitions
        themselves and never join (as Flink and Spark do); a group whose committed offsets moved between snapshots is
        not reported. The severity is low if the group has read everything.
    Why it matters: if the application is down, its backlog grows until retention deletes it. If it was retired, its
        offsets distort lag reports and make unused topics look used.
    What to do: start the application, or delete the group. Kafka deletes the offsets offsets.retention.minutes after
        the group became empty.
    """
    if has_members(group) or is_console(group.id):
        return
    committed = facts.committed(group.id)
    if not committed or _was_alive(facts, group):
        return
    positions = unread_positions(facts, group)
    positions.require_all_offsets()
    topics = sorted({partition.topic for partition in committed} & facts.topic_by_name.keys())
    if not topics:
        return  # only offsets of deleted topics: offsets_of_deleted_topic reports those
    unread = positions.unread
    yield FoundState(
        object=on_group(group.id),
        severity=Severity.MEDIUM if unread else Severity.LOW,
        summary=f"no members; {count(unread, 'unread record')} in {few(topics, 3)}"
        if unread
        else f"no members; all records of {few(topics, 3)} are read",
        evidence=(
            Evidence(f"ListGroups group {group.id}", "state", group.state),
            Evidence(
                f"OffsetFetch group {group.id}", "partitions with offsets", str(len(committed))
            ),
        ),
        remedy=Remedy(
            "start its application, or delete the group if it was retired",
            deletion(group),
        ),
    )


def _was_alive(facts: Facts, group: Group) -> bool:
    """Return whether an earlier snapshot has members or other committed offsets."""
    if not facts.earlier:
        return False
    now = facts.committed(group.id)
    return any(
        has_members(then) or earlier.committed(group.id) != now
        for earlier, then in earlier_snapshots(facts, group.id)
    )
