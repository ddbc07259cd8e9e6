"""Advice on partitions from real brokers: what a producer writes is measured, and the hot partition is named."""

import time
from collections.abc import Iterator
from threading import Event, Thread

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from support.live_admin import admin_client, client_settings, done
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC, HOT, RECORD = "advised-orders", 2, b"x" * 20_000
RATE = 2_000_000
"""Bytes a second that are written to the hot partition."""


@pytest.fixture
def pressed(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """A topic of four partitions, one of which takes in everything as long as the test runs."""
    admin = admin_client(sandbox.connection)
    done(admin.create_topics([NewTopic(TOPIC, 4, 1)]))
    producer = Producer(client_settings(sandbox.connection))
    for partition in range(4):
        producer.produce(TOPIC, RECORD, partition=partition)
    assert producer.flush(30) == 0
    over = Event()

    def write() -> None:
        while not over.wait(len(RECORD) / RATE):
            producer.produce(TOPIC, RECORD, partition=HOT)
            producer.poll(0)

    writer = Thread(target=write)
    writer.start()
    yield sandbox
    over.set()
    writer.join(30)
    producer.flush(30)
    done(admin.delete_topics([TOPIC]))


def test_the_hot_partition_is_named_with_its_rate(
    pressed: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    live = Live(pressed, capsys)
    began = time.monotonic()
    data = live.done("topic", "advise", TOPIC, "--window", "5s")
    assert time.monotonic() - began >= 5
    (figures,) = data["topics"]
    assert 0 < figures["bytes_per_second"] < 1.2 * RATE, "never more than is written"
    assert figures["fastest_bytes_per_second"] == pytest.approx(
        figures["bytes_per_second"], rel=0.05
    )
    skew = next(a for a in data["advice"] if a["kind"] == "skewed_by_rate")
    assert skew["summary"].startswith(f"partition {HOT} receives nearly everything")
    assert f"--partition {HOT}" in skew["remedy"]["command"]
    once = live.done("topic", "advise", TOPIC, "--window", "0")
    assert once["topics"][0]["bytes_per_second"] is None
