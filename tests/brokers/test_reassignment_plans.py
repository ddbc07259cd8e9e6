"""A rebalance planned on real brokers and carried out by Kafka's own tool: it moves what was said, and then rests."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from conftest import RunningSandbox
from support.live_admin import admin_client, client_settings, done
from support.live_changes import Live

pytestmark = pytest.mark.brokers

TOPIC = "rebalance-orders"


@pytest.fixture
def crowded(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """A topic of six partitions, single replicas, all of them on brokers 1 and 2."""
    admin = admin_client(sandbox.connection)
    assignment = [[1 + n % 2] for n in range(6)]
    done(admin.create_topics([NewTopic(TOPIC, 6, replica_assignment=assignment)]))
    producer = Producer(client_settings(sandbox.connection))
    for number in range(600):
        producer.produce(TOPIC, b"x" * 1_000, partition=number % 6)
    assert producer.flush(30) == 0
    yield sandbox
    done(admin.delete_topics([TOPIC]))


def test_what_is_planned_is_what_moves(
    crowded: RunningSandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    live = Live(crowded, capsys)
    words = ("reassignment", "plan", "balance", "--topics", TOPIC, "--tolerance", "40")
    plan = live.done(*words, "--out", "plan.json", "--rollback", "back.json")
    assert plan["replicas_moved"] >= 1
    file = str(tmp_path / "plan.json")
    live.kafka("kafka-reassign-partitions", "--execute", "--reassignment-json-file", file)
    deadline = time.monotonic() + 60
    while live.done("reassignment", "list")["reassignments"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    said = live.kafka("kafka-reassign-partitions", "--verify", "--reassignment-json-file", file)
    assert said.count("is completed") == len(plan["moves"])
    again = live.done(*words)
    assert again["bytes_moved"] == 0
    back = live.done("reassignment", "plan", "balance", "--json", str(tmp_path / "back.json"))
    assert back["replicas_moved"] == plan["replicas_moved"]
