"""Three brokers become five, gigabytes move under load and a throttle; then steward is killed on the way, and a broker.

The load is written with acks=all by an idempotent producer to the partitions that move; a record's latency is the time
from handing it over to its acknowledgement. Both latencies are of the same producer in the same run, on brokers that
have moved something before: the first of anything is slow in a JVM, on a loaded machine by whole seconds.
"""

import json
import os
import signal
import statistics
import subprocess
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any, Self

from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from filling import settle
from lab import NAME, STEWARD, sandbox
from reporting import Figure, conclude
from steward.model.connection import Connection
from steward.sandbox.cluster import broker_kill, broker_start
from steward.sandbox.tools import run_tool

TOPIC, WARM_TOPIC = "bench-moves", "bench-warm"
OLD, NEW = (1, 2, 3), (4, 5)
REPLICATION_FACTOR = 2
RECORD_BYTES, RECORDS_PER_SECOND = 2_048, 400
FILL_BYTES = 60_000
QUIET_SECONDS = 30.0


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=10.0, help="on the brokers' disks")
    parser.add_argument("--partitions", type=int, default=24)
    parser.add_argument("--rate", type=float, default=20.0, help="MB a second and broker")
    chosen = parser.parse_args()
    with sandbox(brokers=len(OLD + NEW), heap="1g") as connection:
        _create(connection, TOPIC, chosen.partitions)
        filled = _fill(connection, chosen)
        with Load(connection, chosen.partitions) as load:
            _warm_up(connection, chosen.rate)
            settle(QUIET_SECONDS)
            figures = [*_scaled_out(load, chosen), *_interrupted(chosen.rate)]
        figures += _kept(connection, chosen.partitions, filled + load.acknowledged)
    return conclude(
        f"{chosen.gigabytes:g} GB in {chosen.partitions} partitions, {REPLICATION_FACTOR} replicas, "
        f"{RECORDS_PER_SECOND * RECORD_BYTES / 1e6:.1f} MB/s written; throttle {chosen.rate:g} MB/s a broker",
        figures,
    )


