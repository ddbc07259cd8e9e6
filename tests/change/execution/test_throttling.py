"""Throttles of moves: what is listed and at which rate, what the operator set kept, all as it was in the end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.pace import Pace
from steward.change.execution.throttles.pacing import PaceControl
from steward.change.execution.throttles.throttling import Throttling
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.connection import Secret
from steward.model.error import BrokerRefused, ClusterUnreachable, NotAuthorized
from steward.model.names import TopicPartition
from steward.model.throttle import (
    FOLLOWER_RATE,
    FOLLOWER_REPLICAS,
    LEADER_RATE,
    LEADER_REPLICAS,
    THROTTLED_RATES,
    THROTTLED_REPLICAS,
)
from steward.store.open import Store, open_store
from support.leases import fence_of
from support.throttled_cluster import Died, ThrottledCluster, hop, store_folder

MB = 1_000_000
LISTS = {(t, k): None for t in ("a", "b") for k in THROTTLED_REPLICAS}
A0, A1 = TopicPartition("a", 0), TopicPartition("a", 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(Secret(store_folder(tmp_path))) as opened:
        yield opened


def _set(cluster: ThrottledCluster) -> tuple[dict[Any, str], dict[Any, str]]:
    lists, rates = cluster.throttles
    return {k: v for k, v in lists.items() if v is not None}, {
        k: v for k, v in rates.items() if v is not None
    }


def test_leaders_list_what_is_there_and_followers_what_is_added(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    cluster.throttling(store.throttles, 50 * MB).before([hop("a", 0, (1, 2), 4)])
    lists, rates = _set(cluster)
    assert lists == {("a", LEADER_REPLICAS): "0:1,0:2", ("a", FOLLOWER_REPLICAS): "0:4"}
    assert rates == {
        (1, LEADER_RATE): str(50 * MB),
        (2, LEADER_RATE): str(50 * MB),
        (4, FOLLOWER_RATE): str(50 * MB),
    }


def test_entries_go_as_partitions_rest_and_a_rate_with_the_last_of_its_broker(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    throttling = cluster.throttling(store.throttles, MB)
    throttling.before([hop("a", 0, (1, 2), 4), hop("a", 1, (2, 3), 4)])
    throttling.after([A0])
    lists, rates = _set(cluster)
    assert lists == {("a", LEADER_REPLICAS): "1:2,1:3", ("a", FOLLOWER_REPLICAS): "1:4"}
    assert set(rates) == {(2, LEADER_RATE), (3, LEADER_RATE), (4, FOLLOWER_RATE)}
    throttling.after([A1])
    assert _set(cluster) == ({}, {})
    assert throttling.end() == ()
    assert store.throttles.held("c") == ()


def test_the_next_copy_of_a_partition_leaves_nothing_of_the_one_before(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    throttling = cluster.throttling(store.throttles, MB)
    throttling.before([hop("a", 0, (1, 2), 4)])
    throttling.before([hop("a", 0, (1, 4), 3)])
    lists, rates = _set(cluster)
    assert lists == {("a", LEADER_REPLICAS): "0:1,0:4", ("a", FOLLOWER_REPLICAS): "0:3"}
    assert set(rates) == {(1, LEADER_RATE), (4, LEADER_RATE), (3, FOLLOWER_RATE)}


def _sized(partition: int, size: int) -> Hop:
    return replace(hop("a", partition, (1, 2), 4), bytes=size)


def test_a_copy_of_a_second_at_the_rate_is_listed_nowhere(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    throttling = cluster.throttling(store.throttles, 5 * MB)
    assert throttling.unthrottled_rate((1, 2, 4)) == 5 * MB
    throttling.before([_sized(0, 5 * MB)])
    assert (_set(cluster), cluster.performed, store.throttles.held("c")) == (({}, {}), [], ())
    throttling.before([_sized(0, 5 * MB), _sized(1, 5 * MB + 1)])
    assert _set(cluster)[0] == {("a", LEADER_REPLICAS): "1:1,1:2", ("a", FOLLOWER_REPLICAS): "1:4"}
    throttling.after([A0, A1])
    assert (_set(cluster), store.throttles.held("c")) == (({}, {}), ())


def test_copies_without_a_throttle_keep_to_the_operators_rate_where_it_is_lower(
    store: Store,
) -> None:
    cluster = ThrottledCluster(LISTS, {(4, FOLLOWER_RATE): str(2 * MB)})
    throttling = cluster.throttling(store.throttles, 5 * MB)
    assert throttling.unthrottled_rate((1, 2, 4)) == 2 * MB
    throttling.before([_sized(0, 3 * MB)])
    assert _set(cluster)[0] == {("a", LEADER_REPLICAS): "0:1,0:2", ("a", FOLLOWER_REPLICAS): "0:4"}
    assert cluster.throttling(store.throttles, 0).unthrottled_rate((1, 2, 4)) == 0


def test_a_list_of_all_replicas_stays_as_it_is(store: Store) -> None:
    lists = {**LISTS, ("a", LEADER_REPLICAS): "*", ("a", FOLLOWER_REPLICAS): "5:1, 0:4"}
    cluster = ThrottledCluster(lists, {})
    before = cluster.throttles
    throttling = cluster.throttling(store.throttles, MB)
    throttling.before([hop("a", 0, (1, 2), 4)])
    assert cluster.throttles[0] == before[0]
    assert set(_set(cluster)[1]) == {(1, LEADER_RATE), (2, LEADER_RATE), (4, FOLLOWER_RATE)}
    throttling.after([A0])
    assert cluster.throttles == before


@pytest.mark.parametrize(
    ("own", "stands"), [(None, 5 * MB), (2 * MB, 2 * MB), (5 * MB, 5 * MB), (9 * MB, 5 * MB)]
)
def test_the_operators_rate_holds_where_it_is_lower_and_comes_back(
    store: Store, own: int | None, stands: int
) -> None:
    cluster = ThrottledCluster(LISTS, {(4, FOLLOWER_RATE): str(own) if own else None})
    before = cluster.throttles
    throttling = cluster.throttling(store.throttles, 5 * MB)
    throttling.before([hop("a", 0, (1, 2), 4)])
    assert cluster.throttles[1][4, FOLLOWER_RATE] == str(stands)
    throttling.after([A0])
    assert cluster.throttles == before


def test_what_the_operator_sets_meanwhile_is_his(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    throttling = cluster.throttling(store.throttles, 5 * MB)
    throttling.before([hop("a", 0, (1, 2), 4)])
    own = AlterConfigs(target=ConfigTarget.BROKER, name="4", set={FOLLOWER_RATE: "777"})
    cluster.alter(own)
    added = AlterConfigs(target=ConfigTarget.TOPIC, name="a", append={LEADER_REPLICAS: ("2:3",)})
    cluster.alter(added)
    throttling.after([A0])
    assert _set(cluster) == ({("a", LEADER_REPLICAS): "2:3"}, {(4, FOLLOWER_RATE): "777"})


def test_a_rate_below_what_is_written_is_refused_with_one_that_would_do(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    throttling = cluster.throttling(store.throttles, MB)
    throttling.written.rates = {A0: 1.5 * MB}
    with pytest.raises(BrokerRefused, match=r"never finish.*1\.8 MB/s") as refused:
        throttling.before([hop("a", 0, (1, 2), 4)])
    assert "--rate 1.80" in refused.value.remedy
    assert _set(cluster) == ({}, {})
    assert store.throttles.held("c") == ()


def test_a_rate_just_above_what_is_written_is_raised_to_the_floor(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    throttling = cluster.throttling(store.throttles, 2 * MB)
    throttling.written.rates = {A0: 1.9 * MB}
    throttling.before([hop("a", 0, (1, 2), 4)])
    assert _set(cluster)[1][4, FOLLOWER_RATE] == str(round(1.2 * 1.9 * MB))


def test_a_right_that_is_missing_is_found_before_the_first_is_set(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    throttling = cluster.throttling(store.throttles, MB)
    lacks: Any = lambda changes: (NotAuthorized("no", acl="x"),) * len(changes)  # noqa: E731
    cluster.denied = lacks
    with pytest.raises(NotAuthorized):
        throttling.before([hop("a", 0, (1, 2), 4)])
    assert (_set(cluster), store.throttles.held("c")) == (({}, {}), ())


def test_a_broker_that_died_is_owed_and_paid_when_it_is_back(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {(2, LEADER_RATE): str(9 * MB)})
    before = cluster.throttles
    throttling = cluster.throttling(store.throttles, MB)
    throttling.before([hop("a", 0, (1, 2), 4)])
    cluster.down = {2}
    throttling.after([A0])
    (told,) = throttling.end()
    assert "broker 2 is down" in told
    assert {h.name for h in store.throttles.held("c")} == {"2"}
    assert cluster.throttling(store.throttles, MB, "another").end() != ()
    cluster.down = set()
    assert cluster.throttling(store.throttles, MB, "another").end() == ()
    assert (cluster.throttles, store.throttles.held("c")) == (before, ())


def test_what_still_moves_stays_held_back(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    throttling = cluster.throttling(store.throttles, MB)
    throttling.before([hop("a", 0, (1, 2), 4), hop("b", 0, (2, 3), 1)])
    cluster.moving = {A0}
    (told,) = throttling.end()
    assert "1 partition still moving" in told
    assert {topic for topic, _ in _set(cluster)[0]} == {"a"}
    cluster.moving = set()
    assert cluster.throttling(store.throttles, 0).end() == ()
    assert _set(cluster) == ({}, {})


def test_a_cluster_that_cannot_be_seen_leaves_everything_written_down(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    before = cluster.throttles
    throttling = cluster.throttling(store.throttles, MB)
    throttling.before([hop("a", 0, (1, 2), 4)])
    seen, held = cluster.observe, store.throttles.held("c")

    def unseen(*_: Any) -> Any:
        raise ClusterUnreachable("no broker answers")

    cluster.observe = unseen
    throttling.after([A0])
    (told,) = throttling.end()
    assert "no broker answers" in told
    assert store.throttles.held("c") == held
    cluster.observe = seen
    assert throttling.end() == ()
    assert cluster.throttles == before


def test_without_a_rate_nothing_is_set(store: Store) -> None:
    cluster = ThrottledCluster(LISTS, {})
    cluster.throttling(store.throttles, 0).before([hop("a", 0, (1, 2), 4)])
    assert cluster.performed == []


ENTRY = st.sampled_from(["0:1", "0:4", "1:2", "2:3", "7:1", "*"])
VALUE = st.one_of(st.none(), st.just(""), st.lists(ENTRY, min_size=1, max_size=4).map(",".join))
RATE = st.one_of(st.none(), st.sampled_from([str(MB), str(3 * MB), str(8 * MB)]))
HOPS = (
    hop("a", 0, (1, 2), 4),
    hop("a", 1, (2, 3), 4),
    hop("a", 2, (3, 1), 2),
    hop("b", 0, (1, 2), 3),
    hop("b", 1, (2, 3), 1),
)
SOME = st.sets(st.integers(0, len(HOPS) - 1), min_size=1, max_size=3)
EVENT = st.tuples(
    st.one_of(
        st.tuples(st.just("before"), SOME),
        st.tuples(st.just("after"), SOME),
        st.tuples(st.just("pace"), st.sampled_from([0.5, 0.8, 1.0])),
        st.tuples(st.just("down"), st.integers(1, 4)),
        st.tuples(st.just("up"), st.integers(1, 4)),
    ),
    st.one_of(st.none(), st.integers(0, 8)),
)
"""What happens, and after how many requests and writes of it the process dies."""


class AtPace(PaceControl):
    """Always says the same."""

    def __init__(self, share: float) -> None:
        self._share = share

    def begin(self) -> None:
        pass

    def is_due(self) -> bool:
        return True

    def check(self, pace: Pace) -> Pace:
        return Pace(self._share, "test" if self._share < 1 else "")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(Secret(store_folder(tmp_path_factory.mktemp("throttles")))) as opened:
        yield opened


@given(
    lists=st.fixed_dictionaries(dict.fromkeys(LISTS, VALUE)),
    rates=st.fixed_dictionaries({(b, k): RATE for b in (1, 2, 3, 4) for k in THROTTLED_RATES}),
    wished=st.sampled_from([2 * MB, 5 * MB]),
    events=st.lists(EVENT, max_size=14),
)
@settings(max_examples=200)
def test_whatever_happens_in_the_end_all_is_as_the_operator_left_it(
    shared: Store, lists: Any, rates: Any, wished: int, events: list[Any]
) -> None:
    shared.throttles.write("c", fence_of(shared), drop=shared.throttles.held("c"))
    cluster = ThrottledCluster(lists, rates)
    before = cluster.throttles
    throttling = cluster.throttling(shared.throttles, wished)
    for event, dies_in in events:
        cluster.dies_in = dies_in
        try:
            _happen(cluster, throttling, *event)
        except Died:
            cluster.dies_in = None
            throttling = cluster.throttling(shared.throttles, wished)
            throttling.end()
    cluster.dies_in = None
    cluster.down.clear()
    cluster.moving.clear()
    assert throttling.end() == ()
    assert cluster.throttles == before
    assert shared.throttles.held("c") == ()


def _happen(cluster: ThrottledCluster, throttling: Throttling, event: str, what: Any) -> None:
    match event:
        case "down":
            cluster.down.add(what)
        case "up":
            cluster.down.discard(what)
        case "pace":
            throttling.pacing = AtPace(what)
            throttling.watch()
        case "before":
            hops = [HOPS[i] for i in sorted(what)]
            throttling.before(hops)
            cluster.moving |= {h.partition for h in hops}
        case _:
            partitions = {HOPS[i].partition for i in what}
            cluster.moving -= partitions
            throttling.after(sorted(partitions))
