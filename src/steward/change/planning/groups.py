"""Changes of a group: set or delete offsets, or delete the group; only while it has no members."""

from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.kind import MOVE, REMOVE, Hazard, Kind
from steward.change.planning.quantities import records_text
from steward.model.change import AlterGroupOffsets, Change, DeleteGroup, DeleteGroupOffsets
from steward.model.command import Command, kafka
from steward.model.finding import ObjectRef
from steward.model.group import Group, GroupType
from steward.model.membership import topics_read
from steward.model.names import TopicPartition
from steward.model.plan import Risk, State
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why
from steward.model.wording import count, few

_EMPTY = ("Empty", "Dead")
_PARTS = frozenset({Part.GROUPS, Part.GROUP_OFFSETS})


class AlterGroupOffsetsHandler(Kind[AlterGroupOffsets]):
    """Commit other offsets for a group."""

    def object(self, change: AlterGroupOffsets) -> ObjectRef:
        """Return the group's name."""
        return ObjectRef("group", change.group)

    def parts(self, change: AlterGroupOffsets) -> frozenset[Part]:
        """Groups with their offsets."""
        return _PARTS

    def groups(self, change: AlterGroupOffsets) -> frozenset[str]:
        """The one group."""
        return frozenset({change.group})

    def topics(self, change: AlterGroupOffsets) -> frozenset[str]:
        """The topics of its partitions."""
        return frozenset(p.topic for p in change.offsets)

    def state(self, change: AlterGroupOffsets, cluster: ClusterState) -> State:
        """Return whether it has members, and its offset on each partition."""
        return _offsets_state(change.group, tuple(change.offsets), cluster)

    def apply(self, change: AlterGroupOffsets, cluster: ClusterState) -> None:
        """Commit the offsets; a missing group is created."""
        committed = dict(cluster.committed(change.group)) | dict(change.offsets)
        cluster.commit(change.group, dict(sorted(committed.items())))
        if change.group not in cluster.groups:
            cluster.groups[change.group] = Group(
                id=change.group,
                type=GroupType.CLASSIC,
                state="Empty",
                protocol_type="",
                coordinator=-1,
                detail=Unknown(Why.NOT_REQUESTED, "not simulated"),
            )

    def inverse(self, change: AlterGroupOffsets, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Commit the old offsets again, and delete those that did not exist."""
        if change.group not in cluster.groups:
            return (DeleteGroup(group=change.group),)
        old = cluster.committed(change.group)
        undone: list[Change] = []
        known = {p: old[p] for p in sorted(change.offsets) if p in old}
        new = tuple(p for p in sorted(change.offsets) if p not in old)
        if known:
            undone.append(AlterGroupOffsets(group=change.group, offsets=known))
        if new:
            undone.append(DeleteGroupOffsets(group=change.group, partitions=new))
        return tuple(undone)

    def risk(self, change: AlterGroupOffsets, cluster: ClusterState) -> Risk:
        """Destructive for an existing group: it skips records or reads them again."""
        return Risk.DESTRUCTIVE if change.group in cluster.groups else Risk.SAFE

    def hazard(self, change: AlterGroupOffsets, cluster: ClusterState) -> Hazard | None:
        """Return none: the risk already covers skipped and repeated records."""
        return None

    def phase(self, change: AlterGroupOffsets, cluster: ClusterState) -> int:
        """Return the middle phase."""
        return MOVE

    def impossible(self, change: AlterGroupOffsets, cluster: ClusterState) -> str:
        """Refuse while the group has members, and offsets outside the log."""
        if not change.offsets:
            return "no partition is named"
        if any(offset < 0 for offset in change.offsets.values()):
            return "an offset must be 0 or more"
        return _busy(change.group, cluster) or _not_committable(change.group, cluster)

    def effects(self, change: AlterGroupOffsets, cluster: ClusterState) -> tuple[str, ...]:
        """Count the records that are skipped and read again."""
        old = cluster.committed(change.group)
        moves = [new - old[p] for p, new in change.offsets.items() if p in old]
        skipped = sum(m for m in moves if m > 0)
        again = -sum(m for m in moves if m < 0)
        texts: list[str] = []
        new = sum(p not in old for p in change.offsets)
        if new and change.group in cluster.groups:
            texts.append(
                f"{count(new, 'partition')} without a committed offset: the group starts at the new one"
            )
        if skipped:
            texts.append(f"the group never reads up to {records_text(skipped)}")
        if again:
            texts.append(f"the group reads up to {records_text(again)} again")
        return tuple(texts)

    def command(self, change: AlterGroupOffsets) -> Command | None:
        """Return kafka-consumer-groups --reset-offsets, where one option of it suffices."""
        if len(set(change.offsets.values())) != 1:
            return None
        return kafka(
            "consumer-groups",
            "--reset-offsets",
            group=change.group,
            topic=[f"{p.topic}:{p.partition}" for p in sorted(change.offsets)],
            to_offset=next(iter(change.offsets.values())),
            execute=True,
        )


class DeleteGroupOffsetsHandler(Kind[DeleteGroupOffsets]):
    """Delete committed offsets."""

    def object(self, change: DeleteGroupOffsets) -> ObjectRef:
        """Return the group's name."""
        return ObjectRef("group", change.group)

    def parts(self, change: DeleteGroupOffsets) -> frozenset[Part]:
        """Groups with their offsets."""
        return _PARTS

    def groups(self, change: DeleteGroupOffsets) -> frozenset[str]:
        """The one group."""
        return frozenset({change.group})

    def topics(self, change: DeleteGroupOffsets) -> frozenset[str]:
        """The topics of its partitions."""
        return frozenset(p.topic for p in change.partitions)

    def state(self, change: DeleteGroupOffsets, cluster: ClusterState) -> State:
        """Return whether it has members, and its offset on each partition."""
        return _offsets_state(change.group, change.partitions, cluster)

    def apply(self, change: DeleteGroupOffsets, cluster: ClusterState) -> None:
        """Delete them."""
        gone = set(change.partitions)
        left = {p: o for p, o in cluster.committed(change.group).items() if p not in gone}
        cluster.commit(change.group, left)

    def inverse(
        self, change: DeleteGroupOffsets, cluster: ClusterState
    ) -> tuple[Change, ...] | str:
        """Commit them again."""
        old = cluster.committed(change.group)
        known = {p: old[p] for p in change.partitions if p in old}
        return (AlterGroupOffsets(group=change.group, offsets=known),)

    def risk(self, change: DeleteGroupOffsets, cluster: ClusterState) -> Risk:
        """Always destructive: positions are lost."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: DeleteGroupOffsets, cluster: ClusterState) -> Hazard | None:
        """Return none: the risk already covers lost positions."""
        return None

    def phase(self, change: DeleteGroupOffsets, cluster: ClusterState) -> int:
        """Return the last phase."""
        return REMOVE

    def impossible(self, change: DeleteGroupOffsets, cluster: ClusterState) -> str:
        """Refuse topics that members are subscribed to: Kafka keeps those offsets and deletes the others."""
        read = topics_read(cluster.groups.get(change.group))
        if read is None:
            return _busy(change.group, cluster) or _not_committable(change.group, cluster)
        kept = sorted(read & {p.topic for p in change.partitions})
        if kept:
            return f"its members read {few(kept, 5)}: stop them first"
        return _not_committable(change.group, cluster)

    def effects(self, change: DeleteGroupOffsets, cluster: ClusterState) -> tuple[str, ...]:
        """Describe what is lost."""
        old = cluster.committed(change.group)
        lost = sum(p in old for p in change.partitions)
        return (
            f"its offsets on {count(lost, 'partition')} are lost: it restarts according to auto.offset.reset",
        )

    def command(self, change: DeleteGroupOffsets) -> Command:
        """Return kafka-consumer-groups --delete-offsets."""
        return kafka(
            "consumer-groups",
            "--delete-offsets",
            group=change.group,
            topic=[f"{p.topic}:{p.partition}" for p in change.partitions],
        )


class DeleteGroupHandler(Kind[DeleteGroup]):
    """Delete a group."""

    def object(self, change: DeleteGroup) -> ObjectRef:
        """Return the group's name."""
        return ObjectRef("group", change.group)

    def parts(self, change: DeleteGroup) -> frozenset[Part]:
        """Groups with their offsets."""
        return _PARTS

    def groups(self, change: DeleteGroup) -> frozenset[str]:
        """The one group."""
        return frozenset({change.group})

    def state(self, change: DeleteGroup, cluster: ClusterState) -> State:
        """Return its state and offsets, empty if it does not exist."""
        if change.group not in cluster.groups:
            return {}
        committed = tuple(sorted(cluster.committed(change.group)))
        return _offsets_state(change.group, committed, cluster)

    def apply(self, change: DeleteGroup, cluster: ClusterState) -> None:
        """Remove it."""
        cluster.remove_group(change.group)

    def inverse(self, change: DeleteGroup, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Commit its offsets again, which restores the group."""
        group = cluster.groups.get(change.group)
        if group is not None and group.type in (GroupType.SHARE, GroupType.STREAMS):
            return f"the state of a {group.type.value} group cannot be restored"
        committed = cluster.committed(change.group)
        if not committed:
            return "it has no offsets: there is nothing to restore"
        return (AlterGroupOffsets(group=change.group, offsets=dict(committed)),)

    def risk(self, change: DeleteGroup, cluster: ClusterState) -> Risk:
        """Always destructive: positions are lost."""
        return Risk.DESTRUCTIVE

    def hazard(self, change: DeleteGroup, cluster: ClusterState) -> Hazard | None:
        """Return none: the risk already covers lost positions."""
        return None

    def phase(self, change: DeleteGroup, cluster: ClusterState) -> int:
        """Return the last phase."""
        return REMOVE

    def fulfilled(self, change: DeleteGroup, cluster: ClusterState) -> bool:
        """Return whether it is deleted."""
        return change.group not in cluster.groups

    def impossible(self, change: DeleteGroup, cluster: ClusterState) -> str:
        """Refuse while it has members."""
        return _busy(change.group, cluster)

    def effects(self, change: DeleteGroup, cluster: ClusterState) -> tuple[str, ...]:
        """Describe what is lost."""
        lost = len(cluster.committed(change.group))
        return (
            f"its offsets on {count(lost, 'partition')} are lost: it restarts according to auto.offset.reset",
        )

    def command(self, change: DeleteGroup) -> Command:
        """Return kafka-consumer-groups --delete."""
        return kafka("consumer-groups", "--delete", group=change.group)


def _offsets_state(
    group: str, partitions: tuple[TopicPartition, ...], cluster: ClusterState
) -> State:
    found = cluster.groups.get(group)
    committed = cluster.committed(group)
    state: dict[str, str | None] = {
        "members": "none" if found is None or found.state in _EMPTY else found.state
    }
    for partition in sorted(partitions):
        offset = committed.get(partition)
        state[str(partition)] = None if offset is None else str(offset)
    return state


def _busy(group: str, cluster: ClusterState) -> str:
    found = cluster.groups.get(group)
    if found is None or found.state in _EMPTY:
        return ""
    return f"the group is {found.state}: stop its members first"


def _not_committable(group: str, cluster: ClusterState) -> str:
    found = cluster.groups.get(group)
    if found is not None and found.type is GroupType.SHARE:
        return "a share group has start offsets of its own, which steward cannot alter yet"
    return ""