class Load:
    """Writes at a steady rate and remembers how long each record took, and when."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._producer = _producer(connection, linger_ms=5)
        self._partitions = partitions
        self.taken: list[tuple[float, float]] = []
        self.acknowledged = 0
        self.sent = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        value, begun = os.urandom(RECORD_BYTES), time.monotonic()
        while not self._stop.wait(0.01):
            while self.sent < (time.monotonic() - begun) * RECORDS_PER_SECOND:
                handed = time.monotonic()
                self._producer.produce(
                    TOPIC, value, partition=self.sent % self._partitions,
                    on_delivery=lambda error, _, handed=handed: self._took(error, handed),
                )  # fmt: skip
                self.sent += 1
            self._producer.poll(0)

    def _took(self, error: object, handed: float) -> None:
        if error is None:
            self.acknowledged += 1
            self.taken.append((handed, time.monotonic() - handed))

    def p99_ms(self, since: float, until: float) -> float:
        """Return the 99th percentile of what was handed over between two moments."""
        taken = [seconds for at, seconds in self.taken if since <= at < until]
        return statistics.quantiles(taken, n=100)[98] * 1000

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()
        self._producer.flush(60)


def _scaled_out(load: Load, chosen: Namespace) -> list[Figure]:
    """Give the new brokers their share."""
    begun = time.monotonic()
    quiet = load.p99_ms(begun - QUIET_SECONDS * 0.8, begun)
    plan = _plan("add-broker", NEW, chosen.rate)
    written = load.acknowledged
    moved_since = time.monotonic()
    ended = _steward("plan", "execute", plan["id"], "--yes")
    seconds = time.monotonic() - moved_since
    moving = load.p99_ms(moved_since, moved_since + seconds)
    there, replicas = _on(NEW)
    grown = (load.acknowledged - written) * RECORD_BYTES / chosen.partitions
    least = plan["duration_estimate_seconds"]
    return [
        Figure(name="planned to move", value=plan["bytes_moved"] / 1e9, unit="GB"),
        Figure(name="gap to the least possible", value=plan["gap"] * 100, unit="%"),
        Figure(name="moved / planned", value=(there - grown * replicas) / plan["bytes_moved"], unit="x", budget=1.02),
        Figure(name="the least that the throttle allows", value=least, unit="s"),
        Figure(name="plan execute", value=seconds, unit="s"),
        Figure(name="plan execute / that least", value=seconds / least, unit="x", budget=1.3),
        Figure(name="steps not done", value=_not_done(ended), unit="", budget=0),
        Figure(name="throttles left", value=_throttles(), unit="", budget=0),
        Figure(name="p99 of produce, quiet", value=quiet, unit="ms"),
        Figure(name="p99 of produce, moving", value=moving, unit="ms"),
        Figure(name="p99 moving / quiet", value=moving / quiet, unit="x", budget=3),
    ]  # fmt: skip


def _interrupted(rate: float) -> list[Figure]:
    """Drain a broker; kill steward on the way, and then another broker while it goes on."""
    plan = _plan("drain", (5,), rate)
    with subprocess.Popen(
        _command("plan", "execute", plan["id"], "--yes"), stdout=subprocess.PIPE
    ) as first:
        _until(lambda: _moves() > 0, "moves begin")
        settle(5)
        first.send_signal(signal.SIGKILL)
    with subprocess.Popen(
        _command("plan", "resume", plan["id"], "--yes"), stdout=subprocess.PIPE
    ) as second:
        settle(5)
        broker_kill(NAME, 4)
        settle(20)
        broker_start(NAME, 4)
        second.communicate()
    ended = _steward("plan", "resume", plan["id"], "--yes")
    _until(lambda: _in_sync(), "all replicas are in sync")
    return [
        Figure(name="drained, steward killed and broker 4: steps not done", value=_not_done(ended), unit="", budget=0),
        Figure(name="replicas left on the drained broker", value=_on((5,))[1], unit="", budget=0),
        Figure(name="moves left in flight", value=_moves(), unit="", budget=0),
        Figure(name="throttles left after it", value=_throttles(), unit="", budget=0),
    ]  # fmt: skip


def _kept(connection: Connection, partitions: int, acknowledged: int) -> list[Figure]:
    """Count the records that the logs hold."""
    consumer = Consumer(
        {"bootstrap.servers": ",".join(connection.bootstrap_servers), "group.id": "bench-count"}
    )
    ends = (consumer.get_watermark_offsets(TopicPartition(TOPIC, p)) for p in range(partitions))
    held = sum(high - low for low, high in ends)
    consumer.close()
    return [
        Figure(
            name="acknowledged records lost", value=max(0, acknowledged - held), unit="", budget=0
        )
    ]


def _warm_up(connection: Connection, rate: float) -> None:
    """Move a small topic to the new brokers and back."""
    _create(connection, WARM_TOPIC, 6)
    for intent, brokers in (("add-broker", NEW), ("drain", NEW)):
        plan = _plan(intent, brokers, rate, WARM_TOPIC)
        _steward("plan", "execute", plan["id"], "--yes")
    admin = _admin(connection)
    admin.delete_topics([WARM_TOPIC])[WARM_TOPIC].result(60)


def _admin(connection: Connection) -> Any:
    return AdminClient({"bootstrap.servers": ",".join(connection.bootstrap_servers)})


def _create(connection: Connection, topic: str, partitions: int) -> None:
    placed = [
        [OLD[(p + n) % len(OLD)] for n in range(REPLICATION_FACTOR)] for p in range(partitions)
    ]
    configs = {
        "retention.ms": "86400000",
        "min.insync.replicas": "1",
        "segment.bytes": str(256 << 20),
    }
    wanted = NewTopic(topic, partitions, replica_assignment=placed, config=configs)
    admin = _admin(connection)
    admin.create_topics([wanted])[topic].result(60)
    settle(3)


def _fill(connection: Connection, chosen: Namespace) -> int:
    """Write what there is to move; return the number of records."""
    producer = _producer(connection, linger_ms=50)
    failed: list[object] = []
    value = os.urandom(FILL_BYTES)
    count = round(chosen.gigabytes * 1e9 / REPLICATION_FACTOR / FILL_BYTES)

    def note(error: object, _: Message) -> None:
        if error is not None:
            failed.append(error)

    for number in range(count):
        while True:
            try:
                producer.produce(
                    TOPIC, value, partition=number % chosen.partitions, on_delivery=note
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    if producer.flush(300) or failed:
        raise SystemExit(f"the topic could not be filled: {failed[:1]}")
    return count


def _producer(connection: Connection, *, linger_ms: int) -> Producer:
    return Producer(
        {
            "bootstrap.servers": ",".join(connection.bootstrap_servers), "acks": "all", "enable.idempotence": True,
            "linger.ms": linger_ms, "delivery.timeout.ms": 120_000, "queue.buffering.max.kbytes": 131_072,
            "log_level": 0,
        }
    )  # fmt: skip


def _plan(intent: str, brokers: tuple[int, ...], rate: float, topic: str = TOPIC) -> Any:
    named = ",".join(map(str, brokers))
    options = ("--brokers", named, "--rate", str(rate), "--topics", topic)
    return _steward("reassignment", "plan", intent, *options)["data"]


def _command(*words: str) -> list[str]:
    return [STEWARD, "--cluster", NAME, *words, "-o", "json"]


def _steward(*words: str) -> Any:
    ran = subprocess.run(_command(*words), capture_output=True, text=True, check=False)
    if not ran.stdout:
        raise SystemExit(f"steward {' '.join(words)}: {ran.stderr[-500:]}")
    return json.loads(ran.stdout)


def _not_done(ended: Any) -> int:
    return sum(s["status"] not in ("done", "already") for s in ended["data"]["steps"])


def _moves() -> int:
    return len(_steward("reassignment", "list")["data"]["reassignments"])


def _throttles() -> int:
    """Count topics and brokers on which a throttle is set, by Kafka's own tool."""
    told = ""
    for kind in ("topics", "brokers"):
        told += run_tool(NAME, "kafka-configs", ["--describe", "--entity-type", kind]).stdout
    return told.count("replication.throttled")


def _on(brokers: tuple[int, ...]) -> tuple[int, int]:
    """Return the bytes on brokers, and how many replicas they hold."""
    listed = ",".join(map(str, brokers))
    told = run_tool(
        NAME, "kafka-log-dirs", ["--describe", "--broker-list", listed, "--topic-list", TOPIC]
    )
    document = json.loads(next(line for line in told.stdout.splitlines() if line.startswith("{")))
    sizes = [
        [p["size"] for d in b["logDirs"] for p in d["partitions"]] for b in document["brokers"]
    ]
    return sum(map(sum, sizes)), sum(map(len, sizes))


def _in_sync() -> bool:
    told = run_tool(NAME, "kafka-topics", ["--describe", "--under-replicated-partitions"])
    return told.returncode == 0 and not told.stdout.strip()


def _until(holds: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {seconds:g} s: {what}")
        time.sleep(0.5)


if __name__ == "__main__":
    raise SystemExit(main())
