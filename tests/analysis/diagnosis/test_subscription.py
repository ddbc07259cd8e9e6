"""Commits that nobody reads on from leave the columns: no lag, no alert, and a flag that says so."""

from dataclasses import replace
from typing import Any

import pytest

from steward.analysis.lag.columns import RowTraits, measure, pairs_of
from steward.analysis.lag.group_summary import GroupLagSummary, summaries
from steward.analysis.lag.offset_history import OffsetHistory, poll_of
from steward.analysis.lag.subscription import GroupSubscription, SubscribedCommits, updated
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.lag import Flag, LagStatus
from steward.model.names import TopicPartition
from steward.model.unknown import NOT_REQUESTED, NotApplicable
from support.tables import offset_table

OLD, NEW = TopicPartition("old", 0), TopicPartition("orders", 0)
READ = {"app": GroupSubscription(frozenset({"orders"}), 2)}


def _group(*topics: tuple[str, ...], **changes: Any) -> Group:
    no_epoch = NotApplicable("classic")
    members = tuple(
        Member(
            id=f"m{i}", instance_id=None, client_id="c", host="h", epoch=no_epoch, subscribed_topics=names,
            assignment=(NEW,) if i == 0 else (), target=no_epoch,
        )
        for i, names in enumerate(topics)
    )  # fmt: skip
    detail = GroupDetail(
        assignor="range", epoch=no_epoch, assignment_epoch=no_epoch, members=members
    )
    known = Group(
        id="app", type=GroupType.CLASSIC, state="Stable", protocol_type="consumer", coordinator=1, detail=detail
    )  # fmt: skip
    return replace(known, **changes)


def _summary(subscriptions: dict[str, GroupSubscription]) -> GroupLagSummary:
    first = offset_table({"old": [50_000], "orders": [100]}, at=0)
    table = offset_table({"old": [90_000], "orders": [110]}, {"app": {OLD: 10, NEW: 110}}, at=3_600)
    ring = OffsetHistory(interval=10)
    for one in (first, table):
        ring.add(poll_of(one))
    cut = SubscribedCommits().of(table, subscriptions)
    columns = measure(table, pairs_of(cut), ring, RowTraits.of(table, {}))
    (found,) = summaries(columns, table, [60.0])
    return found


def test_a_topic_that_nobody_subscribes_to_counts_for_nothing() -> None:
    found = _summary(READ)
    assert found.status is LagStatus.OK
    assert found.records == 0
    assert found.flags == {Flag.NOT_SUBSCRIBED: 1, Flag.IDLE_MEMBERS: 2}


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"app": GroupSubscription(None, 0)},
        {"app": GroupSubscription(frozenset({"orders", "old"}), 0)},
    ],
)
def test_what_may_be_read_on_counts(known: dict[str, GroupSubscription]) -> None:
    found = _summary(known)
    assert found.status is LagStatus.OVER_OBJECTIVE
    assert found.records == 89_990
    assert Flag.NOT_SUBSCRIBED not in found.flags


def test_a_description_tells_what_is_read_and_who_is_idle() -> None:
    found = updated({}, {"app": _group(("orders",), ("orders",))})
    assert found == {"app": GroupSubscription(frozenset({"orders"}), 1)}


def test_a_rebalance_does_not_forget_what_is_read() -> None:
    rebalancing = _group((), (), state="PreparingRebalance")
    assert updated(READ, {"app": rebalancing}) == READ


@pytest.mark.parametrize(
    "group",
    [
        _group(),
        _group((), ()),
        _group(("orders",), detail=NOT_REQUESTED),
    ],
)
def test_what_cannot_be_told_is_not_assumed(group: Group) -> None:
    assert updated(READ, {"app": group}) == {}
