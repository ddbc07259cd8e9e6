"""Groups that nobody is a member of any more."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.names import is_console
from steward.analysis.checks.group.positions import (
    deletion,
    earlier_looks,
    has_members,
    standing,
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

    What it means: the group is Empty. Either its application is down or was retired, or its clients assign
        partitions by themselves and never join (Flink and Spark do): if its commits moved between looks, it is left
        out. It is of low severity where the group had read everything.
    Why it matters: if the application is down, nobody reads and the backlog grows until retention removes it. If it
        was retired, its offsets stay, confuse lag reports, and keep topics from being recognized as unused.
    What to do: start the application, or delete the group. Offsets vanish by themselves
        offsets.retention.minutes after the group became empty.
    """
    if has_members(group) or is_console(group.id):
        return
    committed = facts.committed(group.id)
    if not committed or _was_alive(facts, group):
        return
    stand = standing(facts, group)
    stand.require_whole()
    topics = sorted({partition.topic for partition in committed} & facts.topic_by_name.keys())
    if not topics:
        return  # only offsets of deleted topics: another check's business
    unread = stand.unread
    yield FoundState(
        object=on_group(group.id),
        severity=Severity.MEDIUM if unread else Severity.LOW,
        summary=f"nobody reads: no members, {count(unread, 'unread record')} in {few(topics, 3)}"
        if unread
        else f"no members; all of {few(topics, 3)} was read",
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
    """Tell whether an earlier look saw members, or other offsets than now."""
    if not facts.earlier:
        return False
    now = facts.committed(group.id)
    return any(
        has_members(then) or look.committed(group.id) != now
        for look, then in earlier_looks(facts, group.id)
    )
