"""The way of a moving partition, over random ones: it ends, copies each replica once, and never leaves its leader."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.rebalance.moves.hops import Hop, aim_of, is_on_the_way, next_hop
from steward.model.names import TopicPartition
from steward.model.replication import original_replicas
from steward.model.topic import Reassignment

AT = TopicPartition("orders", 0)
RACKS = {1: "a", 2: "b", 3: "c", 4: "a", 5: "b", 6: "c"}

replicas = st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True).map(tuple)


def _way(current: tuple[int, ...], target: tuple[int, ...], leader: int = -1) -> Iterator[Hop]:
    """Walk from one hop to the next, electing as the controller does when the leader goes."""
    leads = leader if leader in current else current[0]
    for _ in range(20):
        hop = next_hop(AT, current, target, leader=leads, racks=RACKS)
        if hop is None:
            return
        yield hop
        current = hop.replicas
        leads = leads if leads in current else current[0]
    pytest.fail("it does not end")


@given(replicas, replicas, st.integers(-1, 9))
def test_every_way_ends_and_copies_each_replica_once(
    current: tuple[int, ...], target: tuple[int, ...], leader: int
) -> None:
    hops = list(_way(current, target, leader))
    copied = [b for hop in hops for b in hop.adding]
    assert sorted(copied) == sorted(set(target) - set(current))
    assert all(len(hop.adding) <= 1 for hop in hops)
    assert (hops[-1].replicas if hops else current) == target
    assert len(hops) <= len(copied) + 1


@given(replicas, replicas, st.integers(-1, 9))
def test_on_the_way_nothing_is_lost(
    current: tuple[int, ...], target: tuple[int, ...], leader: int
) -> None:
    least = min(len(current), len(target))
    leads = leader if leader in current else current[0]
    for hop in _way(current, target, leader):
        assert len(hop.replicas) >= least
        assert is_on_the_way(hop.replicas, current, target)
        goes = leads in hop.removing
        assert not goes or set(hop.replicas) == set(target)
        # nobody is preferred who is being copied, unless the leader goes
        assert goes or hop.replicas[0] not in hop.adding
        leads = hop.replicas[0] if goes else leads


@given(replicas, replicas, st.integers(-1, 9), st.data())
def test_begun_anew_anywhere_it_is_the_same_way(
    current: tuple[int, ...], target: tuple[int, ...], leader: int, data: st.DataObject
) -> None:
    hops = list(_way(current, target, leader))
    if hops:
        at = data.draw(st.integers(0, len(hops) - 1))
        rest = list(_way(hops[at].replicas, target))
        assert len(rest) <= len(hops) - at  # nothing is done twice


def test_three_brokers_are_replaced_one_by_one_rack_by_rack_the_leader_last() -> None:
    way = [hop.replicas for hop in _way((1, 2, 3), (4, 5, 6))]
    assert way == [(1, 2, 6), (1, 5, 6), (4, 5, 6)]


def test_racks_go_before_places() -> None:
    way = [hop.replicas for hop in _way((1, 2, 3), (4, 6, 5))]
    assert way == [(1, 2, 6), (1, 5, 6), (4, 6, 5)]


def test_a_copy_that_shall_lead_is_preferred_when_it_is_there() -> None:
    way = [hop.replicas for hop in _way((1, 2), (3, 1))]
    assert way == [(1, 3), (3, 1)]


def test_more_replicas_come_one_at_a_time_and_fewer_go_at_once() -> None:
    assert [h.replicas for h in _way((1,), (1, 2, 3))] == [(1, 2), (1, 2, 3)]
    assert [h.replicas for h in _way((1, 2, 3), (1,))] == [(1,)]


def test_where_there_is_nothing_to_do_there_is_no_hop() -> None:
    assert next_hop(AT, (1, 2), (1, 2)) is None
    order = next_hop(AT, (1, 2), (2, 1))
    assert order is not None
    assert not order.copies


def test_what_moves_tells_from_where_and_where_to() -> None:
    moving = Reassignment(AT, replicas=(4, 2, 1), adding=(4,), removing=(1,))
    assert aim_of(moving) == (4, 2)
    assert original_replicas(moving) == (2, 1)
    assert is_on_the_way((4, 2, 1), (1, 2), (4, 2))
    assert not is_on_the_way((9, 2, 1), (1, 2), (4, 2))
