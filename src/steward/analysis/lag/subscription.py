"""Commits on topics that no member subscribes to any more, removed from the columns: they do not count as lag."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.lag.offset_table import GroupCommits, Indexes, OffsetTable
from steward.model.group import Group
from steward.model.membership import idle_members, topics_read
from steward.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class GroupSubscription:
    """The topics that a group's members subscribed to when they were last described.

    ``topics`` is None if unknown: then nothing of the group is removed.
    """

    topics: frozenset[str] | None
    idle_members: int


def updated(
    before: Mapping[str, GroupSubscription], described: Mapping[str, Group]
) -> Mapping[str, GroupSubscription]:
    """Return the subscriptions after a description of all groups; a rebalancing group keeps its previous ones."""
    found: dict[str, GroupSubscription] = {}
    for name, group in described.items():
        if not _has_members(group):
            continue
        read = topics_read(group)
        known = before.get(name)
        if read and _all_subscriptions_known(group):
            found[name] = GroupSubscription(read, len(idle_members(group)))
        elif known is not None and group.state != "Stable":
            found[name] = known
    return found


def _has_members(group: Group) -> bool:
    return not isinstance(group.detail, Unknown) and bool(group.detail.members)


def _all_subscriptions_known(group: Group) -> bool:
    members = () if isinstance(group.detail, Unknown) else group.detail.members
    return all(m.subscribed_topics for m in members)


class SubscribedCommits:
    """Removes commits on unsubscribed topics from tables, and caches what depends on a table's layout."""

    def __init__(self) -> None:
        self._layout: object = None
        self._names: tuple[str, ...] = ()
        self._topic_of_row: Indexes = np.empty(0, np.int32)

    def of(self, table: OffsetTable, subscriptions: Mapping[str, GroupSubscription]) -> OffsetTable:
        """Return the table without commits on topics that the group's members do not subscribe to."""
        if not subscriptions:
            return table
        self._align(table)
        groups = tuple(self._cut(g, subscriptions.get(g.group)) for g in table.groups)
        return replace(table, groups=groups)

    def _align(self, table: OffsetTable) -> None:
        if self._layout is table.partitions:
            return
        names: dict[str, int] = {}
        rows = [names.setdefault(p.topic, len(names)) for p in table.partitions]
        self._layout, self._names = table.partitions, tuple(names)
        self._topic_of_row = np.asarray(rows, np.int32)

    def _cut(self, group: GroupCommits, found: GroupSubscription | None) -> GroupCommits:
        if found is None:
            return group
        idle = found.idle_members
        if found.topics is None or not len(group.partitions):
            return replace(group, idle_members=idle) if idle else group
        topics = self._topic_of_row[group.partitions]
        left = [t for t in np.unique(topics).tolist() if self._names[t] not in found.topics]
        if not left:
            return replace(group, idle_members=idle) if idle else group
        kept = ~np.isin(topics, left)
        return replace(
            group,
            partitions=group.partitions[kept],
            committed=group.committed[kept],
            left_over=int(np.count_nonzero(~kept)),
            idle_members=idle,
        )
