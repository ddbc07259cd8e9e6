"""Copies without a throttle: which they are, and that together they keep to the rate of each broker."""

from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.scheduler import HopCandidate, MoveLimits, choose
from steward.analysis.rebalance.throttles.unthrottled import (
    SHARE_BESIDE_THROTTLED,
    UnthrottledBudget,
    needs_no_throttle,
)
from steward.model.names import TopicPartition

RATE = 1_000


def _hop(number: int, size: int | None, *, leader: int = 1, to: int = 4) -> Hop:
    return Hop(
        partition=TopicPartition("t", number), replicas=(leader, to), adding=(to,), removing=(2,),
        sources=(leader, 2), leader=leader, bytes=size,
    )  # fmt: skip


def test_a_copy_of_a_second_at_the_rate_needs_no_throttle_one_of_unknown_size_does() -> None:
    sizes = (0, RATE, RATE + 1, None)
    assert [needs_no_throttle(_hop(0, s), RATE) for s in sizes] == [True, True, False, False]
    assert not needs_no_throttle(_hop(0, 0), 0)


sizes = st.integers(0, RATE)
steps = st.lists(
    st.tuples(st.floats(0, 3), st.lists(st.tuples(sizes, st.sampled_from([1, 2, 3])), max_size=30)),
    min_size=1,
    max_size=20,
)


@given(steps, st.floats(0.05, 1.0))
def test_over_any_span_no_broker_sends_or_receives_more_than_the_rate_and_a_burst(
    polls: list[tuple[float, list[tuple[int, int]]]], share: float
) -> None:
    budget = UnthrottledBudget(RATE)
    now = 0.0
    started: list[tuple[float, int, int]] = []
    for number, (pause, waiting) in enumerate(polls):
        now += pause
        budget.refill(now, share)
        candidates = [
            HopCandidate(hop=_hop(number * 100 + n, size, leader=leader))
            for n, (size, leader) in enumerate(waiting)
        ]
        chosen = choose(candidates, [], MoveLimits(), budget=budget).hops
        started += [(now, h.leader, h.bytes or 0) for h in chosen]
        if candidates and pause * share >= 2:
            assert chosen  # what is overdrawn by one copy is back after two seconds of the rate
    for end in (1, 2, 3, None):
        ours = [(at, size) for at, leader, size in started if end in (None, leader)]
        for first, (since, _) in enumerate(ours):
            for last in range(first, len(ours)):
                until = ours[last][0]
                copied = sum(size for _, size in ours[first : last + 1])
                assert copied <= RATE * (until - since) * share + 2 * RATE + 1e-6


def test_throttled_copies_are_not_limited_by_the_budget_and_do_not_use_it() -> None:
    budget = UnthrottledBudget(RATE)
    for number in range(5):
        assert budget.allows(_hop(number, RATE * 10))
        budget.spend(_hop(number, RATE * 10))
    assert budget.allows(_hop(9, 1))


def test_beside_a_throttled_copy_the_budget_grows_slowly() -> None:
    budget = UnthrottledBudget(RATE)
    small, large = _hop(0, RATE), _hop(1, RATE * 10)
    for hop in (small, _hop(2, RATE - 1)):
        budget.refill(0.0, 1.0)
        budget.spend(hop)
    assert not budget.allows(small)
    seconds = (RATE - 1) / (RATE * SHARE_BESIDE_THROTTLED)
    budget.refill(seconds * 0.99, 1.0, throttled=[large])
    assert not budget.allows(small)
    budget.refill(seconds * 1.02, 1.0, throttled=[large])
    assert budget.allows(small)
    assert budget.allows(_hop(3, RATE, leader=7, to=8)), "other brokers have their own"
