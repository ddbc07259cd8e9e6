"""Samples that were kept never make a verdict worse than a fresh look alone, where the group's state is decisive."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.diagnosis.decide import diagnose
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.samples import GroupSample
from steward.analysis.diagnosis.time_window import relevant_samples
from steward.analysis.lag.age import AgeBounds
from steward.analysis.lag.measure import PartitionCommit, group_lag, partition_lag
from steward.model.group import Group, GroupDetail, GroupType, Member
from steward.model.lag import Basis
from steward.model.names import TopicPartition
from steward.model.topic import Partition, PartitionOffsets
from steward.model.unknown import NotApplicable
from steward.model.verdict import Cause

KEYS = tuple(TopicPartition("orders", n) for n in range(3))
NONE = NotApplicable("classic")
AT = 10_000.0


def group(state: str, ids: tuple[str, ...], protocol: str = "consumer") -> Group:
    members = tuple(
        Member(id=i, instance_id=None, client_id="c", host="h", epoch=NONE, target=NONE,
               subscribed_topics=("orders",), assignment=KEYS[number :: len(ids)])
        for number, i in enumerate(ids)
    )  # fmt: skip
    return Group(
        id="g", type=GroupType.CLASSIC, state=state, protocol_type=protocol, coordinator=1,
        detail=GroupDetail(assignor="", epoch=NONE, assignment_epoch=NONE, members=members),
    )  # fmt: skip


def look(
    at: float, state: str, ids: tuple[str, ...], committed: int, end: int, topic_id: str = "one",
    protocol: str = "consumer",
) -> GroupSample:  # fmt: skip
    return GroupSample(
        at=at,
        group=group(state, ids, protocol),
        committed=dict.fromkeys(KEYS, committed),
        offsets=dict.fromkeys(KEYS, PartitionOffsets(0, end, end)),
        topic_ids={"orders": topic_id},
        leaders=dict.fromkeys(KEYS, (1, 1)),
    )


def cause_of(looks: tuple[GroupSample, ...], age: float, leader: int = 1) -> Cause:
    return diagnose(case_of(looks, age, leader)).verdict.cause


def case_of(looks: tuple[GroupSample, ...], age: float, leader: int = 1) -> DiagnosisInput:
    last = looks[-1]
    positions = [
        PartitionCommit(partition=p, committed=c, start=0, end=o.end, stable=o.end)
        for p, c in last.committed.items()
        if isinstance(o := last.offsets[p], PartitionOffsets)
    ]
    bounds = AgeBounds(low=age, high=age, basis=Basis.CREATE_TIME)
    lag = group_lag(
        "g", "classic", last.state, (partition_lag(p, bounds) for p in positions),
        objective_seconds=60,
    )  # fmt: skip
    states = {
        p: Partition(topic=p.topic, partition=p.partition, leader=leader, leader_epoch=1, replicas=(1,),
                     isr=(1,), offline_replicas=(), elr=NONE, last_known_elr=NONE)
        for p in KEYS
    }  # fmt: skip
    return DiagnosisInput(
        lag=lag,
        group_samples=looks,
        objective_seconds=60,
        now_ms=int(last.at * 1000),
        partitions=states,
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[GroupSample], int, int]:
    """Samples of a group that lived: members come and go, commits and ends rise; and where both were at last."""
    looks, committed, end = list[GroupSample](), 0, draw(st.integers(0, 1_000))
    topic_id = draw(st.sampled_from(["one", "old"]))
    count = draw(st.integers(0, 60))
    for i in range(count):
        end += draw(st.integers(0, 50))
        state, ids = draw(
            st.sampled_from(
                [
                    ("Stable", ("a",)),
                    ("Stable", ("a", "b")),
                    ("PreparingRebalance", ("a",)),
                    ("Empty", ()),
                ]
            )
        )
        if ids:  # who has left commits no more
            committed = min(end, committed + draw(st.integers(0, 60)))
        looks.append(look(AT - 10.0 * (count - i), state, ids, committed, end, topic_id))
    return looks, committed, end


@given(histories(), st.integers(0, 40), st.floats(0.5, 400), st.sampled_from([1, -1]))
@settings(max_examples=150, deadline=None)
def test_a_group_without_members_is_told_as_by_a_fresh_look(
    history: tuple[list[GroupSample], int, int], rate: int, age: float, leader: int
) -> None:
    kept, committed, end = history
    fresh = tuple(
        look(AT + second, "Empty", (), committed, end + 1 + rate * second) for second in range(12)
    )
    alone = cause_of(fresh, age, leader)
    joined = cause_of(relevant_samples([*kept, *fresh]), age, leader)
    # kept samples may know of records that arrive more seldom than a fresh look lasts
    assert joined in ({alone, Cause.NO_MEMBERS} if alone is Cause.HEALTHY else {alone})
    assert alone is not Cause.NO_VALID_MEASUREMENT


@given(histories(), st.integers(1, 40), st.floats(61, 400))
@settings(max_examples=80, deadline=None)
def test_one_fresh_look_at_a_group_whose_members_have_gone_is_enough_beside_kept_ones(
    history: tuple[list[GroupSample], int, int], rate: int, age: float
) -> None:
    kept, committed, end = history
    kept = [k for k in kept if k.topic_ids == {"orders": "one"}]
    if len(kept) < 3:
        return
    now = look(AT, "Empty", (), committed, end + rate)
    assert cause_of(relevant_samples([*kept, now]), age) is Cause.NO_MEMBERS


@given(histories(), st.floats(1, 400))
@settings(max_examples=40, deadline=None)
def test_a_recreated_topic_is_judged_by_what_came_after(
    history: tuple[list[GroupSample], int, int], age: float
) -> None:
    kept, _, _ = history
    fresh = tuple(
        look(AT + s, "Stable", ("a",), 10 + s, 100 + 2 * s, topic_id="new") for s in range(12)
    )
    assert cause_of(relevant_samples([*kept, *fresh]), age) == cause_of(fresh, age)


def test_a_group_that_commits_without_members_is_healthy_and_says_so() -> None:
    looks: Any = [
        look(AT + s, "Empty", (), 100 + 10 * s, 105 + 10 * s, protocol="") for s in range(12)
    ]
    found = diagnose(case_of(tuple(looks), 0.5))
    assert found.verdict.cause is Cause.HEALTHY
    assert any("assign()" in note for note in found.notes)
    stands = tuple(look(AT + s, "Empty", (), 100, 105 + 10 * s, protocol="") for s in range(12))
    found = diagnose(case_of(stands, 100))
    assert found.verdict.cause is Cause.NO_MEMBERS
    assert found.notes == ()
