"""Large groups in which every rebalance stops all members."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import GROUPS, FoundState, check
from steward.analysis.checks.say import count, on_group
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group, GroupType
from steward.model.snapshot import Part

_EAGER = frozenset({"range", "roundrobin", "sticky"})


@check("G08", Severity.LOW, over=GROUPS, parts=(Part.GROUPS,))
def assignor_eager(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A large group uses an assignor that stops every member at each rebalance.

    What it means: the group uses the classic protocol with range, roundrobin or sticky, and has at least as many
        members as the threshold eager_group_members.
    Why it matters: with these assignors every member gives up all its partitions whenever a member joins or leaves. In
        a large group this is frequent, and each time no member reads.
    What to do: change to cooperative-sticky or to the consumer protocol. From the default pair of range and
        cooperative-sticky one rolling restart without range is enough. From another eager assignor it takes two: first
        add cooperative-sticky, then remove the old one. The consumer protocol takes one.
    """
    if group.type is not GroupType.CLASSIC or group.protocol_type != "consumer":
        return
    detail = facts.detail(group)
    if detail.assignor not in _EAGER or len(detail.members) < facts.thresholds.eager_group_members:
        return
    yield FoundState(
        object=on_group(group.id),
        summary=f"every rebalance stops all {count(len(detail.members), 'member')}: the assignor is {detail.assignor}",
        evidence=(
            Evidence(f"DescribeGroups group {group.id}", "protocol", detail.assignor),
            Evidence(f"DescribeGroups group {group.id}", "members", str(len(detail.members))),
        ),
        remedy=Remedy(
            "set partition.assignment.strategy to CooperativeStickyAssignor, or group.protocol=consumer, in the "
            "consumers' configuration, by rolling restarts"
        ),
    )
