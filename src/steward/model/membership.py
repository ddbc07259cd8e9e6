"""The topics that a group's members read, the topics none of them reads any more, and idle members."""

from collections.abc import Iterable

from steward.model.group import Group, GroupDetail, GroupType, Member

_AT_REST = "Stable"
_STREAMS = "stream"
"""Protocol name of Kafka Streams in classic groups: its idle members may hold standby tasks."""


def topics_read(group: Group | None) -> frozenset[str] | None:
    """Return the topics that a group's members subscribe to or are assigned; None where that is unknown.

    Unknown: without a description, for a regular expression, and where members name no topics.
    """
    if group is None or not isinstance(group.detail, GroupDetail):
        return None
    members = group.detail.members
    if any(m.subscribed_regex for m in members):
        return None
    named = (t for m in members for t in m.subscribed_topics)
    return frozenset({*named, *(p.topic for m in members for p in m.assignment)})


def unsubscribed_topics(group: Group | None, committed: Iterable[str]) -> frozenset[str]:
    """Return the topics with commits that no member subscribes to.

    None are returned unless every member reports its subscription (classic groups do so only while stable).
    """
    read = topics_read(group)
    if group is None or not read or not isinstance(group.detail, GroupDetail):
        return frozenset()
    is_told = all(m.subscribed_topics for m in group.detail.members)
    return frozenset(committed) - read if is_told else frozenset()


def idle_members(group: Group | None) -> tuple[Member, ...]:
    """Return the members of a stable group that are assigned no partition.

    None are returned for share groups, whose members share partitions, for Streams, whose members may hold standby
    tasks, and for groups without any assignment.
    """
    if group is None or not isinstance(group.detail, GroupDetail) or group.state != _AT_REST:
        return ()
    pools = group.type in (GroupType.SHARE, GroupType.STREAMS)
    detail = group.detail
    if pools or detail.assignor == _STREAMS or not any(m.assignment for m in detail.members):
        return ()
    return tuple(m for m in detail.members if not m.assignment)


def never_had_members(group: Group) -> bool:
    """Return whether Kafka knows only offsets of the group: no member has joined since it was created.

    A group whose members have left keeps its protocol type.
    """
    return group.state == "Empty" and not group.protocol_type
