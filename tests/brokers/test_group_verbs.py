"""Groups changed on real brokers: every form of --to is what kafka-consumer-groups makes of it; readers are safe."""

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import NewTopic

from support.live_admin import admin_client, client_settings, commit, done
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC, OTHER, GROUP, BUSY = "verbs-orders", "verbs-returns", "verbs-idle", "verbs-busy"
PARTITIONS, RECORDS, COMMITTED = 3, 100, 40
FIRST_MS = 1_764_000_000_000
STEP_MS = 1_000


@pytest.fixture(scope="module")
def filled(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """Topics with records of known times, and a group without members that stands in the middle."""
    admin = admin_client(sandbox.connection)
    kept = {
        "retention.ms": "-1"
    }  # the records' times are past: a broker that cleans up would delete them
    done(admin.create_topics([NewTopic(TOPIC, PARTITIONS, 3, config=kept), NewTopic(OTHER, 1, 1)]))
    settings = client_settings(sandbox.connection)
    producer = Producer(settings)
    for number in range(PARTITIONS * RECORDS):
        at_ms = FIRST_MS + number // PARTITIONS * STEP_MS
        producer.produce(TOPIC, value=b"x", partition=number % PARTITIONS, timestamp=at_ms)
    producer.produce(OTHER, value=b"x")
    assert producer.flush(30) == 0
    consumer = Consumer({**settings, "group.id": GROUP})
    commit(consumer, [Position(TOPIC, p, COMMITTED) for p in range(PARTITIONS)])
    consumer.close()
    yield sandbox
    done(admin.delete_topics([TOPIC, OTHER]))


@pytest.fixture
def live(filled: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> Live:
    return Live(filled, capsys)


def _kafkas_time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000")


@pytest.mark.parametrize(
    ("ours", "kafkas"),
    [
        (("--to", "start"), ("--to-earliest",)),
        (("--to", "end"), ("--to-latest",)),
        (("--to", "77"), ("--to-offset", "77")),
        (("--to", "1000"), ("--to-offset", "1000")),
        (("--to", "-15"), ("--shift-by", "-15")),
        (("--to", f"@{FIRST_MS + 30 * STEP_MS}"), ("--to-datetime", _kafkas_time(FIRST_MS + 30 * STEP_MS))),
        (("--to", "@-3650d"), ("--by-duration", "P3650D")),
    ],
)  # fmt: skip
def test_each_form_is_what_kafkas_tool_makes_of_it(
    live: Live, ours: tuple[str, ...], kafkas: tuple[str, ...]
) -> None:
    planned = live.done("group", "reset-offsets", GROUP, *ours, "--dry-run")
    words = ("--group", GROUP, "--reset-offsets", "--all-topics", "--dry-run", *kafkas)
    rows = live.table("kafka-consumer-groups", *words)
    theirs = {(r["TOPIC"], int(r["PARTITION"])): int(r["NEW-OFFSET"]) for r in rows}
    assert len(theirs) == PARTITIONS
    assert {(r["topic"], r["partition"]): r["new_offset"] for r in planned["offsets"]} == theirs


def test_a_time_after_every_record_is_refused_where_kafkas_tool_jumps_to_the_end(
    live: Live,
) -> None:
    refused = live.steward("group", "reset-offsets", GROUP, "--to", "@-1m", "--dry-run")
    assert refused.code == 4
    assert {one["object"]["name"] for one in refused.data["impossible"]} == {
        f"{TOPIC}-{number}" for number in range(PARTITIONS)
    }
    assert all("--to latest" in one["remedy"] for one in refused.data["impossible"])


def _committed(live: Live, group: str) -> dict[int, int]:
    rows = live.table("kafka-consumer-groups", "--describe", "--group", group, "--offsets")
    return {int(r["PARTITION"]): int(r["CURRENT-OFFSET"]) for r in rows if r["TOPIC"] == TOPIC}


def test_a_reset_is_done_seen_by_kafkas_tool_and_undone(live: Live) -> None:
    at_ms = FIRST_MS + 20 * STEP_MS
    words = ("group", "reset-offsets", GROUP, "--to", f"@{at_ms}")
    refused = live.steward(*words)
    assert refused.code == 4
    assert "pass --yes" in refused.told
    moved = live.done(*words, "--yes")
    assert moved["execution"]["outcome"] == "done"
    assert (moved["skipped_records"], moved["read_again_records"]) == (0, PARTITIONS * 20)
    row = moved["offsets"][0]
    assert row["current_time"] == _iso(FIRST_MS + COMMITTED * STEP_MS)
    assert row["new_time"] == _iso(at_ms)
    assert _committed(live, GROUP) == dict.fromkeys(range(PARTITIONS), 20)
    live.done("plan", "undo", moved["id"], "--yes")
    assert _committed(live, GROUP) == dict.fromkeys(range(PARTITIONS), COMMITTED)


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class _Member(threading.Thread):
    """A static member that commits a topic which it does not read, and stays."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(daemon=True)
        self._settings = {
            **settings, "group.id": BUSY, "client.id": "teller", "group.instance.id": "teller-1",
            "enable.auto.commit": False, "session.timeout.ms": 45_000,
        }  # fmt: skip
        self.is_assigned = threading.Event()
        self.over = threading.Event()

    def run(self) -> None:
        consumer = Consumer(self._settings)
        consumer.subscribe([TOPIC])
        while not self.over.is_set():
            consumer.poll(0.2)
            if not self.is_assigned.is_set() and consumer.assignment():
                commit(consumer, [Position(TOPIC, 0, 5), Position(OTHER, 0, 1)])
                self.is_assigned.set()
        consumer.close()  # a static member stays in the group until its session ends


def test_a_group_with_members_keeps_what_they_read_and_lets_go_what_they_dropped(
    live: Live,
) -> None:
    member = _Member(client_settings(live.sandbox.connection))
    member.start()
    assert member.is_assigned.wait(60)
    for words in (("reset-offsets", BUSY, "--to", "end"), ("delete", BUSY)):
        refused = live.steward("group", *words, "--yes")
        assert refused.code == 4
        assert "teller on 127.0.0.1" in refused.told
    forgotten = live.done("group", "delete-offsets", BUSY, "--yes")
    assert forgotten["execution"]["outcome"] == "done"
    rows = live.table("kafka-consumer-groups", "--describe", "--group", BUSY, "--offsets")
    assert {r["TOPIC"] for r in rows} == {TOPIC}
    member.over.set()
    member.join(30)
    removed = live.done("group", "remove-member", BUSY, "teller-1", "--yes")
    assert removed["execution"]["outcome"] == "done"
    state = live.table("kafka-consumer-groups", "--describe", "--group", BUSY, "--state")
    assert "Empty" in {value for row in state for value in row.values()}
    live.done("group", "delete", BUSY, "--yes")
    assert BUSY not in live.kafka("kafka-consumer-groups", "--list").split()
