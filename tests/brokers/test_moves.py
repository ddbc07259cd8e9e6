"""Partitions moved on real brokers: Kafka's own tools see them arrive, through a kill, a cancel, others, a death."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from steward.change.execution.moves.dependencies import MoverDependencies
from steward.model.change import Change, ReassignPartition
from steward.model.names import TopicPartition
from steward.model.plan import PlanOutcome
from steward.sandbox.cluster import broker_kill, broker_start
from support.live_admin import admin_client, client_settings, done
from support.live_changes import Live
from support.live_execution import ALLOW, LiveExecution
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

TOPIC = "moves-orders"
PARTITIONS = 4
BEFORE = [2, 1]
AFTER = [3, 1]
RECORD = b"x" * 10_000
SLOW_BYTES_PER_SECOND = 10_000
"""After what one fetch brings at once, a copy takes minutes."""
WITHIN_SECONDS = 90

Placed = Mapping[int, list[int]]


class Moves:
    """One topic of a live sandbox, whose copies a test can make slow."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self._admin = admin_client(live.sandbox.connection)

    def create(self) -> None:
        assignment = [BEFORE] * PARTITIONS
        done(
            self._admin.create_topics([NewTopic(TOPIC, PARTITIONS, replica_assignment=assignment)])
        )
        producer = Producer(client_settings(self.live.sandbox.connection))
        for number in range(300 * PARTITIONS):
            producer.produce(TOPIC, RECORD, partition=number % PARTITIONS)
        assert producer.flush(30) == 0

    def delete(self) -> None:
        self.go_fast()
        done(self._admin.delete_topics([TOPIC]))

    def _configure(self, kind: ResourceType, name: str, values: Mapping[str, str | None]) -> None:
        entries = [
            ConfigEntry(key, value or "", incremental_operation=(
                AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET))
            for key, value in values.items()
        ]  # fmt: skip
        resource = ConfigResource(kind, name, incremental_configs=entries)
        done(self._admin.incremental_alter_configs([resource]))

    def _throttle(self, rate: str | None, replicas: str | None) -> None:
        sides = ("leader", "follower")
        lists = {f"{side}.replication.throttled.replicas": replicas for side in sides}
        self._configure(ResourceType.TOPIC, TOPIC, lists)
        for broker in self.live.sandbox.status.brokers:
            rates = {f"{side}.replication.throttled.rate": rate for side in sides}
            self._configure(ResourceType.BROKER, str(broker.id), rates)

    def go_slowly(self) -> None:
        self._throttle(str(SLOW_BYTES_PER_SECOND), "*")

    def go_fast(self) -> None:
        self._throttle(None, None)

    def _described(self) -> dict[int, dict[str, str]]:
        """What kafka-topics says of each partition."""
        said = self.live.kafka("kafka-topics", "--describe", "--topic", TOPIC)
        lines = [line.split() for line in said.splitlines() if "Partition:" in line]
        rows = [dict(zip(words[::2], words[1::2], strict=False)) for words in lines]
        return {int(row["Partition:"]): row for row in rows}

    def placed(self) -> Placed:
        rows = self._described().items()
        return {n: [int(b) for b in row["Replicas:"].split(",")] for n, row in rows}

    def leaders(self) -> list[int]:
        return [int(row["Leader:"]) for _, row in sorted(self._described().items())]

    def plan(self, targets: Placed) -> str:
        """Have steward make a plan of Kafka's file; return its id."""
        entries = [
            {"topic": TOPIC, "partition": number, "replicas": list(ids)}
            for number, ids in targets.items()
        ]
        Path("moves.json").write_text(json.dumps({"version": 1, "partitions": entries}))
        planned = self.live.done("reassignment", "plan", "balance", "--json", "moves.json")
        assert planned["kept"]
        return str(planned["id"])

    def verified(self) -> int:
        """How many moves of the file kafka-reassign-partitions takes for completed."""
        said = self.live.kafka(
            "kafka-reassign-partitions", "--verify", "--preserve-throttles",
            "--reassignment-json-file", str(Path("moves.json").absolute()),
        )  # fmt: skip
        return said.count("is completed")

    def listed(self) -> str:
        return self.live.kafka("kafka-reassign-partitions", "--list")

    def moving(self) -> list[int]:
        rows = self.live.done("reassignment", "list")["reassignments"]
        return [row["partition"] for row in rows if row["topic"] == TOPIC]

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        command = [sys.executable, "-m", "steward", *words, "--cluster", self.live.sandbox.name]
        return subprocess.Popen(
            [*command, "-o", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


def _ended(process: subprocess.Popen[str], code: int = 0) -> dict[str, str]:
    out, err = process.communicate(timeout=WITHIN_SECONDS)
    assert process.returncode == code, (out, err)
    return {s["object"]["name"]: s["status"] for s in json.loads(out)["data"]["steps"]}


@pytest.fixture
def moves(
    sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Moves]:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    made = Moves(Live(sandbox, capsys))
    made.create()
    yield made
    made.delete()


ALL = dict.fromkeys(range(PARTITIONS), AFTER)
OLD = dict.fromkeys(range(PARTITIONS), BEFORE)


def test_partitions_move_as_planned_and_back_again(moves: Moves) -> None:
    plan = moves.plan({0: [3, 1], 1: [1, 3], 2: [1, 2], 3: [2, 3]})
    ended = moves.live.done("plan", "execute", plan, "--yes")
    assert {s["status"] for s in ended["steps"]} == {"done"}
    assert moves.placed() == {0: [3, 1], 1: [1, 3], 2: [1, 2], 3: [2, 3]}
    assert moves.verified() == PARTITIONS
    assert "No partition reassignments found" in moves.listed()
    assert moves.leaders() == [3, 1, 1, 2]
    moves.live.done("plan", "undo", plan, "--yes")
    assert moves.placed() == OLD


def test_killed_in_the_middle_a_resume_ends_it(moves: Moves) -> None:
    plan = moves.plan(ALL)
    moves.go_slowly()
    process = moves.begin("plan", "execute", plan, "--yes")
    until(lambda: len(moves.moving()) == PARTITIONS, "all move")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert moves.listed().count("replicas: 3,1,2") == PARTITIONS
    moves.go_fast()
    ended = moves.live.done("plan", "resume", plan, "--yes")
    assert {s["status"] for s in ended["steps"]} == {"done"}
    assert moves.placed() == ALL
    assert moves.verified() == PARTITIONS


class _Cancels:
    """Asks for a cancel as soon as all move."""

    def __init__(self, moves: Moves) -> None:
        self._moves = moves

    def wanted(self) -> str:
        return "cancel" if len(self._moves.moving()) == PARTITIONS else "go"


def test_cancelled_the_set_and_its_order_are_restored(moves: Moves, tmp_path: Path) -> None:
    live = LiveExecution(moves.live.sandbox.name, moves.live.sandbox.connection, tmp_path, {})
    wished: Sequence[Change] = [
        ReassignPartition(partition=TopicPartition(TOPIC, n), replicas=tuple(AFTER))
        for n in range(PARTITIONS)
    ]
    plan = live.plan(*wished)
    moves.go_slowly()
    with live.executor(plan) as executor:
        executor.dependencies = MoverDependencies(control=_Cancels(moves))
        run = executor.run(plan, lambda *_: ALLOW, approved=True)
    assert run.execution.outcome is PlanOutcome.PARTLY
    assert {r.detail for r in run.execution.results} == {"cancelled: back on 2,1"}
    assert moves.placed() == OLD  # Kafka alone would leave 1,2
    assert "No partition reassignments found" in moves.listed()


def test_what_somebody_else_moves_is_left_alone(moves: Moves) -> None:
    plan = moves.plan({0: AFTER, 1: AFTER})
    theirs = {"topic": TOPIC, "partition": 0, "replicas": [2, 3]}
    Path("theirs.json").write_text(json.dumps({"version": 1, "partitions": [theirs]}))
    moves.go_slowly()
    moves.live.kafka(
        "kafka-reassign-partitions", "--execute", "--reassignment-json-file",
        str(Path("theirs.json").absolute()),
    )  # fmt: skip
    until(lambda: moves.moving() == [0], "one moves")
    refused = moves.live.steward("reassignment", "plan", "balance", "--topics", TOPIC)
    assert refused.code == 4
    assert f"1 partition is already moving ({TOPIC}-0)" in refused.told
    process = moves.begin("plan", "execute", plan, "--yes")
    until(lambda: moves.moving() == [0, 1], "two move")
    assert "replicas: 2,3,1" in moves.listed()  # theirs, as they asked for it
    moves.go_fast()
    ended = _ended(process, code=5)
    assert ended == {f"{TOPIC}-0": "stale", f"{TOPIC}-1": "done"}
    until(lambda: moves.placed() == OLD | {0: [2, 3], 1: AFTER}, "both are there")


def test_a_broker_that_dies_in_the_middle_and_returns_costs_time_only(moves: Moves) -> None:
    plan = moves.plan(ALL)
    moves.go_slowly()
    process = moves.begin("plan", "execute", plan, "--yes")
    until(lambda: len(moves.moving()) == PARTITIONS, "all move")
    broker_kill(moves.live.sandbox.name, 3)
    try:
        assert process.poll() is None
    finally:
        broker_start(moves.live.sandbox.name, 3)
    moves.go_fast()
    assert set(_ended(process).values()) == {"done"}
    assert moves.placed() == ALL
    assert moves.verified() == PARTITIONS
