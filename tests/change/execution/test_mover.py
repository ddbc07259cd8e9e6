"""The mover over clusters in memory: interrupted anywhere, cancelled, disturbed, it ends right and does no harm."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.moves.hops import Hop
from steward.change.execution.moves import mover, poll_scope
from steward.model.change import CancelReassignment, ReassignPartition
from steward.model.error import BrokerRefused, ClusterUnreachable, LeaseLost
from steward.model.names import TopicPartition
from steward.model.plan import PlanStepStatus
from steward.model.progress import ProgressStep
from support.moving import Moves, Person
from support.reassigning_cluster import ReassigningCluster, Switch

BROKERS = (1, 2, 3, 4, 5, 6)
Placement = dict[TopicPartition, tuple[int, ...]]

ids = st.lists(st.sampled_from(BROKERS), min_size=1, max_size=3, unique=True).map(tuple)
keys = st.builds(TopicPartition, st.sampled_from(["a", "b", "__consumer_offsets"]), st.integers(0, 3))  # fmt: skip


@st.composite
def moves(draw: st.DrawFn, *, lag: bool | None = None) -> Moves:
    """Draw a cluster, where its partitions shall go, and how it is disturbed."""
    placed: Placement = draw(st.dictionaries(keys, ids, min_size=1, max_size=6))
    targets = {key: draw(ids) for key in placed if draw(st.booleans())}
    sizes = {key: draw(st.sampled_from([0, 500, 20_000])) for key in placed}
    cluster = ReassigningCluster(
        placed, sizes=sizes, lag=draw(st.booleans()) if lag is None else lag
    )
    found = Moves(cluster, targets)
    found.throttles.rate = draw(st.sampled_from([0, 600, 20_000]))
    return found


def _at_rest(given_: Moves) -> dict[TopicPartition, tuple[int, ...]]:
    assert all(p.target is None for p in given_.cluster.partitions.values())
    return {key: p.replicas for key, p in given_.cluster.partitions.items()}


def _harmless(given_: Moves) -> None:
    assert given_.cluster.wrongs == []
    assert given_.throttles.wrongs == []
    assert given_.throttles.held == set()


@given(moves())
def test_everything_arrives_in_the_wished_order(given_: Moves) -> None:
    given_.run()
    assert set(given_.statuses) <= {"done"}
    there = _at_rest(given_)
    for step in given_.steps.values():
        assert isinstance(step.change, ReassignPartition)
        assert there[step.change.partition] == step.change.replicas
    _harmless(given_)


@given(moves(), st.integers(1, 60), st.floats(0, 30))
@settings(max_examples=200)
def test_killed_at_any_request_or_line_a_second_run_ends_the_same(
    given_: Moves, at: int, later: float
) -> None:
    given_.cluster.switch = given_.journal.switch = Switch(at)
    given_.run_killed(lambda: given_.cluster.sleep(later))
    assert set(given_.statuses) <= {"done", "already"}
    there = _at_rest(given_)
    for step in given_.steps.values():
        assert isinstance(step.change, ReassignPartition)
        assert there[step.change.partition] == step.change.replicas
    _harmless(given_)


@given(moves(), st.integers(0, 60), st.floats(0, 30))
def test_polls_of_what_is_next_end_the_same(given_: Moves, at: int, later: float) -> None:
    """Polls cover one move that is next, and wait for a quarter of those in progress, as with thousands of moves."""
    given_.cluster.switch = given_.journal.switch = Switch(at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(poll_scope, "NEXT_MOVES", 1)
        patch.setattr(mover, "MANY_MOVES", 1)
        given_.run_killed(lambda: given_.cluster.sleep(later))
    assert set(given_.statuses) <= {"done", "already"}
    there = _at_rest(given_)
    for step in given_.steps.values():
        assert isinstance(step.change, ReassignPartition)
        assert there[step.change.partition] == step.change.replicas
    _harmless(given_)


@given(moves(), st.floats(0, 40), st.integers(0, 40), st.floats(0, 20))
@settings(max_examples=200)
def test_cancelled_each_is_back_in_its_old_order_or_has_arrived(
    given_: Moves, when: float, killed_at: int, later: float
) -> None:
    before = {k: p.replicas for k, p in given_.cluster.partitions.items()}
    given_.control = Person(given_.cluster, (when, "cancel"))
    given_.cluster.switch = given_.journal.switch = Switch(killed_at)
    given_.run_killed(lambda: given_.cluster.sleep(later))
    there = _at_rest(given_)
    for index, step in given_.steps.items():
        assert isinstance(step.change, ReassignPartition)
        status, key = given_.journal.results[index].status, step.change.partition
        if status is PlanStepStatus.SKIPPED:
            assert there[key] == before[key]
        else:
            assert status in (PlanStepStatus.DONE, PlanStepStatus.ALREADY)
            assert there[key] == step.change.replicas
    _harmless(given_)


@given(moves(), st.sampled_from(BROKERS), st.floats(0, 10), st.floats(0, 60))
@settings(max_examples=200)
def test_a_broker_that_dies_and_comes_back_costs_time_only(
    given_: Moves, broker: int, dies: float, down: float
) -> None:
    cluster = given_.cluster
    cluster.at += [
        (dies, lambda: cluster.kill(broker)),
        (dies + down, lambda: cluster.start(broker)),
    ]
    given_.run()
    assert set(given_.statuses) <= {"done"}
    assert not [w for w in cluster.wrongs if "no leader" not in w]
    assert given_.throttles.held == set()


@given(moves(), st.data())
def test_nobody_elses_move_is_touched(given_: Moves, data: st.DataObject) -> None:
    cluster = given_.cluster
    taken = {
        key: data.draw(ids.filter(lambda t, p=p: len(t) == len(p.replicas)))
        for key, p in cluster.partitions.items()
        if data.draw(st.booleans())
    }
    for key, target in taken.items():
        cluster.move(key, target)
    given_.run()
    for index, step in given_.steps.items():
        assert isinstance(step.change, ReassignPartition)
        key, result = step.change.partition, given_.journal.results[index]
        if key not in taken or set(taken[key]) == set(step.change.replicas):
            assert result.status in (
                PlanStepStatus.DONE,
                PlanStepStatus.ALREADY,
                PlanStepStatus.STALE,
            )
            continue
        if result.status is PlanStepStatus.STALE:
            asked = [c for c in cluster.asked if getattr(c, "partition", None) == key]
            assert asked == []
    _harmless(given_)


A0, A1, B0 = TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("b", 0)
INTERNAL = [TopicPartition("__consumer_offsets", n) for n in range(3)]


def _moves(placed: Placement, targets: Placement, *, min_isr: int = 1, **other: float) -> Moves:
    cluster = ReassigningCluster(placed, min_isr=min_isr)
    return Moves(cluster, targets, **other)


def test_a_move_in_our_direction_is_taken_over() -> None:
    given_ = _moves({A0: (1, 2, 3)}, {A0: (4, 2, 3)})
    given_.cluster.move(A0, (4, 2, 3))
    given_.run()
    assert given_.statuses == ["done"]
    assert given_.cluster.asked == []


def test_another_move_makes_ours_stale_and_is_named() -> None:
    given_ = _moves({A0: (1, 2, 3)}, {A0: (4, 2, 3)})
    given_.cluster.move(A0, (1, 2, 5))
    given_.run()
    result = given_.journal.results[0]
    assert result.status is PlanStepStatus.STALE
    assert result.detail == "another reassignment is moving it (+5 -3)"


def test_nothing_begins_while_replicas_lack_elsewhere() -> None:
    given_ = _moves({A0: (1, 2), B0: (3, 4)}, {A0: (1, 5)}, min_isr=2, idle=20.0)
    given_.cluster.kill(4)
    given_.cluster.at.append((10.0, lambda: given_.cluster.start(4)))
    given_.run()
    assert given_.statuses == ["done"]
    paused = [p.paused_because for p in given_.told.all if p.paused_because]
    assert paused[0] == "b-0 is below min.insync.replicas"


def test_a_move_that_cures_the_lack_begins() -> None:
    given_ = _moves({A0: (1, 2)}, {A0: (1, 5)}, min_isr=2)
    given_.cluster.kill(2)
    given_.run()
    assert given_.statuses == ["done"]


def test_where_a_partition_is_lost_for_good_only_cures_begin() -> None:
    placed: Placement = {A0: (1, 2), A1: (1, 3), B0: (2,)}
    given_ = _moves(placed, {A0: (1, 5), A1: (1, 6)}, idle=20.0)
    given_.cluster.kill(2)
    given_.run()
    assert given_.statuses == ["done", "skipped"]
    assert given_.journal.results[1].detail == "b-0 is below min.insync.replicas"


def test_a_target_that_is_fenced_is_waited_for_and_then_named() -> None:
    given_ = _moves({A0: (1, 2), A1: (1, 2)}, {A0: (1, 5), A1: (1, 6)}, idle=30.0)
    given_.cluster.kill(5)
    given_.run()
    assert given_.statuses == ["skipped", "done"]
    assert given_.journal.results[0].detail == "broker 5 is fenced"


def test_a_copy_that_does_not_grow_is_told_and_then_left_to_the_next_run() -> None:
    given_ = _moves({A0: (1, 2)}, {A0: (1, 5)}, stalled=120.0)
    given_.cluster.partitions[A0].size = 1_000_000
    given_.cluster.at.append((20.0, lambda: given_.cluster.kill(5)))
    given_.run()
    assert given_.journal.results[0].status is PlanStepStatus.UNSURE
    assert "still moving: no copy has grown for 2m" in given_.journal.results[0].detail
    assert given_.told.all[-1].stalled == ("a-0",)
    assert given_.throttles.held == {A0}
    given_.cluster.start(5)
    given_.run()
    assert given_.statuses == ["done"]


def test_moves_show_bytes_rate_and_time_left_while_they_run() -> None:
    given_ = _moves({A0: (1, 2), A1: (1, 2)}, {A0: (1, 5), A1: (1, 6)})
    for partition in given_.cluster.partitions.values():
        partition.size = 100_000
    given_.run()
    steps = [s for s in given_.shown if isinstance(s, ProgressStep)]
    assert steps
    assert all(s.changes_cluster for s in steps)
    assert re.search(r"in progress; .* of .*B; .*/s; .* left", "\n".join(steps))
    shares = [s.share(0.0) for s in steps]
    assert shares[-1] == 1.0
    assert any(share is not None and 0 < share < 1 for share in shares)


def test_a_pause_lets_arrive_what_moves_and_begins_nothing() -> None:
    given_ = _moves({A0: (1, 2, 3), A1: (1, 2, 3)}, {A0: (4, 5, 6), A1: (4, 5, 6)})
    given_.control = Person(given_.cluster, (0.5, "pause"), (1_000.0, "go"))
    given_.run()
    assert given_.statuses == ["done", "done"]
    during = [p for p in given_.told.all if p.paused_because]
    assert during[-1].in_flight == 0
    assert given_.cluster.seconds > 1_000


def test_cancelling_what_cannot_be_carried_lets_it_arrive() -> None:
    given_ = _moves({A0: (1,)}, {A0: (2,)}, min_isr=1)
    placed = given_.cluster.partitions[A0]
    placed.size = 10_000
    given_.control = Person(given_.cluster, (3.0, "cancel"))
    given_.cluster.at.append((2.0, lambda: placed.isr.add(3)))
    given_.cluster.at.append((2.0, lambda: placed.isr.discard(1)))
    given_.run()
    assert given_.statuses == ["done"]
    assert not [c for c in given_.cluster.asked if isinstance(c, CancelReassignment)]


def test_throttles_that_cannot_be_put_back_are_owed_and_stop_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_ = _moves({A0: (1, 2)}, {A0: (1, 5)})
    fault = ClusterUnreachable("broker 5 does not answer")

    def fails(*_: object) -> tuple[str, ...]:
        raise fault

    for name in ("watch", "after", "end"):
        monkeypatch.setattr(given_.throttles, name, fails)
    given_.run()
    assert given_.statuses == ["done"]
    assert given_.pending == ("throttles could not be removed: broker 5 does not answer",)


def test_what_cannot_be_held_back_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = _moves({A0: (1, 2), A1: (1, 2), B0: (1, 2)}, {A0: (1, 5), A1: (1, 6), B0: (1, 4)})
    slow = BrokerRefused("too slow for what is written", kafka_error="THROTTLE_TOO_LOW")

    def before(hops: Sequence[Hop]) -> None:
        if any(h.partition == A1 for h in hops):
            raise slow

    monkeypatch.setattr(given_.throttles, "before", before)
    given_.run()
    assert given_.statuses == ["done", "failed", "done"]
    assert given_.journal.results[1].detail == "too slow for what is written"


def test_internal_topics_come_last_one_at_a_time() -> None:
    placed: Placement = dict.fromkeys((*INTERNAL, A0), (1, 2))
    given_ = _moves(placed, dict.fromkeys(placed, (1, 3)))
    given_.run()
    asked = [c.partition for c in given_.cluster.asked if isinstance(c, ReassignPartition)]
    assert asked == [A0, *INTERNAL]
    assert max(p.in_flight for p in given_.told.all) == 1


def test_no_disk_is_filled() -> None:
    given_ = _moves({A0: (1, 2)}, {A0: (1, 5)}, idle=10.0)
    given_.cluster.usable[5] = 999
    given_.run()
    assert given_.statuses == ["skipped"]
    assert "broker 5 has 999 B free, but a-0 needs 1000 B" in given_.journal.results[0].detail  # fmt: skip


def test_who_lost_its_turn_asks_for_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = _moves({A0: (1, 2)}, {A0: (1, 5)})
    lost = LeaseLost("another executor has it now")

    def refused(*_: object) -> None:
        raise lost

    monkeypatch.setattr(given_.cluster, "perform", refused)
    with pytest.raises(LeaseLost):
        given_.run()
    assert given_.cluster.asked == []
    monkeypatch.setattr(given_.throttles, "before", refused)
    with pytest.raises(LeaseLost):
        given_.run()


def test_a_topic_that_is_gone_when_a_run_is_taken_up_is_named() -> None:
    given_ = _moves({A0: (1, 2, 3), B0: (1, 2)}, {A0: (4, 5, 6), B0: (1, 3)})
    given_.cluster.switch = given_.journal.switch = Switch(4)
    given_.run_killed(lambda: given_.cluster.forget("b"))
    assert given_.statuses == ["done", "stale"]
    assert given_.journal.results[1].detail == "partition b-0 no longer exists"


def test_seven_thousand_near_empty_moves_on_eight_brokers_take_minutes_not_hours() -> None:
    placed = {
        TopicPartition(f"t{n % 70}", n // 70): (n % 8 + 1, (n + 1) % 8 + 1, (n + 2) % 8 + 1)
        for n in range(7_000)
    }
    targets = {k: (r[0], r[1], (r[2] + 1) % 8 + 1) for k, r in placed.items()}
    cluster = ReassigningCluster(placed, brokers=range(1, 9), sizes=dict.fromkeys(placed, 100))
    given_ = Moves(cluster, targets)
    given_.run()
    assert set(given_.statuses) == {"done"}
    assert cluster.seconds < 900


MANY: Placement = {
    TopicPartition(f"t{n % 6}", n // 6): (n % 4 + 1, (n + 1) % 4 + 1) for n in range(300)
}
MANY_TARGETS: Placement = {key: (5 + n % 2, ids[1]) for n, (key, ids) in enumerate(MANY.items())}


def _many(rate: int) -> Moves:
    cluster = ReassigningCluster(MANY, sizes=dict.fromkeys(MANY, 100))
    given_ = Moves(cluster, MANY_TARGETS)
    given_.throttles.rate = rate
    return given_


def test_a_group_of_small_copies_is_one_entry_of_the_journal_and_is_not_throttled() -> None:
    given_ = _many(rate=100_000)
    given_.run()
    assert set(given_.statuses) == {"done"}
    assert given_.throttles.most == 0
    assert [len(group) for group in given_.journal.groups] == [300]


def test_small_copies_keep_to_the_rate_together() -> None:
    given_ = _many(rate=500)
    given_.run()
    assert set(given_.statuses) == {"done"}
    assert given_.throttles.most == 0
    received = 150 * 100  # bytes by each of two brokers
    assert given_.cluster.seconds >= (received - 2 * 500) / 500


@pytest.mark.parametrize("point", range(1, 14))
def test_a_group_interrupted_anywhere_is_continued_without_a_second_copy(point: int) -> None:
    given_ = _many(rate=100_000)
    other = TopicPartition("t0", 0)
    given_.cluster.move(other, (3, 2))  # another client's, towards other brokers
    given_.cluster.switch = given_.journal.switch = Switch(point)
    given_.run_killed()
    assert sorted(given_.statuses) == ["done"] * 299 + ["stale"]
    assert given_.cluster.partitions[other].replicas == (3, 2)
    requested = [c.partition for c in given_.cluster.asked if isinstance(c, ReassignPartition)]
    assert len(requested) == len(set(requested)) == 299
    _harmless(given_)


@pytest.mark.parametrize("point", range(1, 12))
def test_throttles_are_there_before_each_move_and_gone_after_it(point: int) -> None:
    given_ = _moves({A0: (1, 2, 3)}, {A0: (4, 5, 6)})
    given_.cluster.switch = given_.journal.switch = Switch(point)
    given_.run_killed()
    assert given_.throttles.most == 1
    _harmless(given_)
