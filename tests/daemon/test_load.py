"""What brokers carry is sampled seldom; what cannot be seen is left out, and harms no look."""

from typing import Any

from steward.daemon.collection.broker_load import (
    EVERY_SECONDS,
    FIRST_SECONDS,
    BrokerLoadSampler,
    loads,
)
from steward.model.error import ClusterUnreachable
from steward.model.snapshot import Part
from support.cluster_text import snapshot_of
from support.fake_observer import FakeObserver

CLUSTER: dict[str, Any] = {
    "log_dirs": {
        1: {
            "/a": {"orders-0": 100, "orders-1": 50, "_total": 1000, "_usable": 900},
            "/b": {"orders-2": {"size": 7, "future": True}, "_total": 1000, "_usable": 200},
        },
        2: {"/a": {"orders-0": 100}},
        3: "unreachable: broker 3 did not answer",
    },
    "metrics": {
        1: {
            'kafka_server_brokertopicmetrics_bytesinpersec_oneminuterate{topic="orders"}': 3,
            "kafka_server_brokertopicmetrics_bytesinpersec_oneminuterate": 5,
        },
        2: "unreachable: no endpoint",
    },
}


def test_a_sample_holds_the_fullest_volume_and_the_rate_over_all_topics() -> None:
    one, two = loads(snapshot_of(CLUSTER))
    assert (one.broker, one.log_bytes, one.replicas) == (1, 150, 2)
    assert (one.disk_total_bytes, one.disk_used_bytes) == (1000, 800)
    assert (one.bytes_in_per_second, one.bytes_out_per_second) == (5, None)
    assert (two.broker, two.disk_total_bytes, two.bytes_in_per_second) == (2, None, None)


def test_it_asks_after_a_minute_and_then_every_ten() -> None:
    observer = FakeObserver(snapshot_of(CLUSTER))
    log = BrokerLoadSampler(observer)
    assert log.refresh(100.0) == ()
    assert log.refresh(100.0 + FIRST_SECONDS - 1) == ()
    assert observer.parts_asked == frozenset()
    assert len(log.refresh(100.0 + FIRST_SECONDS)) == 2
    assert observer.parts_asked == {Part.LOG_DIRS, Part.METRICS}
    assert log.refresh(100.0 + FIRST_SECONDS + EVERY_SECONDS - 1) == ()
    assert len(log.refresh(100.0 + FIRST_SECONDS + EVERY_SECONDS)) == 2


class Gone(FakeObserver):
    def observe(self, *_: Any, **__: Any) -> Any:
        raise ClusterUnreachable("no broker answered", remedy="")


def test_a_cluster_that_does_not_answer_is_a_sample_less() -> None:
    log = BrokerLoadSampler(Gone(snapshot_of(CLUSTER)))
    log.refresh(0.0)
    assert log.refresh(FIRST_SECONDS) == ()
