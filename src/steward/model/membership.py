"""What a group's members read, what none of them reads any more, and which of them read nothing."""

from collections.abc import Iterable

from steward.model.group import Group, GroupDetail, GroupType, Member

_AT_REST = "Stable"
_STREAMS = "stream"
"""Protocol name of Kafka Streams in classic groups: its idle members may keep standby copies."""


def topics_read(group: Group | None) -> frozenset[str] | None:
    """Return the topics that a group's members subscribe to or are assigned; None where that cannot be told.

    Shape: it cannot be told without a description, for a regular expression, and where members name no topics.
    """
    if group is None or not isinstance(group.detail, GroupDetail):
        return None
    members = group.detail.members
    if any(m.subscribed_regex for m in members):
        return None
    named = (t for m in members for t in m.subscribed_topics)
    return frozenset({*named, *(p.topic for m in members for p in m.assignment)})


def unsubscribed_topics(group: Group | None, committed: Iterable[str]) -> frozenset[str]:
    """Return the topics with commits that no member subscribes to: nobody will read them.

    Shape: none unless every member says what it subscribes to (classic groups do so only while they are stable).
    """
    read = topics_read(group)
    if group is None or not read or not isinstance(group.detail, GroupDetail):
        return frozenset()
    is_told = all(m.subscribed_topics for m in group.detail.members)
    return frozenset(committed) - read if is_told else frozenset()


def idle_members(group: Group | None) -> tuple[Member, ...]:
    """Return the members of a stable group that are assigned no partition.

    Shape: none for share groups, whose members share partitions, nor for Streams, whose members may keep standby
           copies, nor for groups that have nothing assigned at all.
    """
    if group is None or not isinstance(group.detail, GroupDetail) or group.state != _AT_REST:
        return ()
    pools = group.type in (GroupType.SHARE, GroupType.STREAMS)
    detail = group.detail
    if pools or detail.assignor == _STREAMS or not any(m.assignment for m in detail.members):
        return ()
    return tuple(m for m in detail.members if not m.assignment)


def never_had_members(group: Group) -> bool:
    """Tell whether offsets are all that Kafka knows of a group: nobody ever joined it, or nobody since it was made.

    Shape: a group whose members have left keeps its protocol type.
    """
    return group.state == "Empty" and not group.protocol_type
