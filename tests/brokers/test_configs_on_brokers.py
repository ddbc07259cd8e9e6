"""Values of configuration, replicas on the move and default entities on real brokers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from steward.cluster.observer import connect
from steward.cluster.ports import Scope
from steward.model.change import ConfigTarget
from steward.model.config_definitions import BROKER, GROUP, TOPIC, definition_of
from steward.model.snapshot import Part
from steward.model.unknown import Observed, Unknown
from support.declared_state import differences, exported
from support.live_admin import admin_client, client_settings, done
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

NAME, MIXED, MOVING = "configs-values", "configs-mixed", "configs-moving"


@pytest.fixture(scope="module")
def cluster(secure_sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    yield secure_sandbox
    admin = admin_client(secure_sandbox.connection)
    left = [t for t in admin.list_topics(timeout=30).topics if t in (NAME, MIXED, MOVING)]
    if left:
        done(admin.delete_topics(left))


@pytest.fixture
def live(cluster: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> Live:
    return Live(cluster, capsys)


def _create(live: Live, name: str, replicas: int) -> None:
    live.kafka(
        "kafka-topics", "--create", "--topic", name, "--partitions", "2", "--replication-factor", str(replicas)
    )  # fmt: skip


def test_the_table_of_definitions_is_what_the_brokers_tell(live: Live) -> None:
    _create(live, NAME, 3)
    with connect(live.sandbox.connection) as observer:
        seen = observer.observe(
            frozenset({Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS, Part.BROKER_CONFIGS})
        )
        unborn = observer.observe(frozenset({Part.GROUP_CONFIGS}), Scope(groups=frozenset({NAME})))
    assert isinstance(seen.topic_configs, Observed)
    assert isinstance(seen.broker_configs, Observed)
    entries = seen.topic_configs.value[NAME]
    assert not isinstance(entries, Unknown)
    assert {k for k in entries if k not in TOPIC} <= {"internal.segment.bytes"}
    for key, entry in entries.items():
        known = definition_of(ConfigTarget.TOPIC, key)
        assert known is None or entry.type is known.type, key
    for configs in seen.broker_configs.value.values():
        assert not isinstance(configs, Unknown)
        for key in configs.keys() & BROKER.keys():
            assert configs[key].type is BROKER[key].type, key
        dynamic = {key for key, entry in configs.items() if not entry.is_read_only}
        assert {key for key in dynamic if not key.startswith("listener.name.")} <= BROKER.keys()
    assert isinstance(unborn.group_configs, Observed)
    of_group = unborn.group_configs.value[NAME]
    assert not isinstance(of_group, Unknown)
    assert of_group.keys() <= GROUP.keys()
    assert {k: e.type for k, e in of_group.items()} == {k: GROUP[k].type for k in of_group}
    assert "errors.deadletterqueue.topic.name" in of_group


def test_every_spelling_is_confirmed_and_what_brokers_refuse_is_no_plan(live: Live) -> None:
    words = (
        "topic", "alter", NAME, "--set", "cleanup.policy=delete , compact", "--set", "min.cleanable.dirty.ratio=0.30",
        "--set", "preallocate=FALSE", "--set", "segment.jitter.ms=+007", "--yes",
    )  # fmt: skip
    found = live.done(*words, "--confirm", NAME)
    assert {r["status"] for r in found["execution"]["steps"]} == {"done"}
    assert live.done(*words, "--confirm", NAME)["steps"] == []
    for setting, said in (
        (
            "remote.storage.enable=true",
            "the brokers reject it: IncrementalAlterConfigs: INVALID_CONFIG",
        ),
        ("cleanup.policy=kompact", "nearest: compact"),
        ("segment.ms=1_000", "nearest: 1000"),
    ):
        refused = live.steward("topic", "alter", NAME, "--set", setting, "--yes", "--confirm", NAME)
        assert refused.code == 4
        assert [said in one["reason"] for one in refused.data["impossible"]] == [True]


def test_with_copies_on_the_move_and_uneven_factors_an_export_plans_nothing(
    live: Live, tmp_path: Path
) -> None:
    _create(live, MIXED, 2)
    _reassign(live, tmp_path, MIXED, {1: [1, 2, 3]})
    _settle(live)
    _create(live, MOVING, 2)
    producer = Producer(client_settings(live.sandbox.connection))
    for number in range(400):
        producer.produce(MOVING, b"x" * 100_000, partition=number % 2)
        producer.poll(0)
    assert producer.flush(60) == 0
    targets = {0: _other(live, 0), 1: _other(live, 1)}
    _reassign(live, tmp_path, MOVING, targets, "--throttle", "1000")
    assert live.done("reassignment", "list")["reassignments"]

    rows = {r["name"]: r for r in live.done("topic", "list", MIXED, MOVING)["topics"]}
    assert rows[MOVING]["replication_factor"] == 2
    assert rows[MOVING]["moving"] == 2
    assert (rows[MIXED]["replication_factor"], rows[MIXED]["highest_replication_factor"]) == (2, 3)
    said = live.steward("export", "--only", "topics").document["unknown"]
    assert {("replicas", MIXED), ("reassignments", MOVING)} <= {(u["what"], u["of"]) for u in said}
    file = exported(live, tmp_path)
    assert differences(live, file) == (0, [])
    assert live.steward("drift", str(file)).code == 0

    live.kafka(
        "kafka-reassign-partitions", "--cancel", "--reassignment-json-file", str(tmp_path / f"{MOVING}.json")
    )  # fmt: skip
    _settle(live)
    assert differences(live, file) == (0, [])


def _other(live: Live, partition: int) -> list[int]:
    described = live.done("topic", "describe", MOVING, "--section", "partitions")
    (topic,) = described["topics"]
    replicas = topic["partitions"][partition]["replicas"]
    (third,) = {1, 2, 3} - {*replicas}
    return [replicas[0], third]


def _reassign(
    live: Live, folder: Path, topic: str, replicas: dict[int, list[int]], *words: str
) -> None:
    moves = [{"topic": topic, "partition": p, "replicas": ids} for p, ids in replicas.items()]
    file = folder / f"{topic}.json"
    file.write_text(json.dumps({"version": 1, "partitions": moves}))
    live.kafka(
        "kafka-reassign-partitions", "--execute", "--reassignment-json-file", str(file), *words
    )


def _settle(live: Live) -> None:
    while live.done("reassignment", "list")["reassignments"]:
        pass


def test_a_user_of_the_name_of_the_default_is_another_than_the_default(
    live: Live, tmp_path: Path
) -> None:
    for user, rate in (
        ("<default>", 90_000_000),
        ("\\<default>", 2_000_000),
        ("default", 3_000_000),
    ):
        live.done("quota", "alter", "--user", user, "--set", f"producer_byte_rate={rate}", "--yes")
    rows = {_user(r): r for r in live.done("quota", "list")["quotas"]}
    assert {k: rows[k]["producer_byte_rate"] for k in (None, "<default>", "default")} == {
        None: 90_000_000, "<default>": 2_000_000, "default": 3_000_000,
    }  # fmt: skip
    assert differences(live, exported(live, tmp_path)) == (0, [])
    for user in ("<default>", "\\<default>", "default"):
        live.done("quota", "delete", "--user", user, "--yes")
    left = {_user(r) for r in live.done("quota", "list")["quotas"]}
    assert not {None, "<default>", "default"} & left


def _user(row: dict[str, Any]) -> str | None:
    """Return the user that a row names; None is the default one."""
    return None if "user" in row["defaults"] else row["names"].get("user", "")
