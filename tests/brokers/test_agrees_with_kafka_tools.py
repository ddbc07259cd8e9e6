"""What steward lists and describes is what Apache Kafka's own tools say of the same cluster."""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import AdminClient, NewTopic

import steward.__main__ as entry
from steward.sandbox.tools import run_tool
from support.live_admin import admin_client, client_settings, commit, done
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC, GROUP, IDLE = "agree-orders", "agree-billing", "agree-idle"
RECORDS = 400


@pytest.fixture(scope="module")
def busy(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """A topic with records, a group with a live member and commits in the middle, and one without members."""
    admin = admin_client(sandbox.connection)
    done(admin.create_topics([NewTopic(TOPIC, 4, 3, config={"min.insync.replicas": "2"})]))
    settings = client_settings(sandbox.connection)
    producer = Producer(settings)
    for number in range(RECORDS):
        producer.produce(TOPIC, key=str(number), value=b"x" * 100, partition=number % 4)
    assert producer.flush(30) == 0
    idle = Consumer({**settings, "group.id": IDLE})
    commit(idle, [Position(TOPIC, 0, 10), Position(TOPIC, 1, 100)])
    idle.close()
    stop = threading.Event()
    member = _Member(settings, stop)
    member.start()
    assert member.has_committed.wait(60)
    yield sandbox
    stop.set()
    member.join(30)
    _delete_groups(admin)
    done(admin.delete_topics([TOPIC]))


def _delete_groups(admin: AdminClient) -> None:
    """A static member does not leave when it closes: its session has to run out."""
    deadline = time.monotonic() + 60
    done(admin.delete_consumer_groups([IDLE]))
    while True:
        try:
            return done(admin.delete_consumer_groups([GROUP]))
        except KafkaException as fault:
            if fault.args[0].code() != KafkaError.NON_EMPTY_GROUP or time.monotonic() > deadline:
                raise
        time.sleep(0.3)


class _Member(threading.Thread):
    """Joins the group, commits in the middle of every partition, and stays."""

    def __init__(self, settings: Mapping[str, object], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._stopped = stop
        self._settings = {
            **settings, "group.id": GROUP, "client.id": "teller", "enable.auto.commit": False,
            "group.instance.id": "teller-1", "session.timeout.ms": 6000,
        }  # fmt: skip
        self.has_committed = threading.Event()

    def run(self) -> None:
        consumer = Consumer(self._settings)
        consumer.subscribe([TOPIC])
        while not self._stopped.is_set():
            consumer.poll(0.2)
            if not self.has_committed.is_set() and len(consumer.assignment()) == 4:
                commit(consumer, [Position(TOPIC, p, 40 + p) for p in range(4)])
                self.has_committed.set()
        consumer.close()


class Steward:
    """Runs the command line in this process and returns its JSON."""

    def __init__(self, capsys: pytest.CaptureFixture[str], cluster: str) -> None:
        self._capsys, self._cluster = capsys, cluster

    def __call__(self, *words: str, code: int = 0, extra: Sequence[str] = ()) -> Any:
        self._capsys.readouterr()
        cluster = extra or ("--cluster", self._cluster)
        found = entry.run([*words, "-o", "json", *cluster])
        out, err = self._capsys.readouterr()
        assert found == code, err
        return json.loads(out)


@pytest.fixture
def steward(busy: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> Steward:
    return Steward(capsys, busy.name)


def tool(name: str, tool_name: str, *arguments: str) -> str:
    ran = run_tool(name, tool_name, arguments)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return ran.stdout


def table(text: str, first: str) -> list[dict[str, str]]:
    """Read a table of a tool whose cells hold no blanks."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    start = next(i for i, cells in enumerate(lines) if cells and cells[0] == first)
    head = lines[start]
    return [dict(zip(head, cells, strict=False)) for cells in lines[start + 1 :] if len(cells) > 1]


def test_the_same_topics(steward: Steward, busy: RunningSandbox):
    listed = steward("topic", "list", "--internal")["data"]["topics"]
    assert {t["name"] for t in listed} == set(tool(busy.name, "kafka-topics", "--list").split())
    own = tool(busy.name, "kafka-topics", "--list", "--exclude-internal").split()
    assert {t["name"] for t in steward("topic", "list")["data"]["topics"]} == set(own)


def test_the_same_partitions(steward: Steward, busy: RunningSandbox):
    text = tool(busy.name, "kafka-topics", "--describe", "--topic", TOPIC)
    theirs = [
        {
            "partition": int(p), "leader": int(leader), "replicas": _ids(replicas), "isr": _ids(isr),
        }
        for p, leader, replicas, isr in re.findall(
            r"Partition: (\d+)\s+Leader: (\d+)\s+Replicas: ([\d,]+)\s+Isr: ([\d,]+)", text
        )
    ]  # fmt: skip
    (ours,) = steward("topic", "describe", TOPIC)["data"]["topics"]
    keys = ("partition", "leader", "replicas", "isr")
    assert [{key: p[key] for key in keys} for p in ours["partitions"]] == theirs
    assert f"TopicId: {ours['summary']['topic_id']}" in text
    assert sum(p["end_offset"] for p in ours["partitions"]) == RECORDS
    assert {g["group"] for g in ours["groups"]} == {GROUP, IDLE}


def _ids(text: str) -> list[int]:
    return [int(id) for id in text.split(",")]


def test_the_same_sizes(steward: Steward, busy: RunningSandbox):
    text = tool(busy.name, "kafka-log-dirs", "--describe", "--topic-list", TOPIC)
    document = json.loads(text[text.index("{") :])
    sizes = [
        partition["size"]
        for broker in document["brokers"]
        for log_dir in broker["logDirs"]
        for partition in log_dir["partitions"]
    ]
    (row,) = steward("topic", "list", TOPIC, "--size")["data"]["topics"]
    assert row["size_bytes"] == sum(sizes) > 0


def test_the_same_configuration(steward: Steward, busy: RunningSandbox):
    words = ("--describe", "--entity-type", "topics", "--entity-name", TOPIC, "--all")
    theirs = dict(
        re.findall(
            r"^  ([\w.]+)=(.*?) sensitive=", tool(busy.name, "kafka-configs", *words), re.MULTILINE
        )
    )
    (ours,) = steward("topic", "describe", TOPIC, "--all-configs")["data"]["topics"]
    assert {row["name"]: row["value"] or "" for row in ours["configs"]} == theirs
    assert ours["configs"][0]["name"] == "min.insync.replicas"


@pytest.mark.parametrize("group", [GROUP, IDLE])
def test_the_same_lag(group: str, steward: Steward, busy: RunningSandbox):
    text = tool(busy.name, "kafka-consumer-groups", "--describe", "--group", group)
    theirs = {
        int(row["PARTITION"]): (row["CURRENT-OFFSET"], row["LOG-END-OFFSET"], row["LAG"])
        for row in table(text, "GROUP")
    }
    (ours,) = steward("group", "describe", group)["data"]["groups"]
    assert {
        p["partition"]: (str(p["committed_offset"]), str(p["end_offset"]), str(p["lag_records"]))
        for p in ours["partitions"]
    } == theirs
    assert ours["summary"]["lag_records"] == sum(int(lag) for _, _, lag in theirs.values())


def test_the_same_members(steward: Steward, busy: RunningSandbox):
    words = ("--describe", "--members", "--verbose", "--group", GROUP)
    text = tool(busy.name, "kafka-consumer-groups", *words)
    (theirs,) = table(text, "GROUP")
    (group,) = steward("group", "describe", GROUP)["data"]["groups"]
    (ours,) = group["members"]
    assert ours["member"] == theirs["CONSUMER-ID"]
    assert ours["client_id"] == theirs["CLIENT-ID"] == "teller"
    assert ours["instance_id"] == theirs["GROUP-INSTANCE-ID"] == "teller-1"
    assert ours["partitions"] == int(theirs["#PARTITIONS"]) == 4


def test_the_same_groups_and_states(steward: Steward, busy: RunningSandbox):
    text = tool(busy.name, "kafka-groups", "--list")
    theirs = {row["GROUP"]: row["TYPE"].lower() for row in table(text, "GROUP")}
    ours = steward("group", "list")["data"]["groups"]
    assert {row["group"]: row["type"] for row in ours} == theirs
    text = tool(busy.name, "kafka-consumer-groups", "--list", "--state")
    states = {row["GROUP"]: row["STATE"] for row in table(text, "GROUP")}
    assert {r["group"]: r["state"] for r in ours if r["group"] in states} == states
    behind = steward("group", "list", "--lag", ">0", "--state", "Empty")["data"]["groups"]
    assert IDLE in {row["group"] for row in behind}
    assert GROUP not in {row["group"] for row in behind}


def test_the_same_quorum(steward: Steward, busy: RunningSandbox):
    text = tool(busy.name, "kafka-metadata-quorum", "describe", "--status")
    theirs = dict(re.findall(r"^(\w+):\s+(\S+)", text, re.MULTILINE))
    document = steward("quorum", "describe")
    ours = document["data"]
    assert document["cluster"]["id"] == theirs["ClusterId"]
    assert ours["summary"]["leader_id"] == int(theirs["LeaderId"])
    assert ours["summary"]["leader_epoch"] == int(theirs["LeaderEpoch"])
    assert ours["summary"]["high_watermark"] >= int(theirs["HighWatermark"])
    assert ours["summary"]["may_fail"] == 1
    assert [v["id"] for v in ours["voters"]] == [b.id for b in busy.status.brokers]


def test_the_cluster_at_a_glance(steward: Steward, busy: RunningSandbox):
    ours = steward("cluster", "describe")["data"]
    assert ours["id"] == busy.status.cluster_id
    assert busy.status.kafka_version.startswith(ours["kafka_version"])
    assert ours["brokers"]["registered"] == len(busy.status.brokers)
    assert ours["brokers"]["racks"] == sorted(b.rack for b in busy.status.brokers)
    assert ours["access"]["authorizer"] is False
    text = tool(busy.name, "kafka-features", "describe")
    theirs = re.findall(r"Feature: (\S+)\s.*FinalizedVersionLevel: (\S+)", text)
    levels = {name: level for name, level in theirs if level.isdigit()}
    found = {f["feature"]: str(f["level"]) for f in ours["features"]}
    assert {name: found[name] for name in levels if name != "metadata.version"} == {
        name: level for name, level in levels.items() if name != "metadata.version"
    }


def test_brokers_lead_and_hold_what_the_topics_say(steward: Steward):
    brokers = steward("broker", "list")["data"]["brokers"]
    topics = steward("topic", "list", "--internal")["data"]["topics"]
    assert sum(b["leaders"] for b in brokers) == sum(t["partitions"] for t in topics)
    assert all(b["status"] == "running" and 0 < b["disk_used_percent"] < 100 for b in brokers)
    (described,) = steward("broker", "describe", str(brokers[0]["id"]))["data"]["brokers"]
    assert described["log_dirs"][0]["error"] is None
    assert "agree-orders" in {t["topic"] for t in described["largest_topics"]}


def test_a_missing_topic_is_not_created(steward: Steward):
    assert steward("topic", "describe", "agree-order", code=1)["errors"][0]["remedy"].startswith(
        f"did you mean {TOPIC}"
    )
    names = {t["name"] for t in steward("topic", "list")["data"]["topics"]}
    assert "agree-order" not in names
