"""Which groups read which topics: by their members and by their committed offsets."""

from collections.abc import Mapping
from functools import cached_property

from steward.analysis.checks.missing import known
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

_FILTERED = Unknown(Why.DENIED, "groups without DESCRIBE right are hidden", "DESCRIBE on cluster")


class Readership:
    """The groups of one snapshot by the topics that they read; each index is built at first use."""

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _members(self) -> Mapping[str, Mapping[str, int]]:
        """By topic and group: the number of members that subscribe to it or read it."""
        found: dict[str, dict[str, int]] = {}
        for group in known(self._snapshot.groups).value:
            for member in () if isinstance(group.detail, Unknown) else group.detail.members:
                read = {p.topic for p in member.assignment}
                for topic in read.union(member.subscribed_topics):
                    counts = found.setdefault(topic, {})
                    counts[group.id] = counts.get(group.id, 0) + 1
        return found

    @cached_property
    def _committed(self) -> Mapping[str, tuple[str, ...]]:
        """By topic: the groups that have committed offsets on it."""
        found: dict[str, list[str]] = {}
        for group, offsets in sorted(known(self._snapshot.group_offsets).value.items()):
            for topic in (
                () if isinstance(offsets, Unknown) else {p.topic for p in offsets.committed}
            ):
                found.setdefault(topic, []).append(group)
        return {topic: tuple(groups) for topic, groups in found.items()}

    @cached_property
    def _hidden(self) -> Unknown | None:
        """Why some group's members or offsets are unknown; None if all are known."""
        part = known(self._snapshot.groups)
        if part.gaps or not self._may_list_all():
            return part.gaps[0] if part.gaps else _FILTERED
        groups = part.value
        details = [g.detail for g in groups if isinstance(g.detail, Unknown)]
        offsets = known(self._snapshot.group_offsets).value.values()
        return next(iter([*details, *(o for o in offsets if isinstance(o, Unknown))]), None)

    def _may_list_all(self) -> bool:
        """Return whether ListGroups hides no group: it omits groups without DESCRIBE right, without an error."""
        identity = self._snapshot.identity
        operations = (
            identity.value.operations if isinstance(identity, Observed) else frozenset[str]()
        )
        return isinstance(operations, NotApplicable) or bool({"DESCRIBE", "ALL"} & operations)

    def reading_now(self, topic: str) -> tuple[str, ...]:
        """Return the groups with members that have committed offsets on the topic."""
        members = self._with_members
        return tuple(g for g in self._committed.get(topic, ()) if g in members)

    @cached_property
    def _with_members(self) -> frozenset[str]:
        groups = known(self._snapshot.groups).value
        return frozenset(g.id for g in groups if g.state not in ("Empty", "Dead"))

    def members(self, topic: str) -> int:
        """Return the number of members of the topic's largest group, as far as members are known."""
        return max(self._members.get(topic, {}).values(), default=0)

    def of(self, topic: str) -> tuple[str, ...]:
        """Return the groups that read the topic or have committed offsets on it.

        Errors: FactMissing if none is known and some group's members or offsets are unknown.
        """
        found = {*self._members.get(topic, {}), *self._committed.get(topic, ())}
        if not found and self._hidden is not None:
            known(self._hidden)
        return tuple(sorted(found))
