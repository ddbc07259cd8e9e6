"""Groups that rebalance repeatedly."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.group.churn import GroupChurn, churn_of
from steward.analysis.checks.registry import GROUPS, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, few, on_group
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
    """A group rebalances repeatedly.

    What it means: between snapshots the group's members changed, its epoch rose or it left the state Stable, at least
        as often as the threshold rebalances_in_window, and at a higher rate than rebalances_in_five_minutes. Members
        that only join or only leave, as when an application starts or stops, do not count.
    Why it matters: with an eager assignor every rebalance stops the whole group; with other assignors partitions still
        move. Records are read twice, and lag grows although every member works.
    What to do: find out which members join and leave. Members that leave after max.poll.interval.ms need too long for a
        batch. Members that disappear after the session timeout are killed, paused or cut off from the network. The
        same hosts under new ids are restarts, which static membership (group.instance.id) makes harmless. With the
        consumer protocol (group.protocol=consumer) the other members keep reading.
    """
    churn = churn_of(facts, group)
    if not churn.is_storm(facts):
        return
    yield FoundState(
        object=on_group(group.id),
        summary=f"at least {count(churn.rebalances, 'rebalance')} in {duration(churn.seconds)}: "
        f"{len(churn.joined)} joined, {len(churn.left)} left",
        evidence=tuple(_evidence(group, churn)),
        remedy=Remedy(
            "find out which members join and leave, and why", steward("diagnose", group.id)
        ),
    )


def _evidence(group: Group, churn: GroupChurn) -> Iterator[Evidence]:
    source = f"DescribeGroups group {group.id}, {churn.snapshots} snapshots"
    yield Evidence(
        source,
        "state",
        f"{group.state}; not Stable in {churn.unstable_snapshots} of {churn.snapshots} snapshots",
    )
    if churn.joined:
        yield Evidence(source, "joined", few(map(_name, churn.joined), 3))
    if churn.left:
        yield Evidence(source, "left", few(map(_name, churn.left), 3))


def _name(member: Member) -> str:
    static = f" as {member.instance_id}" if member.instance_id else ""
    return f"{member.client_id} on {member.host}{static}"
