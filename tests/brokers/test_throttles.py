"""Throttled moves on real brokers: what kafka-configs shows meanwhile, and that all is as it was afterwards."""

import json
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from steward.change.planning.build import with_id
from steward.cluster.observer import connect
from steward.model.change import (
    AlterConfigs,
    ConfigTarget,
    CreateTopic,
    DeleteTopic,
    ReassignPartition,
)
from steward.model.names import TopicPartition
from steward.model.plan import Plan
from steward.model.snapshot import Part
from steward.model.throttle import FOLLOWER_RATE, LEADER_RATE, LEADER_REPLICAS
from steward.sandbox.cluster import broker_kill, broker_start
from support.live_admin import client_settings
from support.live_command import Command, command_on
from support.live_execution import LiveExecution, store_in
from support.live_kill import FORKS, passed
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

KB = 1_000
RECORD = b"x" * 10_000
THROTTLE = re.compile(r"((?:leader|follower)\.replication\.throttled\.\w+)=(\S*) sensitive")


@pytest.fixture
def live(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[LiveExecution]:
    made = LiveExecution(sandbox.name, sandbox.connection, tmp_path, {})
    yield made
    with connect(sandbox.connection) as observer:
        topics = observer.observe(frozenset({Part.TOPICS})).topics.value
    left = [t for t in topics if t.name.startswith("throttled-")]
    made.carry_out(*(DeleteTopic(name=t.name, topic_id=t.id) for t in left))


@pytest.fixture
def steward(live: LiveExecution, capsys: pytest.CaptureFixture[str]) -> Command:
    return command_on(live, capsys)


def filled(live: LiveExecution, name: str, records: int) -> TopicPartition:
    """Make a topic of one partition on brokers 1 and 2, and write to it."""
    live.carry_out(CreateTopic(name=name, partitions=1, replication_factor=2, assignment=((1, 2),)))
    producer = Producer({**client_settings(live.connection), "acks": "all"})
    for _ in range(records):
        producer.produce(name, RECORD, partition=0)
    assert producer.flush(60) == 0
    return TopicPartition(name, 0)


def moving(live: LiveExecution, partition: TopicPartition, rate: int) -> Plan:
    """Keep a plan that moves a partition from broker 2 to 3, at a rate."""
    plan = live.plan(ReassignPartition(partition=partition, replicas=(1, 3)))
    slow = with_id(replace(plan, rate_bytes_per_second=rate))
    with store_in(live.folder) as store:
        store.plans.save(slow)
    return slow


def begun(live: LiveExecution, plan: Plan, partition: TopicPartition) -> Any:
    """Carry a plan out in a process of its own, and return that when the partition moves."""
    process = FORKS.Process(target=passed, args=(live, plan.id))
    process.start()
    until(lambda: partition in in_flight(live) or not process.is_alive(), "it moves")
    assert process.is_alive()
    return process


def in_flight(live: LiveExecution) -> set[TopicPartition]:
    with connect(live.connection) as observer:
        seen = observer.observe(frozenset({Part.REASSIGNMENTS})).reassignments
    return {r.partition for r in seen.value}


def replicas(live: LiveExecution, partition: TopicPartition) -> tuple[int, ...]:
    with connect(live.connection) as observer:
        topics = observer.observe(frozenset({Part.TOPICS})).topics.value
    return next(p.replicas for t in topics for p in t.partitions if p.key == partition)


@contextmanager
def written_to(live: LiveExecution, topic: str, bytes_per_second: int) -> Iterator[None]:
    """Let a producer write at a rate."""
    over = threading.Event()

    def write() -> None:
        producer = Producer(client_settings(live.connection))
        while not over.wait(len(RECORD) / bytes_per_second):
            producer.produce(topic, RECORD, partition=0)
            producer.poll(0)
        producer.flush(30)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def shown(live: LiveExecution, kind: str, name: str) -> dict[str, str]:
    """Return the throttles that kafka-configs shows."""
    words = ("--describe", "--entity-type", kind, "--entity-name", name)
    return dict(THROTTLE.findall(live.tool("kafka-configs", *words)))


def test_a_throttled_move_shows_on_the_brokers_and_leaves_the_operators_own(
    live: LiveExecution, steward: Command
) -> None:
    partition = filled(live, "throttled-seen", 350)
    topic, one, three = partition.topic, "1", "3"
    own = (
        AlterConfigs(target=ConfigTarget.TOPIC, name=topic, set={LEADER_REPLICAS: "7:1"}),
        AlterConfigs(target=ConfigTarget.BROKER, name=one, set={LEADER_RATE: str(150 * KB)}),
        AlterConfigs(target=ConfigTarget.BROKER, name=three, set={FOLLOWER_RATE: str(900 * KB)}),
    )
    live.carry_out(*own)
    process = begun(live, plan := moving(live, partition, 200 * KB), partition)
    assert shown(live, "topics", topic) == {
        LEADER_REPLICAS: "7:1,0:1,0:2",
        "follower.replication.throttled.replicas": "0:3",
    }
    assert shown(live, "brokers", three) == {FOLLOWER_RATE: str(200 * KB)}
    assert shown(live, "brokers", one) == {LEADER_RATE: str(150 * KB)}
    told = steward("plan", "status", plan.id)[1]["data"]["moves"]
    assert (told["moves_in_flight"], told["throttle_bytes_per_second"]) == (1, 200 * KB)
    assert told["carried_out_by"]
    listed = steward("plan", "list")[1]["data"]["plans"]
    assert [p["outcome"] for p in listed if p["id"] == plan.id] == ["running"]
    process.join(90)
    assert process.exitcode == 0
    assert replicas(live, partition) == (1, 3)
    assert shown(live, "topics", topic) == {LEADER_REPLICAS: "7:1"}
    assert shown(live, "brokers", one) == {LEADER_RATE: str(150 * KB)}
    assert shown(live, "brokers", three) == {FOLLOWER_RATE: str(900 * KB)}
    live.carry_out(
        AlterConfigs(target=ConfigTarget.BROKER, name=one, remove=(LEADER_RATE,)),
        AlterConfigs(target=ConfigTarget.BROKER, name=three, remove=(FOLLOWER_RATE,)),
    )


def test_a_rate_below_what_producers_write_is_refused_with_the_nearest(
    live: LiveExecution, steward: Command
) -> None:
    partition = filled(live, "throttled-too-slow", 50)
    with written_to(live, partition.topic, 500 * KB):
        plan = moving(live, partition, 100 * KB)
        code, document = steward("plan", "execute", plan.id, "--yes")
    (step,) = document["data"]["steps"]
    assert (code, step["status"]) == (1, "failed"), document
    assert "would never finish" in step["detail"]
    assert "the lowest rate that finishes is 0." in step["detail"]
    assert replicas(live, partition) == (1, 2)
    assert shown(live, "topics", partition.topic) == {}
    assert steward("reassignment", "throttle", "list")[1]["data"]["throttles"] == []


def test_after_a_kill_what_moves_keeps_its_throttle_and_a_sweep_takes_the_rest(
    live: LiveExecution, steward: Command
) -> None:
    partition = filled(live, "throttled-killed", 400)
    plan = moving(live, partition, 50 * KB)
    process = begun(live, plan, partition)
    process.kill()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    rows = steward("reassignment", "throttle", "list")[1]["data"]["throttles"]
    assert {(r["standing"], r["plan_id"]) for r in rows} == {("in_use", plan.id)}
    assert steward("reassignment", "throttle", "sweep", "--yes")[1]["data"]["steps"] == []
    stop = live.folder / "stop.json"
    stop.write_text(
        json.dumps({"version": 1, "partitions": [
            {"topic": partition.topic, "partition": 0, "replicas": [1, 3]}]})
    )  # fmt: skip
    words = ("--cancel", "--preserve-throttles", "--reassignment-json-file", str(stop))
    live.tool("kafka-reassign-partitions", *words)
    code, document = steward("reassignment", "throttle", "sweep", "--yes")
    assert (code, document["data"]["execution"]["outcome"]) == (0, "done"), document
    assert steward("reassignment", "throttle", "list")[1]["data"]["throttles"] == []
    assert shown(live, "topics", partition.topic) == {}
    assert [shown(live, "brokers", b) for b in ("1", "2", "3")] == [{}] * 3
    with store_in(live.folder) as store:
        assert store.throttles.held(plan.cluster_id) == ()


def test_a_broker_that_dies_meanwhile_is_owed_its_rate_and_gets_it_back(
    live: LiveExecution, steward: Command
) -> None:
    partition = filled(live, "throttled-owed", 150)
    process = begun(live, plan := moving(live, partition, 60 * KB), partition)
    broker_kill(live.sandbox, 2)
    process.join(90)
    assert process.exitcode == 0
    assert replicas(live, partition) == (1, 3)
    rows = steward("reassignment", "throttle", "list")[1]["data"]
    assert [(o["broker"], o["plan_id"]) for o in rows["owed"]] == [(2, plan.id)]
    assert rows["throttles"] == []
    broker_start(live.sandbox, 2)
    assert shown(live, "brokers", "2") == {LEADER_RATE: str(60 * KB)}
    code, document = steward("reassignment", "throttle", "sweep", "--yes")
    assert (code, document["data"]["execution"]["outcome"]) == (0, "done"), document
    until(lambda: shown(live, "brokers", "2") == {}, "the rate is put back")
    with store_in(live.folder) as store:
        assert store.throttles.held(plan.cluster_id) == ()


def test_a_plan_is_paused_goes_on_and_is_called_off_from_another_process(
    live: LiveExecution, steward: Command
) -> None:
    partition = filled(live, "throttled-steered", 300)
    process = begun(live, plan := moving(live, partition, 50 * KB), partition)
    code, document = steward("plan", "pause", plan.id)
    assert (code, document["data"]["wanted"]) == (0, "pause")
    until(
        lambda: steward("plan", "status", plan.id)[1]["data"]["moves"]["paused_because"],
        "it pauses",
    )
    code, document = steward("plan", "resume", plan.id, "--yes")
    assert (code, document["warnings"][-1]["code"]) == (0, "asked_elsewhere")
    assert steward("plan", "status", plan.id)[1]["data"]["moves"]["wanted"] == "go"
    code, document = steward("plan", "cancel", plan.id, "--yes")
    assert code == 0, document
    process.join(60)
    assert process.exitcode == 0
    assert replicas(live, partition) == (1, 2)
    assert shown(live, "topics", partition.topic) == {}
    assert [shown(live, "brokers", b) for b in ("1", "2", "3")] == [{}] * 3


def test_a_plan_that_nobody_carries_out_is_called_off_here(
    live: LiveExecution, steward: Command
) -> None:
    partition = filled(live, "throttled-left", 300)
    process = begun(live, plan := moving(live, partition, 50 * KB), partition)
    process.kill()
    process.join(30)
    assert steward("plan", "pause", plan.id)[0] == 2
    code, document = steward("plan", "cancel", plan.id, "--yes")
    assert code == 0, document
    assert replicas(live, partition) == (1, 2)
    assert in_flight(live) == set()
    assert steward("reassignment", "throttle", "list")[1]["data"]["throttles"] == []
