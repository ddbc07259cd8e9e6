"""A consumer that assigns partitions to itself and commits: healthy, and said to have no membership."""

import json
import threading
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import NewTopic

import steward.__main__ as entry
from support.live_admin import admin_client, client_settings, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC, GROUP = "simple-orders", "simple-billing"


class _Worker(threading.Thread):
    """Produces, reads by assign() and commits what it read, until it is stopped."""

    def __init__(self, settings: dict[str, object], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._settings = settings
        self._stopped = stop
        self.has_committed = threading.Event()

    def run(self) -> None:
        producer = Producer(self._settings)
        consumer = Consumer(
            {**self._settings, "group.id": GROUP, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
        )  # fmt: skip
        consumer.assign([Position(TOPIC, 0, 0)])
        while not self._stopped.is_set():
            producer.produce(TOPIC, b"v")
            producer.flush(5)
            message = consumer.poll(1.0)
            if message is not None and message.error() is None:
                consumer.commit(message, asynchronous=False)
                self.has_committed.set()
        consumer.close()


@pytest.fixture(scope="module")
def simple(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    admin = admin_client(sandbox.connection)
    done(admin.create_topics([NewTopic(TOPIC, 1, 1)]))
    stop = threading.Event()
    worker = _Worker(client_settings(sandbox.connection), stop)
    worker.start()
    assert worker.has_committed.wait(60)
    yield sandbox
    stop.set()
    worker.join(30)
    done(admin.delete_consumer_groups([GROUP]))
    done(admin.delete_topics([TOPIC]))


def test_lag_flags_it_and_the_diagnosis_says_so(
    simple: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry.run(["lag", GROUP, "--cluster", simple.name, "-o", "json"]) == 0
    (group,) = json.loads(capsys.readouterr().out)["data"]["groups"]
    assert "simple_consumer" in group["flags"]
    assert group["status"] == "ok"
    assert entry.run(["diagnose", GROUP, "--cluster", simple.name, "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["data"]
    assert found["verdict"]["cause"] == "healthy"
    assert any("assign()" in note for note in found["notes"])
