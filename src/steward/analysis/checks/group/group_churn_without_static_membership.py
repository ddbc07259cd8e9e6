"""Groups whose members come back as strangers."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.churn import churn_of
from steward.analysis.checks.group.positions import commits_by_itself
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, few, on_group, span
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
    """Members leave and come back under new ids, because they have no group.instance.id.

    What it means: the group churns as rebalance_storm says, and members that left were followed by new ones of the
        same client id on the same host, none of them with a group.instance.id: restarts, each of which Kafka takes
        for one member leaving and a stranger joining. Share and streams groups know no static members.
    Why it matters: every restart moves partitions twice. With a group.instance.id a member that is back within its
        session timeout gets its partitions again, and nobody else notices.
    What to do: give every instance a stable group.instance.id of its own (the pod's ordinal, the host's name), and a
        session.timeout.ms longer than a restart takes. The price: the partitions of an instance that is gone for
        good wait for that timeout.
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
    source = f"DescribeGroups group {group.id}, {churn.looks} looks"
    yield FoundState(
        object=on_group(group.id),
        summary=f"{count(len(churn.returned), 'member')} came back under a new id within {span(churn.seconds)}, "
        "none with a group.instance.id",
        evidence=(
            Evidence(source, "left and came back", few(places, 3)),
            Evidence(source, "group.instance.id", "none"),
            Evidence(source, "rebalances at least", str(churn.rebalances)),
        ),
        remedy=Remedy(
            "set a stable group.instance.id of its own in each instance's consumer configuration, and a "
            "session.timeout.ms longer than a restart takes"
        ),
    )
