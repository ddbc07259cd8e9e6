"""Which hops begin: caps that hold over random loads, what goes first, and what a disk has room for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.rebalance.moves.gates import (
    cannot_stop,
    first_under_min_isr,
    is_cured_by,
    under_replicated_topics,
    unreachable_target,
)
from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.progress import CopyRate, MoveProgress, progress_text
from steward.analysis.rebalance.moves.scheduler import GIB, MIB, HopCandidate, MoveLimits, choose
from steward.model.names import TopicPartition
from steward.model.topic import Partition, Reassignment, Topic
from steward.model.unknown import NotApplicable


def _hop(number: int, size: int | None, *, to: int = 4, leader: int = 1, topic: str = "t") -> Hop:
    return Hop(
        partition=TopicPartition(topic, number), replicas=(leader, to), adding=(to,), removing=(2,),
        sources=(leader, 2), leader=leader, bytes=size,
    )  # fmt: skip


def _one(number: int, size: int | None, **other: bool) -> HopCandidate:
    return HopCandidate(hop=_hop(number, size), **other)


sizes = st.sampled_from([None, 0, MIB, 10 * MIB, 11 * MIB, GIB, 100 * GIB])
brokers = {"to": st.sampled_from([4, 5]), "leader": st.sampled_from([1, 2])}
hops = st.builds(_hop, st.integers(0, 10_000), sizes, **brokers)


@given(st.lists(hops, max_size=60, unique_by=lambda h: h.partition), st.lists(hops, max_size=8))
def test_no_broker_gets_more_than_it_bears(wished: list[Hop], there: list[Hop]) -> None:
    caps = MoveLimits(slots_per_destination=3, slots_per_source=4, hops_per_cluster=30)
    begun = [HopCandidate(hop=h) for h in there]
    chosen = choose([HopCandidate(hop=h) for h in wished], begun, caps).hops
    slots_to: Counter[int] = Counter()
    slots_from: Counter[int] = Counter()
    for hop in [*there, *chosen]:
        slots_to[hop.adding[0]] += round(caps.slot(hop) * 100)
        slots_from[hop.leader] += round(caps.slot(hop) * 100)
    for hop in chosen:
        assert slots_to[hop.adding[0]] <= 300
        assert slots_from[hop.leader] <= 400
    assert len(chosen) <= max(0, 30 - len(there))
    if wished and not there:
        assert chosen  # something always begins


def test_small_ones_share_a_slot_and_go_first() -> None:
    caps = MoveLimits()
    many = [_one(n, 100) for n in range(500)]
    assert len(choose(many, [], caps).hops) == 250
    mixed = [_one(n, size * MIB) for n, size in enumerate([50, 12, 30, 12, 12, 12, 12, 12])]
    begins = [h.bytes for h in choose(mixed, [], caps).hops]
    assert begins == [50 * MIB, 12 * MIB, 12 * MIB, 12 * MIB, 12 * MIB]  # the big one takes longest


def test_what_lacks_replicas_goes_before_what_is_begun_and_that_before_the_rest() -> None:
    given_ = [_one(0, GIB), _one(1, 2 * GIB, begun=True), _one(2, 3 * GIB, at_risk=True)]
    found = choose(given_, [], MoveLimits(slots_per_destination=2)).hops
    assert [h.partition.partition for h in found] == [2, 1]


def test_internal_topics_wait_for_all_others_and_for_each_other() -> None:
    inner = [_one(n, 1, is_internal=True) for n in range(3)]
    assert len(choose(inner, [], MoveLimits()).hops) == 1
    assert choose(inner, [_one(9, 1, is_internal=True)], MoveLimits()).hops == ()
    assert choose(inner, [_one(9, 1)], MoveLimits()).hops == ()
    assert [h.partition.partition for h in choose([*inner, _one(7, 1)], [], MoveLimits()).hops] == [
        7
    ]


def test_one_larger_than_the_cap_goes_alone() -> None:
    caps = MoveLimits(bytes_per_broker=10 * GIB)
    assert len(choose([_one(0, 20 * GIB), _one(1, 20 * GIB)], [], caps).hops) == 1


def test_a_disk_takes_what_it_has_room_for_beside_what_comes_already() -> None:
    found = choose([_one(0, 6 * GIB), _one(1, 6 * GIB)], [_one(2, GIB)], MoveLimits(), {4: 8 * GIB})
    assert [h.partition.partition for h in found.hops] == [0]
    assert found.crowded == ("broker 4 has 1 GiB free, but t-1 needs 6 GiB",)


def test_where_brokers_bear_less_there_is_less_but_never_nothing() -> None:
    given_ = [_one(n, GIB) for n in range(9)]
    assert len(choose(given_, [], MoveLimits().scaled(0.5)).hops) == 2
    assert len(choose(given_, [], MoveLimits().scaled(0.01)).hops) == 1


LARGE = MoveLimits.within(10_000_000)


def test_large_copies_follow_each_other_the_next_when_half_of_one_is_there() -> None:
    waiting = [_one(n, 100 * MIB) for n in range(4)]
    assert len(choose(waiting, [], LARGE).hops) == 1
    young, half = _one(8, 100 * MIB), _one(9, 100 * MIB, is_half_done=True)
    assert choose(waiting, [young], LARGE).hops == ()
    assert len(choose(waiting, [half], LARGE).hops) == 1
    assert choose(waiting, [half, young], LARGE).hops == ()
    assert len(choose(waiting, [half], MoveLimits.within(0)).hops) == 4, (
        "without a rate none is large"
    )
    assert len(choose(waiting, [], LARGE.scaled(0.1)).hops) == 1, "one is always possible"


def test_leaders_take_turns_and_the_one_with_most_to_send_begins() -> None:
    hops = [_hop(n, 100 * MIB, to=4 + n % 2, leader=1 if n < 6 else 2) for n in range(8)]
    chosen = choose([HopCandidate(hop=h) for h in hops], [], LARGE).hops
    assert [(h.leader, h.adding) for h in chosen] == [(1, (4,)), (2, (5,))]


def test_a_move_with_a_long_way_begins_early() -> None:
    one, two = _one(0, 50 * MIB), HopCandidate(hop=_hop(1, 50 * MIB), copies_left=2)
    rest = [_one(n, 20 * MIB) for n in range(2, 12)]
    chosen = choose([one, *rest, two], [], MoveLimits(slots_per_destination=4)).hops
    assert [h.partition.partition for h in chosen] == [1, 2, 3, 4]


def _partition(
    replicas: tuple[int, ...], isr: tuple[int, ...], leader: int | None = None
) -> Partition:
    nothing = NotApplicable("no ELR")
    return Partition(
        topic="t", partition=0, leader=replicas[0] if leader is None else leader, leader_epoch=0,
        replicas=replicas, isr=isr, offline_replicas=(), elr=nothing, last_known_elr=nothing,
    )  # fmt: skip


def _topic(partition: Partition) -> Topic:
    return Topic(name="t", id="id", is_internal=False, partitions=(partition,))


AT = TopicPartition("t", 0)
MOVING = Reassignment(AT, (4, 2, 1), adding=(4,), removing=(1,))


def test_a_replica_that_is_just_being_added_is_not_missing() -> None:
    topic = _topic(_partition((4, 2, 1), (1, 2), leader=1))
    assert under_replicated_topics([topic], {AT: MOVING}) == frozenset()
    assert under_replicated_topics([topic], {}) == {"t"}
    assert under_replicated_topics(
        [_topic(_partition((4, 2, 1), (1,), leader=1))], {AT: MOVING}
    ) == {"t"}


def test_below_min_isr_counts_unless_a_move_cures_it() -> None:
    topic = _topic(_partition((1, 2), (1,)))
    assert first_under_min_isr([topic], {"t": 2}, set()) == AT
    assert first_under_min_isr([topic], {"t": 2}, {AT}) is None
    assert first_under_min_isr([topic], {"t": 1}, set()) is None
    assert first_under_min_isr([_topic(_partition((1, 2), (1,), leader=-1))], {}, set()) == AT
    assert is_cured_by(topic.partitions[0], (1, 3))
    assert not is_cured_by(topic.partitions[0], (3, 2))


def test_a_hop_to_a_dead_broker_would_not_end_and_another_order_would() -> None:
    hop = _hop(0, 1)
    assert unreachable_target(hop, {1, 2, 4}, {1, 2, 4}) == ""
    assert unreachable_target(hop, {1, 2}, {1, 2, 4}) == "broker 4 is fenced"
    assert unreachable_target(hop, {1, 2}, {1, 2}) == "broker 4 is no longer registered"
    order = Hop(partition=AT, replicas=(2, 1), adding=(), removing=(), sources=(1, 2), leader=1)
    assert unreachable_target(order, {1}, {1, 2}) == ""


def test_a_move_is_stopped_only_where_the_old_replicas_can_carry_it() -> None:
    found = _partition((4, 2, 1), (1, 2, 4), leader=1)
    assert cannot_stop(found, MOVING, {1, 2, 4}, 2) == ""
    assert "only 1 of the original replicas in sync, 2 required" in cannot_stop(
        found, MOVING, {1, 4}, 2
    )
    assert "only 0 of the original replicas in sync, 1 required" in cannot_stop(
        found, MOVING, {4}, 1
    )


def test_a_rate_is_that_of_the_last_minute_and_tells_how_long_the_rest_takes() -> None:
    tempo = CopyRate()
    assert tempo.seconds_for(100) is None
    for second in range(0, 200, 5):
        tempo.note(second, 100 * second if second < 100 else 10_000 + 10 * (second - 100))
    assert tempo.rate == 10
    assert tempo.seconds_for(100) == 10


def test_progress_is_a_line() -> None:
    told = MoveProgress(
        bytes_done=MIB, bytes_left=3 * MIB, done=1, in_flight=2, left=7, rate=MIB, eta_seconds=3,
        stalled=("t-0",), paused_because="t-9 is below min.insync.replicas",
    )  # fmt: skip
    assert progress_text(told) == (
        "1 of 10 moves done, 2 in progress; 1 MiB of 4 MiB; 1 MB/s; 3s left; not growing: t-0; "
        "paused: t-9 is below min.insync.replicas"
    )
