"""What brokers carried is kept: every ten minutes, hourly after two days, and not for ever."""

from steward.model.load import BrokerLoadSample
from steward.store.open import Store

MINUTE_MS = 60_000
DAY_MS = 86_400_000


def load(at_ms: int, broker: int = 1, **figures: int) -> BrokerLoadSample:
    return BrokerLoadSample(broker=broker, at_ms=at_ms, log_bytes=at_ms, replicas=3, **figures)


def test_the_last_sample_of_ten_minutes_stays(store: Store) -> None:
    store.loads.append("prod", [load(0), load(0, 2, disk_total_bytes=1 << 45, disk_used_bytes=7)])
    store.loads.append("prod", [load(MINUTE_MS), load(10 * MINUTE_MS)])
    store.loads.append("other", [load(5)])
    store.loads.append("other", [])
    found = store.loads.read("prod", since_ms=0)
    assert [(one.broker, one.at_ms) for one in found] == [
        (1, MINUTE_MS),
        (1, 10 * MINUTE_MS),
        (2, 0),
    ]
    assert found[2].disk_total_bytes == 1 << 45
    assert found[2].bytes_in_per_second is None
    assert store.loads.read("prod", since_ms=10 * MINUTE_MS) == (found[1],)


def test_old_samples_are_thinned_and_then_forgotten(store: Store) -> None:
    store.loads.append("prod", [load(n * 10 * MINUTE_MS) for n in range(3 * 144)])
    store.maintain(3 * DAY_MS)
    assert len(store.loads.read("prod", since_ms=0)) == 24 + 2 * 144
    store.maintain(100 * DAY_MS)
    assert store.loads.read("prod", since_ms=0) == ()
