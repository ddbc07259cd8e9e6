"""Topics changed on a secured cluster, as Kafka's tools see it; used ones stay, deleted ones can be made again."""

import re
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position

from support.live_admin import admin_client, client_settings, commit, done
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC, GROUP = "verbs-made", "verbs-reader"


@pytest.fixture(scope="module")
def cluster(secure_sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    yield secure_sandbox
    admin = admin_client(secure_sandbox.connection)
    left = [t for t in admin.list_topics(timeout=30).topics if t == TOPIC]
    if left:
        done(admin.delete_topics(left))


@pytest.fixture
def live(cluster: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> Live:
    return Live(cluster, capsys)


def _described(live: Live) -> dict[str, str]:
    """Read what kafka-topics says of the topic as a whole."""
    line = live.kafka("kafka-topics", "--describe", "--topic", TOPIC).splitlines()[0]
    return dict(re.findall(r"(\w+): (\S*)", line))


def test_a_topic_lives_from_creation_to_restoration(live: Live) -> None:
    create = (
        "topic",
        "create",
        TOPIC,
        "--partitions",
        "2",
        "--retention",
        "7d",
        "--min-insync-replicas",
        "2",
    )
    assert live.steward(*create).code == 4
    live.done(*create, "--yes")
    made = _described(live)
    assert (made["PartitionCount"], made["ReplicationFactor"]) == ("2", "3")
    assert "retention.ms=604800000" in made["Configs"]
    assert live.done(*create, "--yes")["steps"] == []

    live.done(
        "topic",
        "alter",
        TOPIC,
        "--retention",
        "3d",
        "--partitions",
        "3",
        "--set",
        "max.message.bytes=2MiB",
        "--yes",
    )
    altered = _described(live)
    assert altered["PartitionCount"] == "3"
    assert {"retention.ms=259200000", "max.message.bytes=2097152"} <= set(
        altered["Configs"].split(",")
    )
    assert live.steward("topic", "alter", TOPIC, "--partitions", "2", "--yes").code == 4

    _fill_and_read(live)
    trimmed = live.done("topic", "trim", TOPIC, "--before", "5", "--partitions", "0", "--yes")
    assert trimmed["deleted_records"] == 5
    starts = live.kafka("kafka-get-offsets", "--topic", TOPIC, "--time", "-2").split()
    assert f"{TOPIC}:0:5" in starts

    used = live.done("topic", "delete", TOPIC, "--dry-run")
    answers = {e["question"]: e["answer"] for e in used["evidence"]}
    assert answers["groups"] == "in_use"
    assert used["disuse"] == ""

    live.done("topic", "quarantine", TOPIC, "--yes")
    _cannot_write(live)
    live.done("group", "delete", GROUP, "--yes")
    gone = live.done("topic", "delete", TOPIC, "--yes")
    assert [s["kind"] for s in gone["steps"]] == ["DeleteTopics", "DeleteAcls", "DeleteAcls"]
    assert TOPIC not in live.kafka("kafka-topics", "--list").split()
    assert TOPIC not in live.kafka("kafka-acls", "--list")

    live.done("topic", "restore", TOPIC, "--yes")
    back = _described(live)
    assert (back["PartitionCount"], back["ReplicationFactor"]) == ("3", "3")
    assert "retention.ms=259200000" in back["Configs"]


def _fill_and_read(live: Live) -> None:
    settings = client_settings(live.sandbox.connection)
    producer = Producer(settings)
    for number in range(10):
        producer.produce(TOPIC, value=str(number), partition=0)
    assert producer.flush(30) == 0
    consumer = Consumer({**settings, "group.id": GROUP})
    commit(consumer, [Position(TOPIC, 0, 3)])
    consumer.close()


def _cannot_write(live: Live) -> None:
    """Whoever is no super user is shut out; the sandbox's administrator is one, so ask the authorizer's list."""
    acls = live.kafka("kafka-acls", "--list", "--topic", TOPIC)
    assert "principal=User:*, host=*, operation=WRITE, permissionType=DENY" in acls
    assert "principal=User:*, host=*, operation=READ, permissionType=DENY" in acls


def test_a_namesake_that_came_since_is_not_deleted(live: Live) -> None:
    name = "verbs-namesake"
    create = ("topic", "create", name, "--partitions", "1", "--retention", "1d", "--yes")
    live.done(*create)
    plan = live.done("topic", "delete", name, "--dry-run")
    admin = admin_client(live.sandbox.connection)
    done(admin.delete_topics([name]))
    _created_again(live, create)
    stale = live.steward("plan", "execute", plan["id"], "--yes")
    assert stale.code == 6
    assert "topic_id was" in stale.told
    assert name in live.kafka("kafka-topics", "--list").split()
    done(admin.delete_topics([name]))


def _created_again(live: Live, create: tuple[str, ...]) -> None:
    """The deletion of the namesake may still be on its way to the broker that is asked."""
    deadline = time.monotonic() + 30
    while True:
        ended = live.steward(*create)
        if ended.code == 0 and ended.data["execution"] is not None:
            return
        assert time.monotonic() < deadline, ended.document
        time.sleep(0.2)
