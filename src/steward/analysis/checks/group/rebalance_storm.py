"""Groups that rebalance again and again."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.churn import GroupChurn, churn_of
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, few, on_group, span
from steward.model.bad_states import SEVERITY_OF, BadState
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy
from steward.model.group import Group, Member
from steward.model.snapshot import Part


@check(
    "G07",
    SEVERITY_OF[BadState.REBALANCE_STORM],
    over=GROUPS,
    parts=(Part.GROUPS,),
    nature=Nature.STATE,
    needs_history=True,
)
def rebalance_storm(facts: Facts, group: Group) -> Iterator[FoundState]:
    """A group rebalances again and again.

    What it means: between looks the group's members changed, its epoch rose or it left the state Stable, at least as
        often as the threshold rebalances_in_window says, and at a higher rate than rebalances_in_five_minutes. Members
        that only join or only leave, as when an application starts or stops, are no storm.
    Why it matters: with an eager assignor every rebalance stops the whole group; with the others partitions still
        wander. Records are read twice, and lag grows although every member is well.
    What to do: find out who comes and goes. Members that leave after max.poll.interval.ms work too long on a batch;
        members that vanish after the session timeout are killed, paused or cut off; the same hosts under new ids
        are restarts, which static membership (group.instance.id) makes harmless. The consumer protocol
        (group.protocol=consumer) spares the other members.
    """
    churn = churn_of(facts, group)
    if not churn.is_storm(facts):
        return
    yield FoundState(
        object=on_group(group.id),
        summary=f"at least {count(churn.rebalances, 'rebalance')} in {span(churn.seconds)}: "
        f"{len(churn.joined)} joined, {len(churn.left)} left",
        evidence=tuple(_evidence(group, churn)),
        remedy=Remedy("find out which members come and go, and why", steward("diagnose", group.id)),
    )


def _evidence(group: Group, churn: GroupChurn) -> Iterator[Evidence]:
    source = f"DescribeGroups group {group.id}, {churn.looks} looks"
    yield Evidence(
        source, "state", f"{group.state}; not stable in {churn.unstable_looks} of {churn.looks}"
    )
    if churn.joined:
        yield Evidence(source, "joined", few(map(_name, churn.joined), 3))
    if churn.left:
        yield Evidence(source, "left", few(map(_name, churn.left), 3))


def _name(member: Member) -> str:
    static = f" as {member.instance_id}" if member.instance_id else ""
    return f"{member.client_id} on {member.host}{static}"
