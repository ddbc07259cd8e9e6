"""Groups with idle members."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import GROUPS, FoundState, check
from steward.analysis.checks.say import count, few, on_group
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group, GroupType
from steward.model.membership import idle_members
from steward.model.snapshot import Part


@check("G06", Severity.LOW, over=GROUPS, parts=(Part.GROUPS,))
def members_exceed_partitions(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group has more members than partitions to read.

    What it means: one member of a group at a time reads a partition, so members beyond the number of partitions get
        none. Share groups, whose members share partitions, and Kafka Streams, whose members may hold standby copies,
        are left out.
    Why it matters: idle members use memory and connections and add no throughput.
    What to do: run as many members as there are partitions, plus one spare if wanted. If the group is too slow with one
        member per partition, reduce the processing time of a record before you add partitions.
    """
    reads = group.type is GroupType.CONSUMER or (
        group.type is GroupType.CLASSIC and group.protocol_type == "consumer"
    )
    if not reads or group.state != "Stable":
        return
    detail, idle = facts.detail(group), idle_members(group)
    partitions = len({p for member in detail.members for p in member.assignment})
    if not idle or len(detail.members) <= partitions:
        return
    yield FoundState(
        object=on_group(group.id),
        summary=f"{count(len(idle), 'member')} of {len(detail.members):,} read nothing: "
        f"{count(partitions, 'partition')} to read",
        evidence=(
            Evidence(f"DescribeGroups group {group.id}", "members", str(len(detail.members))),
            Evidence(
                f"DescribeGroups group {group.id}",
                "members without partitions",
                few((f"{m.client_id} on {m.host}" for m in idle), 3),
            ),
        ),
        remedy=Remedy(
            f"run at most {count(partitions, 'member')}",
            steward("group describe", group.id),
        ),
    )
