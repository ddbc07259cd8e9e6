"""Changes of a group's membership: remove members."""

from dataclasses import replace

from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.kind import MOVE, Hazard, Kind
from steward.model.change import Change, RemoveMembers
from steward.model.finding import ObjectRef
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.plan import Risk, State
from steward.model.snapshot import Part
from steward.model.unknown import Unknown
from steward.model.wording import count


class RemoveMembersHandler(Kind[RemoveMembers]):
    """Remove members from a group."""

    def object(self, change: RemoveMembers) -> ObjectRef:
        """Return the group's name."""
        return ObjectRef("group", change.group)

    def parts(self, change: RemoveMembers) -> frozenset[Part]:
        """Groups."""
        return frozenset({Part.GROUPS})

    def groups(self, change: RemoveMembers) -> frozenset[str]:
        """The one group."""
        return frozenset({change.group})

    def state(self, change: RemoveMembers, cluster: ClusterState) -> State:
        """Return which of the members are in the group."""
        there = {member.id for member in _members(change, cluster)}
        return {_label(m, i): "member" if m in there else None for m, i in change.members.items()}

    def apply(self, change: RemoveMembers, cluster: ClusterState) -> None:
        """Remove them; the group reassigns their partitions."""
        group = cluster.groups.get(change.group)
        if group is None or isinstance(group.detail, Unknown):
            return
        left = tuple(m for m in group.detail.members if m.id not in change.members)
        cluster.groups[group.id] = replace(
            group,
            state=group.state if left else "Empty",
            detail=replace(group.detail, members=left),
        )

    def inverse(self, change: RemoveMembers, cluster: ClusterState) -> tuple[Change, ...] | str:
        """Return that there is no undo."""
        return "a member rejoins by itself if its process still runs"

    def risk(self, change: RemoveMembers, cluster: ClusterState) -> Risk:
        """Always disruptive: the group rebalances."""
        return Risk.DISRUPTIVE

    def hazard(self, change: RemoveMembers, cluster: ClusterState) -> Hazard | None:
        """Return a rebalance as the hazard."""
        return Hazard("members_removed", "; ".join(self.effects(change, cluster)))

    def phase(self, change: RemoveMembers, cluster: ClusterState) -> int:
        """Return the middle phase."""
        return MOVE

    def impossible(self, change: RemoveMembers, cluster: ClusterState) -> str:
        """Refuse groups whose protocol lacks the request."""
        group = cluster.groups.get(change.group)
        if group is not None and group.type is not GroupType.CLASSIC:
            return (
                f"LeaveGroup exists only in the classic protocol, and this is a {group.type.value} group: "
                "stop the member's process; its session expires within the broker's timeout"
            )
        return "" if change.members else "no member is named"

    def effects(self, change: RemoveMembers, cluster: ClusterState) -> tuple[str, ...]:
        """Describe the rebalance; a running process rejoins."""
        found = [m for m in _members(change, cluster) if m.id in change.members]
        moved = count(sum(len(m.assignment) for m in found), "partition")
        return (
            f"the group rebalances: {moved} move to its other members",
            "a process that still runs rejoins: stop it to keep it out",
        )

    def command(self, change: RemoveMembers) -> None:
        """Return None: Kafka's tools have no command for it."""
        return


def _members(change: RemoveMembers, cluster: ClusterState) -> tuple[Member, ...]:
    group: Group | None = cluster.groups.get(change.group)
    if group is None:
        return ()
    detail: GroupDetail | Unknown = group.detail
    if isinstance(detail, Unknown):
        raise Unseen(f"members of group {change.group}", detail)
    return detail.members


def _label(member: str, instance: str) -> str:
    return f"{instance} ({member})" if instance else member
