"""Groups whose members return under new ids after a restart."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.churn import churn_of
from steward.analysis.checks.group.positions import commits_by_itself
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, few, on_group
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.group import Group, GroupType
from steward.model.snapshot import Part


@check(
    "G12",
    Severity.MEDIUM,
    over=GROUPS,
    parts=(Part.GROUPS,),
    nature=Nature.STATE,
    needs_history=True,
)
def group_churn_without_static_membership(facts: Facts, group: Group) -> Iterator[FoundState]:
    """Members leave and return under new ids because they have no group.instance.id.

    What it means: the group rebalances as often as rebalance_storm requires, and members that left were replaced by new
        ones with the same client id on the same host and without a group.instance.id. These are restarts; Kafka treats
        each as one member that leaves and another that joins. Share and streams groups have no static members.
    Why it matters: every restart moves partitions twice. A member with a group.instance.id that returns within its
        session timeout gets its partitions back without a rebalance.
    What to do: give every instance its own stable group.instance.id (the pod's ordinal, the host name), and a
        session.timeout.ms longer than a restart takes. The drawback: the partitions of an instance that does not
        return wait for that timeout.
    """
    if not commits_by_itself(group) or group.type is GroupType.STREAMS:
        return
    churn = churn_of(facts, group)
    changed = (*churn.joined, *churn.left)
    if not churn.is_storm(facts) or any(member.instance_id for member in changed):
        return
    if not churn.returned:
        return
    places = sorted({f"{member.client_id} on {member.host}" for member in churn.returned})
    source = f"DescribeGroups group {group.id}, {churn.snapshots} snapshots"
    yield FoundState(
        object=on_group(group.id),
        summary=f"{count(len(churn.returned), 'member')} returned under a new id within {duration(churn.seconds)}, "
        "none with a group.instance.id",
        evidence=(
            Evidence(source, "left and returned", few(places, 3)),
            Evidence(source, "group.instance.id", "none"),
            Evidence(source, "rebalances at least", str(churn.rebalances)),
        ),
        remedy=Remedy(
            "set a stable group.instance.id of its own in each instance's consumer configuration, and a "
            "session.timeout.ms longer than a restart takes"
        ),
    )
