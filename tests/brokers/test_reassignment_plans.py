"""A rebalance planned on real brokers and carried out by Kafka's own tool: it moves what was said, and then rests."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from support.live_admin import admin_client, client_settings, done
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

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
    words = (
        "reassignment",
        "plan",
        "partition-placement",
        "--topics",
        TOPIC,
    )  # other topics do not count
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


def test_an_even_spread_takes_no_more_than_the_stock_tools_own_proposal(
    crowded: RunningSandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Both see the same cluster and the same topics-to-move file; steward judges both, by the sizes of the brokers."""
    monkeypatch.chdir(tmp_path)
    live = Live(crowded, capsys)
    words = ("reassignment", "plan", "partition-placement", "--topics")
    live.done(*words, TOPIC, "--topics-out", "topics.json")
    listed = json.loads((tmp_path / "topics.json").read_text())
    assert listed == {"version": 1, "topics": [{"topic": TOPIC}]}
    ours = live.done(*words[:-1], "--topics-file", "topics.json")
    said = live.kafka(
        "kafka-reassign-partitions", "--generate", "--broker-list", "1,2,3",
        "--topics-to-move-json-file", str(tmp_path / "topics.json"),
    )  # fmt: skip
    current, proposed = (line for line in said.splitlines() if line.startswith("{"))
    (tmp_path / "theirs.json").write_text(proposed)
    theirs = live.done("reassignment", "plan", "balance", "--json", "theirs.json")
    assert 0 < ours["bytes_moved"] == ours["lower_bound_bytes"]
    spread = {
        name: p["topic_spread"]["misplaced"] for name, p in (("ours", ours), ("theirs", theirs))
    }
    assert spread["ours"] == 0
    assert spread["theirs"] or theirs["bytes_moved"] >= ours["bytes_moved"], (
        "no even spread takes less"
    )
    before = {
        (p["topic"], p["partition"]): p["replicas"] for p in json.loads(current)["partitions"]
    }
    assert all(before[m["topic"], m["partition"]] == m["before"] for m in ours["moves"])


def test_another_replication_factor_is_what_kafka_then_shows(
    crowded: RunningSandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    live = Live(crowded, capsys)
    words = (
        "reassignment",
        "plan",
        "change-replication-factor",
        "--topics",
        TOPIC,
        "--replication-factor",
    )
    for factor in ("3", "2"):
        plan = live.done(*words, factor, "--out", "plan.json")
        assert len(plan["moves"]) == 6
        file = str(tmp_path / "plan.json")
        live.kafka("kafka-reassign-partitions", "--execute", "--reassignment-json-file", file)
        deadline = time.monotonic() + 60
        while live.done("reassignment", "list")["reassignments"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        rows = live.kafka("kafka-topics", "--describe", "--topic", TOPIC)
        assert f"ReplicationFactor: {factor}" in rows
        assert live.done(*words, factor)["moves"] == []
    refused = live.steward(*words, "4")
    assert (refused.code, refused.document["errors"][0]["code"]) == (
        4,
        "replication_factor_above_brokers",
    )
    assert "factor of 3" in refused.told
