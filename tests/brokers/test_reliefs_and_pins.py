"""A relief and a drain with pins on real brokers: what was planned moves, what was pinned stays, and nothing else."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from support.live_admin import admin_client, client_settings, done
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

TOPIC = "relieved-orders"


@pytest.fixture
def crowded(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """A topic of six partitions, single replicas: four on broker 1, two on broker 2."""
    admin = admin_client(sandbox.connection)
    done(
        admin.create_topics(
            [NewTopic(TOPIC, 6, replica_assignment=[[1 + n // 4] for n in range(6)])]
        )
    )
    producer = Producer(client_settings(sandbox.connection))
    for number in range(600):
        producer.produce(TOPIC, b"x" * 1_000, partition=number % 6)
    assert producer.flush(30) == 0
    yield sandbox
    done(admin.delete_topics([TOPIC]))


def layout_of(live: Live, file: Path) -> dict[str, Any]:
    """Save the layout of the cluster; return it."""
    live.done("reassignment", "snapshot", str(file))
    return json.loads(file.read_text())


def test_a_drain_moves_all_but_what_is_pinned(
    crowded: RunningSandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    live = Live(crowded, capsys)
    words = ("reassignment", "plan", "drain", "--brokers", "1", "--topics", TOPIC)
    planned = live.steward(*words, "--pin", f"{TOPIC}:0-1")
    assert planned.code == 5, planned.document
    stays = planned.data["staying"]
    assert {(r["partition"], r["broker"], r["reason"]) for r in stays if r["topic"] == TOPIC} == {
        (0, 1, "pinned"), (1, 1, "pinned"),
    }  # fmt: skip
    assert {r["reason"] for r in stays if r["topic"] != TOPIC} <= {"not_selected"}
    assert planned.data["brokers_emptied"] == []
    live.done("plan", "execute", planned.data["id"], "--yes")
    rows = layout_of(live, tmp_path / "after.json")["topics"][TOPIC]
    assert {row[0] for row in rows if 1 in row[2]} == {0, 1}
    rest = live.steward(*words)
    assert {(m["topic"], m["partition"]) for m in rest.data["moves"]} == {(TOPIC, 0), (TOPIC, 1)}


def test_a_relief_moves_as_little_as_brings_the_broker_below_its_share(
    crowded: RunningSandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The sandbox's brokers share one disk, so the plan is over their layout with a disk of its own for each."""
    live = Live(crowded, capsys)
    layout = layout_of(live, tmp_path / "layout.json")
    mine = {row[0]: row[4] for row in layout["topics"][TOPIC]}
    assert min(mine.values()) > 90_000
    limits: dict[int, float] = {}
    for broker in layout["brokers"]:
        others = sum(
            row[4] for topic, rows in layout["topics"].items() if topic != TOPIC
            for row in rows if broker["id"] in row[2]
        )  # fmt: skip
        broker |= {"disk_bytes": others + 500_000, "disk_other_bytes": 0}
        limits[broker["id"]] = 100 * (others + 260_000) / (others + 500_000)
    (tmp_path / "disks.json").write_text(json.dumps(layout))
    out = str(tmp_path / "plan.json")
    ended = live.steward(
        "reassignment", "plan", "relieve", "--brokers", "1", "--below", f"{limits[1]:.6f}", "--topics", TOPIC,
        "--snapshot", str(tmp_path / "disks.json"), "--out", out,
    )  # fmt: skip
    assert ended.code == 0, ended.document
    plan = ended.data
    assert len(plan["moves"]) == 2, "four replicas of 100 kB, and room for two and a half"
    assert plan["bytes_moved"] == sum(sorted(mine[n] for n in range(4))[:2])
    assert plan["lower_bound_bytes"] > 0
    live.kafka("kafka-reassign-partitions", "--execute", "--reassignment-json-file", out)
    deadline = time.monotonic() + 60
    while live.done("reassignment", "list")["reassignments"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    held = [row for row in layout_of(live, tmp_path / "after.json")["topics"][TOPIC] if 1 in row[2]]
    assert sum(row[4] for row in held) <= 260_000
