"""Converts a poll to the facts that alerts are judged by, and to points of history."""

from collections.abc import Iterator

from steward.analysis.alerting.facts import GroupFacts, TickFacts, Trouble, Troubles
from steward.analysis.lag.group_summary import GroupLagSummary
from steward.daemon.collection.poll import ClusterPoll
from steward.model.history import GroupPoint
from steward.model.lag import Basis, Flag, LagSeconds, LagStatus
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown, Why
from steward.model.wording import duration


def facts_of_poll(cluster: str, poll: ClusterPoll, interval: float) -> TickFacts:
    """Return the facts of a poll for alerts."""
    return TickFacts(
        cluster=cluster,
        cluster_id=poll.table.cluster_id,
        at_ms=poll.at_ms,
        interval_seconds=interval,
        groups=tuple(_group(g, poll) for g in poll.groups),
        unknown_groups=poll.table.unknown_groups,
        groups_complete=not poll.table.gaps,
        partitions_offline=tuple(_offline(poll)),
        partitions_under_min_isr=_under_min_isr(poll),
        transactions_hanging=_hanging(poll),
    )


def facts_of_failure(
    cluster: str,
    at_ms: int,
    why: Unknown,
    *,
    interval: float,
    age: float,
    cluster_id: str = "",
) -> TickFacts:
    """Return the facts of a failed poll; ``cluster_id`` is that of the last successful one."""
    return TickFacts(
        cluster=cluster,
        cluster_id=cluster_id,
        at_ms=at_ms,
        interval_seconds=interval,
        age_seconds=age,
        unseen=why,
    )


def points_of_poll(poll: ClusterPoll) -> tuple[GroupPoint, ...]:
    """Return the points of history of a poll, one per group."""
    return tuple(
        GroupPoint(
            group=g.group,
            state=g.state,
            status=g.status,
            lag_records=g.records,
            lag_seconds=g.value,
            low=g.low,
            high=g.high,
            basis=g.basis,
            members=poll.members.get(g.group),
            unknown_partitions=g.unknown_partitions,
            lost_records=g.lost,
            committed_sum=g.committed_sum,
            end_sum=g.end_sum,
        )
        for g in poll.groups
    )


def seconds_of(group: GroupLagSummary) -> LagSeconds | Unknown:
    """Return a group's lag with bounds.

    Unknown while its worst partition has no upper bound, unless the lower bound alone exceeds the objective.
    """
    if group.value is None:
        if group.status is LagStatus.OVER_OBJECTIVE and group.low is not None:
            low = round(group.low, 3)
            return LagSeconds(value=low, low=low, high=None, basis=Basis.APPEND)
        if group.low is not None and group.unknown_partitions:
            return Unknown(Why.NEEDS_HISTORY, _why_unknown(group))
        return Unknown(Why.NOT_COMMITTED, "nothing is committed")
    return LagSeconds(
        value=round(group.value, 3),
        low=round(group.low or 0.0, 3),
        high=None if group.high is None else round(group.high, 3),
        basis=group.basis or Basis.CREATE_TIME,
    )


def _why_unknown(group: GroupLagSummary) -> str:
    """Return why the age of the oldest unread record is unknown."""
    if group.flags.keys() & {Flag.NON_MONOTONE, Flag.CLOCK_SKEW}:
        return (
            f"at least {duration(group.low or 0)}: timestamps are out of order or ahead of now, and the topic cannot "
            "be read, or the record is one of them"
        )
    return f"at least {duration(group.low or 0)}: the timestamp queries have not completed yet"


def _group(group: GroupLagSummary, poll: ClusterPoll) -> GroupFacts:
    pace, stability = poll.group_rates.get(group.group), poll.stability[group.group]
    return GroupFacts(
        group=group.group,
        lag_seconds=seconds_of(group),
        lag_records=group.records,
        unknown_partitions=group.unknown_partitions,
        flags=frozenset(Flag(f) for f in group.flags),
        lost_records=group.lost,
        catch_up_seconds=None if pace is None else pace.catch_up_seconds,
        loss_in_seconds=None if pace is None else pace.data_loss_seconds,
        rebalances=stability.rebalances_in_5m,
        not_stable_ratio=stability.unstable_share,
        verdict=poll.verdicts.get(group.group),
    )


def _offline(poll: ClusterPoll) -> Iterator[Trouble]:
    for topic in poll.topics:
        for number in topic.offline:
            name = str(TopicPartition(topic.topic, number))
            yield Trouble(name=name, summary="has no leader", source="Metadata")


def _under_min_isr(poll: ClusterPoll) -> Troubles:
    found: list[Trouble] = []
    missing: Unknown | None = None
    for topic in poll.topics:
        if isinstance(topic.under_min_isr, Unknown):
            missing = topic.under_min_isr
            continue
        for number in topic.under_min_isr:
            name = str(TopicPartition(topic.topic, number))
            summary = "has fewer in-sync replicas than min.insync.replicas"
            found.append(Trouble(name=name, summary=summary, source="Metadata, DescribeConfigs"))
    return missing if missing is not None and not found else tuple(found)


def _hanging(poll: ClusterPoll) -> Troubles:
    if isinstance(poll.hanging, Unknown):
        return poll.hanging
    return tuple(
        Trouble(
            name=str(partition),
            summary=f"hanging transaction: no write for {duration(seconds)}, and no coordinator will end it",
            source="DescribeProducers, DescribeTransactions",
        )
        for partition, seconds in poll.hanging.items()
    )
