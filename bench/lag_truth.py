"""Seconds of lag against the truth: records that carry their time, groups whose commits are known to the offset.

Producers write steadily, in bursts, and now and then not at all; groups commit by themselves at known points. After
each look every (group, partition) pair is compared with the age of the record that the commit stands at, which the
producer knows. The first look of a cold start counts like all others.
"""

import statistics
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
from confluent_kafka import Producer

import filling
from filling import create_topics
from lab import sandbox
from reporting import Figure, conclude
from steward.cluster.adapters.bootstrap import bootstrap
from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.groups import find_coordinators
from steward.cluster.observer import connect
from steward.daemon.collection.collector import Collector, CollectorPlan
from steward.daemon.collection.poll import ClusterPoll
from steward.model.connection import Connection
from steward.model.names import TopicPartition

PARTITIONS = 4
SEED = 7
Rate = Callable[[float], float]
"""Records a second and partition, by the seconds since the start."""

PRODUCERS: dict[str, Rate] = {
    "steady": lambda _: 20.0,
    "bursty": lambda t: 150.0 if t % 20 < 2 else 1.0,
    "idle": lambda t: 30.0 if t % 90 < 15 else 0.0,
}
GROUPS = {"close": 1.0, "behind": 45.0, "stuck": None, "slow": 0.7}
"""Seconds that a group stays behind, None for one that never moves, a share below 1 for one that falls behind."""


def main() -> int:
    chosen = _arguments()
    with sandbox() as connection:
        filling.settle(5)
        create_topics(connection, sorted(PRODUCERS), PARTITIONS)
        cold, warm = _run(connection, chosen)
    everything = cold + warm
    for sample in everything if chosen.verbose else ():
        if not sample.is_right:
            print(f"  wrong: {sample}", file=sys.stderr)
    return conclude(
        f"{len(PRODUCERS)} producers, {len(GROUPS)} groups, {PARTITIONS} partitions each, every {chosen.interval:g} s "
        f"for {chosen.seconds:g} s; {len(everything)} samples, {len(cold)} of them of cold starts",
        [
            Figure(
                name="true age within the bounds", value=100 * _share(everything), unit="%", budget=99,
                at_least=True,
            ),
            Figure(
                name="of cold starts", value=100 * _share(cold), unit="%", budget=99, at_least=True
            ),
            Figure(name="width of the bounds, median", value=_width(everything), unit="s", budget=1.0),
            Figure(name="of cold starts, median", value=_width(cold), unit="s", budget=1.0),
            Figure(name="width, 95th percentile", value=_width(everything, 95), unit="s"),
            Figure(name="error of the estimate, median", value=_error(everything), unit="s"),
            Figure(name="without an upper bound", value=100 * _open(everything), unit="%"),
        ],
    )  # fmt: skip


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--interval", type=float, default=10)
    parser.add_argument("--verbose", action="store_true", help="show what was wrong")
    return parser.parse_args()


@dataclass(frozen=True, slots=True)
class Sample:
    """One pair at one look: what was said, and what was true. ``high`` is None where there was no bound."""

    name: str
    low: float
    high: float | None
    value: float | None
    truth: float

    @property
    def is_right(self) -> bool:
        """Whether the truth lies within the bounds, to the millisecond that stamps have."""
        return self.low - 0.002 <= self.truth and (
            self.high is None or self.truth <= self.high + 0.002
        )


