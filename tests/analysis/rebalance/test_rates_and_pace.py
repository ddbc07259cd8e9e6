"""What moves may use: the arithmetic of floors, refusals and arrivals; and the pace that follows the brokers."""

from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.pace import (
    FOLLOWER_MS,
    FULL,
    LEAST_SHARE,
    PRODUCE_MS,
    QUEUED_REQUESTS,
    UNDER_REPLICATED,
    BrokerLatency,
    Pace,
    load_of,
    next_pace,
    rate_at,
)
from steward.analysis.rebalance.throttles.rates import (
    ThrottledBroker,
    TooSlow,
    covers,
    floor_of,
    incoming_at,
    item_from,
    items_of,
    rate_for,
)
from steward.model.broker import BrokerMetrics, MetricSample
from steward.model.names import TopicPartition
from steward.model.throttle import FOLLOWER_RATE, LEADER_RATE
from steward.model.unknown import Unknown, Why

MB = 1_000_000
P, Q = TopicPartition("a", 0), TopicPartition("a", 1)
AT = ThrottledBroker(4, FOLLOWER_RATE)


def _hop(partition: TopicPartition, sources: tuple[int, ...], *adding: int) -> Hop:
    return Hop(
        partition=partition,
        replicas=(*sources, *adding),
        adding=adding,
        removing=(),
        sources=sources,
        leader=sources[0],
    )


def test_another_order_and_fewer_replicas_are_held_back_by_nothing() -> None:
    assert items_of([_hop(P, (1, 2))]) == ()


def test_what_is_written_is_sent_once_by_the_leader_to_each_that_is_added() -> None:
    items = items_of([_hop(P, (1, 2), 4), _hop(Q, (1, 3), 4, 5)])
    found = incoming_at(items, {P: 2.0, Q: 3.0}, {P: 1, Q: 1})
    assert found == {
        ThrottledBroker(4, FOLLOWER_RATE): 5.0,
        ThrottledBroker(5, FOLLOWER_RATE): 3.0,
        ThrottledBroker(1, LEADER_RATE): 8.0,
    }


def test_a_list_covers_by_name_or_with_all() -> None:
    item = items_of([_hop(P, (1,), 4)])[-1]
    assert item.text == "0:4"
    assert covers(["0:1", " 0:4"], item)
    assert covers(["*"], item)
    assert not covers(["0:1", "10:4", "0:44"], item)
    assert item_from("a", item.key, "0:4") == item
    assert [item_from("a", item.key, text) for text in ("*", "", "x:1", "1:")] == [None] * 4


@given(
    wished=st.integers(1, 100 * MB),
    incoming=st.floats(0, 120 * MB),
    own=st.one_of(st.none(), st.integers(1, 100 * MB)),
)
def test_a_rate_is_above_what_is_written_or_refused_with_one_that_is(
    wished: int, incoming: float, own: int | None
) -> None:
    found = rate_for(AT, wished, incoming, own)
    if isinstance(found, TooSlow):
        assert found.rate <= incoming
        assert rate_for(AT, found.nearest, incoming, None) == found.nearest
        return
    assert found > incoming
    if own is not None and own <= wished:
        assert found == own
    else:
        assert found in (wished, floor_of(incoming))
        assert found >= wished


QUIET = BrokerLatency(produce_ms=10.0, follower_ms=5.0, queued=0.0, under_replicated=1.0)


def test_the_pace_halves_when_brokers_suffer_and_comes_back_bit_by_bit() -> None:
    slow = BrokerLatency(produce_ms=40.0, follower_ms=5.0, queued=0.0, under_replicated=1.0)
    pace = next_pace(FULL, slow, QUIET)
    assert (pace.share, pace.because) == (0.5, "p95 of Produce is 40ms (before: 10ms)")
    shares = []
    for _ in range(6):
        pace = next_pace(pace, QUIET, QUIET)
        shares.append(round(pace.share, 2))
    assert shares == [0.75, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert pace == FULL


def test_each_sign_of_trouble_counts() -> None:
    for worse in (
        BrokerLatency(21.0, 501.0, 0.0, 1.0),
        BrokerLatency(10.0, 5.0, 1_001.0, 1.0),
        BrokerLatency(10.0, 5.0, 0.0, 2.0),
    ):
        assert next_pace(FULL, worse, QUIET).share == 0.5
    assert next_pace(FULL, BrokerLatency(20.0, 20.0, 1_000.0, 1.0), QUIET) == FULL


def test_times_that_were_long_before_count_up_to_the_limit() -> None:
    busy = BrokerLatency(900.0, 5.0, 0.0, 0.0)
    assert next_pace(FULL, BrokerLatency(1_001.0, 5.0, 0.0, 0.0), busy).share == 0.5
    assert next_pace(FULL, BrokerLatency(990.0, 5.0, 0.0, 0.0), busy) == FULL


def test_without_metrics_moves_fall_to_the_floor() -> None:
    pace = next_pace(FULL, None, QUIET)
    assert pace.share == LEAST_SHARE
    assert rate_at(pace, 50 * MB, 12 * MB, MB) == 12 * MB
    assert rate_at(pace, 50 * MB, 0, MB) == 2.5 * MB
    assert rate_at(pace, 10 * MB, 0, MB) == MB
    assert rate_at(pace, MB // 2, 0, MB) == MB // 2
    assert rate_at(Pace(1.0), 50 * MB, 12 * MB, MB) == 50 * MB


def _metrics(broker: int, produce: float, lacking: float = 0.0) -> BrokerMetrics:
    def sample(name: str, value: float, request: str = "") -> tuple[MetricSample, ...]:
        return (MetricSample(name, (("request", request),) if request else (), value),)

    return BrokerMetrics(
        broker,
        {
            PRODUCE_MS: (
                *sample(PRODUCE_MS, produce, "Produce"),
                *sample(PRODUCE_MS, 9_999.0, "FetchConsumer"),
            ),
            FOLLOWER_MS: sample(FOLLOWER_MS, 3.0, "FetchFollower"),
            QUEUED_REQUESTS: sample(QUEUED_REQUESTS, 7.0),
            UNDER_REPLICATED: sample(UNDER_REPLICATED, lacking),
        },
    )


def test_the_worst_broker_counts_and_one_that_is_silent_makes_it_unknown() -> None:
    two = {1: _metrics(1, 5.0, 1.0), 2: _metrics(2, 8.0, 2.0)}
    assert load_of(two, (1, 2)) == BrokerLatency(8.0, 3.0, 7.0, 3.0)
    silent = {**two, 2: Unknown(Why.UNREACHABLE, "no answer")}
    assert load_of(silent, (1, 2)) is None
    assert load_of(silent, (1,)) is not None
    assert load_of({1: BrokerMetrics(1, {})}, (1,)) is None
