"""What a live consumer says of itself turns a suspicion into proof: librdkafka's statistics, from its callback."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

from support.live_admin import admin_client, client_settings, done
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC, GROUP = "statistics-orders", "statistics-billing"


class Application:
    """Writes to two partitions and consumes both, until it pauses the first; its statistics go to a file."""

    def __init__(self, sandbox: RunningSandbox, statistics: Path) -> None:
        settings = client_settings(sandbox.connection)
        self._producer = Producer({**settings, "linger.ms": 0})
        self._file = statistics.open("w", buffering=1)
        self._consumer = Consumer(
            {
                **settings, "group.id": GROUP, "client.id": "billing-1", "auto.offset.reset": "earliest",
                "auto.commit.interval.ms": 500, "statistics.interval.ms": 1_000,
                "stats_cb": lambda text: self._file.write(text + "\n"),
            }
        )  # fmt: skip
        self._stop = threading.Event()
        self.paused = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._write, self._consume)]
        for thread in self._threads:
            thread.start()

    def _write(self) -> None:
        while not self._stop.wait(0.05):
            for partition in (0, 1):
                self._producer.produce(TOPIC, b"x", partition=partition)
            self._producer.poll(0)

    def _consume(self) -> None:
        self._consumer.subscribe([TOPIC])
        consumed = {0: 0, 1: 0}
        while not self._stop.is_set():
            record = self._consumer.poll(0.2)
            if record is not None and record.error() is None:
                consumed[record.partition() or 0] += 1
            if not self.paused.is_set() and min(consumed.values()) > 40:
                self._consumer.pause([TopicPartition(TOPIC, 0)])
                self.paused.set()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._consumer.close()
        self._producer.flush(10)
        self._file.close()


@pytest.fixture
def application(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Application]:
    admin = admin_client(sandbox.connection)
    done(admin.create_topics([NewTopic(TOPIC, 2, 1)]))
    running = Application(sandbox, tmp_path / "statistics.json")
    yield running
    running.end()
    done(admin.delete_consumer_groups([GROUP]))
    done(admin.delete_topics([TOPIC]))


def test_a_pause_that_the_consumer_reports_is_known(
    application: Application,
    sandbox: RunningSandbox,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert application.paused.wait(60)
    file = str(tmp_path / "statistics.json")
    said = Live(sandbox, capsys).done(
        "diagnose", GROUP, "--objective", "5s", "--client-stats", file
    )
    verdict = said["verdict"]
    assert (verdict["cause"], verdict["confidence"]) == ("partition_paused", "known")
    assert f"{TOPIC}-0" in verdict["summary"]