@dataclass
class Diary:
    """When each record was stamped, by partition, and how many of them are surely written."""

    stamps: dict[TopicPartition, list[float]] = field(default_factory=dict)
    written: dict[TopicPartition, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


def _run(connection: Connection, chosen: Namespace) -> tuple[list[Sample], list[Sample]]:
    diary, stop = Diary(), threading.Event()
    threads = [
        threading.Thread(target=_produce, args=(connection, topic, rate, diary, stop))
        for topic, rate in PRODUCERS.items()
    ]
    threads.append(threading.Thread(target=_commit, args=(connection, diary, stop)))
    for thread in threads:
        thread.start()
    try:
        time.sleep(60)  # something to be behind of
        return _observe(connection, diary, chosen)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _observe(
    connection: Connection, diary: Diary, chosen: Namespace
) -> tuple[list[Sample], list[Sample]]:
    """Look at the interval with one collector, and now and then with a new one."""
    cold, warm = list[Sample](), list[Sample]()
    plan = CollectorPlan(interval=chosen.interval)
    until = time.monotonic() + chosen.seconds
    with connect(connection) as observer:
        collector = Collector(observer, plan, monotonic=time.monotonic)
        turn = 0
        while time.monotonic() < until:
            began = time.monotonic()
            if turn % 4 == 0:
                fresh = Collector(observer, plan, monotonic=time.monotonic)
                cold += _compared(fresh.poll(), diary)
            warm += _compared(collector.poll(), diary)
            turn += 1
            time.sleep(max(0.0, chosen.interval - (time.monotonic() - began)))
    return cold, warm


def _compared(look: ClusterPoll, diary: Diary) -> list[Sample]:
    found: list[Sample] = []
    columns, now = look.columns, look.columns.now_ms / 1000
    with diary.lock:
        for number, group in enumerate(columns.pairs.groups):
            if group.group not in GROUPS:
                continue
            part = columns.pairs.of(number)
            for at in range(part.start, part.stop):
                partition = look.table.partitions[int(columns.pairs.rows[at])]
                offset, end = (
                    int(columns.pairs.committed[at]),
                    int(look.table.end[columns.pairs.rows[at]]),
                )
                stamps = diary.stamps[partition]
                truth = max(0.0, now - stamps[offset]) if offset < end else 0.0
                high, value = float(columns.high[at]), float(columns.value[at])
                found.append(
                    Sample(
                        f"{group.group} {partition} at {offset} of {end}",
                        float(columns.low[at]),
                        None if np.isnan(high) else high,
                        None if np.isnan(value) else value,
                        truth,
                    )
                )
    return found


def _produce(
    connection: Connection, topic: str, rate: Rate, diary: Diary, stop: threading.Event
) -> None:
    """Write at a rate; every record carries its time as its stamp, and as its place in the diary."""
    servers = ",".join(connection.bootstrap_servers)
    settings = {
        "bootstrap.servers": servers,
        "enable.idempotence": True,
        "linger.ms": 5,
        "log_level": 0,
    }
    producer = Producer(settings)  # idempotent, so that a retry cannot change the order of records
    chance, began, owed = Random(SEED), time.time(), [0.0] * PARTITIONS
    before = began
    while not stop.is_set():
        now = time.time()
        for number in range(PARTITIONS):
            owed[number] += rate(now - began) * (now - before) * chance.uniform(0.5, 1.5)
            while owed[number] >= 1:
                owed[number] -= 1
                _write(producer, topic, number, diary)
        before = now
        producer.poll(0.02)
    producer.flush(30)


def _write(producer: Any, topic: str, number: int, diary: Diary) -> None:
    with diary.lock:
        stamp_ms = int(time.time() * 1000)
        diary.stamps.setdefault(TopicPartition(topic, number), []).append(stamp_ms / 1000)

    def acknowledged(_: object, message: Any) -> None:
        diary.written[TopicPartition(topic, number)] = message.offset() + 1

    producer.produce(
        topic, b"x" * 50, partition=number, timestamp=stamp_ms, on_delivery=acknowledged
    )


def _commit(connection: Connection, diary: Diary, stop: threading.Event) -> None:
    """Commit for every group, each at its own distance from the end."""
    client = KafkaClient(connection)
    client.start()
    try:
        client.run(bootstrap(client, connection.connect_timeout_seconds))
        while not stop.is_set():
            client.run(_commit_all(client, diary))
            stop.wait(1.0)
    finally:
        client.close()


async def _commit_all(client: KafkaClient, diary: Diary) -> None:
    coordinators = await find_coordinators(client, sorted(GROUPS))
    for group, behind in GROUPS.items():
        if group not in coordinators:
            continue
        offsets: dict[str, list[int]] = {}
        with diary.lock:
            for topic in sorted(PRODUCERS):
                keys = [TopicPartition(topic, n) for n in range(PARTITIONS)]
                offsets[topic] = [
                    min(_target(diary.stamps.get(k, []), behind), diary.written.get(k, 0))
                    for k in keys
                ]
        await filling.commit_offsets(client, coordinators[group], group, offsets)


def _target(stamps: list[float], behind: float | None) -> int:
    """Where a group stands: so many seconds, or a share of all records, behind."""
    if behind is None:
        return 0
    if behind < 1:
        return int(len(stamps) * behind)
    return int(np.searchsorted(np.asarray(stamps), time.time() - behind))


def _share(samples: list[Sample]) -> float:
    return statistics.mean(s.is_right for s in samples)


def _width(samples: list[Sample], percentile: float = 50) -> float:
    """The width of the bounds; one without an upper bound is as wide as can be."""
    widths = [np.inf if s.high is None else s.high - s.low for s in samples]
    return float(np.percentile(widths, percentile, method="lower"))


def _error(samples: list[Sample]) -> float:
    return statistics.median(abs(s.value - s.truth) for s in samples if s.value is not None)


def _open(samples: list[Sample]) -> float:
    return statistics.mean(s.high is None for s in samples)


if __name__ == "__main__":
    sys.exit(main())
