"""Topics changed by command: what is asked for, what the guard of production refuses, and the evidence of disuse."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from steward.commands.api.context import Context
from steward.interfaces.cli import run as cli_run
from steward.model.change import (
    AlterConfigs,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    DeleteRecords,
    DeleteTopic,
)
from steward.model.names import TopicPartition
from support.changing import Changing
from support.cluster_text import NOW_MS, snapshot_of
from support.json_server import answering_json

DAY_MS = 86_400_000
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {"orders": "2x", "old": "1x", "users": "1x"},
    "topic_configs": {
        "orders": {"retention.ms": ["604800000", "DYNAMIC_TOPIC_CONFIG"], "cleanup.policy": "delete",
                   "max.message.bytes": "1048588", "min.insync.replicas": "2", "segment.ms": "1"},
        "old": {"retention.ms": ["1000", "DYNAMIC_TOPIC_CONFIG"], "cleanup.policy": "delete",
                "max.message.bytes": "1048588", "min.insync.replicas": "2"},
        "users": {"cleanup.policy": "compact", "min.insync.replicas": "2"},
    },
    "broker_configs": {b: {"default.replication.factor": "3", "min.insync.replicas": "1",
                           "super.users": "User:root"} for b in (1, 2, 3)},
    "offsets": {"orders-0": [10, 100], "orders-1": [0, 50], "old-0": [5, 5], "users-0": [0, 9]},
    "groups": {"idle": {"state": "Empty"}},
    "group_offsets": {"idle": {"orders-0": 40}},
    "producers": {"orders-0": [], "old-0": [], "users-0": []},
    "acls": ["ALLOW User:app READ TOPIC LITERAL old *"],
    "log_dirs": {1: {"/data": {"orders-0": 2048}}},
}  # fmt: skip
DEV = ("--cluster", "dev")


@pytest.fixture
def run(
    changing: Callable[[dict[str, Any]], Changing], monkeypatch: pytest.MonkeyPatch
) -> Changing:
    at(monkeypatch, NOW_MS)
    return changing(CLUSTER)


def at(monkeypatch: pytest.MonkeyPatch, ms: int) -> None:
    """Let commands run at a time, without waiting."""
    made = partial(Context, now_ms=lambda: ms, sleep=lambda _: None)
    monkeypatch.setattr(cli_run, "Context", made)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "new"), "--partitions"),
        (("create", "new", "--partitions", "x"), "not a valid integer"),
        (("create", "new", "--partitions", "1", "--retention", "7"), "is not a valid value (write a duration"),
        (("create", "new", "--partitions", "1", "--set", "foo"), "'foo' is not KEY=VALUE"),
        (("create", "new", "--partitions", "1", "--set", "retenton.ms=1"), "did you mean retention.ms?"),
        (("create", "new", "--partitions", "1", "--retention", "1d", "--set", "retention.ms=5"), "pass one of them"),
        (("create", "new", "--partitions", "1", "--set", "a=1", "--set", "a=2"), "is repeated"),
        (("alter", "orders"), "nothing to alter"),
        (("alter", "orders", "--unset", "segment.mz"), "did you mean segment.ms?"),
        (("trim", "orders"), "--before"),
        (("trim", "orders", "--before", "+5"), "a log has none"),
        (("trim", "orders", "--before", "last"), "did you mean --to end?"),
        (("delete",), "NAME"),
        (("delete", "old", "--idle", "0s"), "--idle must be above 0"),
        (("delete", "old", "--manifests", "absent"), "absent does not exist"),
        (("quarantine", "old", "--for", "1h"), "at least a day"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_and_2(run: Changing, words: tuple[str, ...], said: str) -> None:
    ran = run("topic", *words, *DEV)
    assert ran.code == 2
    assert said in ran.told
    assert len(ran.document["errors"]) == 1
    assert run.cluster.performed == []


@pytest.mark.parametrize(
    "words",
    [("alter", "order", "--retention", "1d"), ("trim", "order", "--before", "end"), ("delete", "order"),
     ("quarantine", "order"), ("trim", "orders", "--before", "end", "--partitions", "7"), ("restore", "order")],
)  # fmt: skip
def test_what_does_not_exist_is_1(run: Changing, words: tuple[str, ...]) -> None:
    assert run("topic", *words, *DEV).code == 1


def test_a_topic_is_created_as_told_with_units_and_the_brokers_factor(run: Changing) -> None:
    words = ("--partitions", "6", "--retention", "7d", "--set", "cleanup.policy=compact,delete",
             "--set", "max.message.bytes=2MiB", "--min-insync-replicas", "2")  # fmt: skip
    ran = run("topic", "create", "new", *words, "--yes", *DEV)
    assert ran.code == 0, ran.told
    configs = {
        "cleanup.policy": "compact,delete",
        "max.message.bytes": "2097152",
        "min.insync.replicas": "2",
        "retention.ms": "604800000",
    }
    made = CreateTopic(name="new", partitions=6, replication_factor=3, configs=configs)
    assert run.cluster.performed == [made]
    again = run("topic", "create", "new", *words, "--yes", *DEV)
    assert (again.code, again.data["steps"]) == (0, [])


def test_production_refuses_a_topic_that_loses_data(run: Changing) -> None:
    ran = run("topic", "create", "new", "--partitions", "6", "--yes")
    assert ran.code == 4
    rules = {r["rule"] for r in ran.data["guard"]["reasons"]}
    assert rules == {"retention_not_explicit", "min_isr_below_two"}
    assert run.cluster.performed == []


def test_a_topic_is_altered_and_grows_only_with_an_acknowledgement(run: Changing) -> None:
    words = (
        "topic",
        "alter",
        "orders",
        "--retention",
        "3d",
        "--partitions",
        "4",
        "--unset",
        "segment.ms",
    )
    shown = run(*words, "--dry-run", *DEV)
    assert "deletes about 1.1 KiB of 2 KiB on disk" in str(shown.data["steps"])
    assert run(*words, "--yes", *DEV).code == 0
    assert run.cluster.performed == [
        CreatePartitions(topic="orders", partitions=4),
        AlterConfigs(
            target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "259200000"}, remove=("segment.ms",)
        ),
    ]  # fmt: skip
    fewer = run("topic", "alter", "orders", "--partitions", "2", "--yes", *DEV)
    assert fewer.code == 4
    assert "never deletes and recreates" in fewer.told
    more = run("topic", "alter", "users", "--partitions", "2", "--yes")
    assert more.code == 4
    assert "add --confirm users" in more.told
    assert run("topic", "alter", "users", "--partitions", "2", "--confirm", "users").code == 0


def test_records_are_deleted_and_who_has_not_read_them_is_named(run: Changing) -> None:
    ran = run("topic", "trim", "orders", "--before", "end-20", "--partitions", "0,1", "--yes", *DEV)
    assert ran.code == 0, ran.told
    before = {TopicPartition("orders", 0): 80, TopicPartition("orders", 1): 30}
    assert run.cluster.performed == [DeleteRecords(topic="orders", before=before)]
    assert ran.data["deleted_records"] == 100
    assert "group idle has not read up to 40" in ran.document["warnings"][0]["message"]
    refused = run("topic", "trim", "users", "--before", "end", "--yes", *DEV)
    assert refused.code == 4
    assert "Kafka deletes records only where the policy includes delete" in refused.told


def test_trimming_by_time_says_where_nothing_stays_and_where_timestamps_are_out_of_order(
    run: Changing,
) -> None:
    now = NOW_MS - NOW_MS % 1000
    old = dict.fromkeys(range(50), now - 7_200_000)
    back = {o: now - o * 60_000 for o in range(10, 100)}
    run.cluster.stamps = {TopicPartition("orders", 0): back, TopicPartition("orders", 1): old}
    words = ("topic", "trim", "orders", "--before", f"@{now // 1000 - 3600}", "--partitions", "0,1")
    ran = run(*words, "--dry-run", *DEV)
    found = {w["code"]: w for w in ran.document["warnings"]}
    assert "orders-1: no record is at or after this time: all" in found["nothing_stays"]["message"]
    run.cluster.stamps = {
        TopicPartition("orders", 0): {o: ms - 3_500_000 for o, ms in back.items()} | {90: now}
    }
    (warning,) = [
        w
        for w in run(*words, "--dry-run", *DEV).document["warnings"]
        if w["code"].startswith("timestamps")
    ]
    assert warning["object"] == "orders-0"
    assert "--before" in warning["remedy"]


def test_a_topic_in_use_is_not_deleted_in_production(run: Changing) -> None:
    ran = run("topic", "delete", "orders", "--confirm", "orders")
    assert ran.code == 4
    assert "after no use was found" in ran.told
    answers = {e["question"]: e["answer"] for e in ran.data["evidence"]}
    assert answers["groups"] == "in_use"
    assert "idle (Empty) has offsets on it" in str(ran.data["evidence"])
    assert run.cluster.performed == []


def test_evidence_that_cannot_be_seen_counts_as_use(changing: Any, run: Changing) -> None:
    blind = changing({**CLUSTER, "groups": "denied: DESCRIBE on group *"})
    ran = blind("topic", "delete", "old", "--dry-run", *DEV)
    assert {e["answer"] for e in ran.data["evidence"] if e["question"] == "groups"} == {"unknown"}
    assert ran.data["disuse"] == ""


def test_manifests_that_declare_it_stand_against_it(run: Changing) -> None:
    Path("m.yaml").write_text(
        "apiVersion: steward/v1\nkind: Topic\nmetadata: {name: old}\nspec: {partitions: 1, retention: 1d}\n"
    )
    ran = run("topic", "delete", "old", "--manifests", "m.yaml", "--dry-run", *DEV)
    answers = {e["question"]: (e["answer"], e["fact"]) for e in ran.data["evidence"]}
    assert answers["manifests"][0] == "in_use"
    assert "m.yaml:1 declares it" in answers["manifests"][1]


def test_manifests_that_mean_it_by_a_prefix_are_named(run: Changing) -> None:
    Path("m.yaml").write_text(
        "apiVersion: steward/v1\nkind: Acl\nmetadata: {name: all-of-ol}\nspec: {principal: 'User:a', "
        "resource: {type: topic, name: ol, pattern: prefixed}, operations: [Read]}\n"
    )
    ran = run("topic", "delete", "old", "--manifests", "m.yaml", "--dry-run", *DEV)
    answers = {e["question"]: (e["answer"], e["fact"]) for e in ran.data["evidence"]}
    assert answers["manifests"] == ("note", "mentioned in acl all-of-ol (m.yaml:1)")


def test_a_connector_that_the_profile_leads_to_stands_against_it(
    run: Changing, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = {"s3": {"info": {"type": "sink", "config": {"topics": "old"}}}}
    answers = {
        "/connectors?expand=info": info,
        "/connectors/s3/topics": {"s3": {"topics": []}},
        "/subjects": ["old-value"],
    }
    monkeypatch.setenv("CONNECT_AUTHORIZATION", "Basic abc")
    with answering_json(answers) as server:
        config.write_text(
            f'{config.read_text()}\nconnect = ["{server.url}"]\nschema_registry = "{server.url}"\n'
            'connect_authorization_env = "CONNECT_AUTHORIZATION"\n'
        )
        ran = run("topic", "delete", "old", "--dry-run", *DEV)
    told = {e["question"]: (e["answer"], e["fact"]) for e in ran.data["evidence"]}
    assert told["connectors"] == ("in_use", "sink s3 names it (topics)")
    assert told["schema subjects"] == ("note", "not deleted with it: old-value")
    assert ran.data["disuse"] == ""
    assert dict(server.asked)["/connectors?expand=info"] == "Basic abc"
    assert dict(server.asked)["/subjects"] == ""
    down = run("topic", "delete", "old", "--dry-run", *DEV)
    told = {e["question"]: e["answer"] for e in down.data["evidence"]}
    assert (told["connectors"], told["schema subjects"]) == ("unknown", "unknown")


def test_shut_for_a_day_it_goes_from_production_and_can_be_made_again(
    run: Changing, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("topic", "delete", "old", "--confirm", "old").code == 4
    shown = run("topic", "quarantine", "old", "--yes")
    assert (shown.code, "whatever other ACLs allow" in str(shown.data["guard"])) == (4, True)
    shut = run("topic", "quarantine", "old", "--confirm", "old")
    assert shut.code == 0, shut.told
    assert "User:root" in str(shut.document["warnings"])
    at(monkeypatch, NOW_MS + DAY_MS // 2)
    early = run("topic", "delete", "old", "--confirm", "old")
    assert (early.code, early.data["disuse"]) == (4, "")
    at(monkeypatch, NOW_MS + 2 * DAY_MS)
    gone = run("topic", "delete", "old", "--with-acls", "--confirm", "old")
    assert gone.code == 0, gone.told
    assert "without writes" in gone.data["disuse"]
    deleted = [c for c in run.cluster.performed if isinstance(c, DeleteTopic)]
    assert [d.name for d in deleted] == ["old"]
    assert run.cluster.snapshot.acls.value == ()
    assert run("topic", "restore", "old", "--yes").code == 0
    assert "old" in {t.name for t in run.cluster.snapshot.topics.value}
    assert [a.resource_name for a in run.cluster.snapshot.acls.value] == ["old"]


def test_a_quarantine_that_is_over_proves_nothing(
    run: Changing, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("topic", "quarantine", "old", "--for", "2d", "--yes", *DEV).code == 0
    at(monkeypatch, NOW_MS + 3 * DAY_MS)
    over = run("topic", "delete", "old", "--dry-run", *DEV)
    assert over.data["disuse"] == ""
    assert "quarantine_over" in {w["code"] for w in over.document["warnings"]}
    assert run("topic", "quarantine", "old", "--lift", "--yes", *DEV).code == 0
    assert len(run.cluster.snapshot.acls.value) == 1


def test_disuse_is_looked_at_again_when_a_kept_deletion_is_carried_out(
    run: Changing, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("topic", "quarantine", "old", "--confirm", "old").code == 0
    at(monkeypatch, NOW_MS + 2 * DAY_MS)
    plan = run("topic", "delete", "old", "--dry-run").data
    assert "without writes" in plan["disuse"]
    quiet = run.cluster.snapshot
    used = snapshot_of({**CLUSTER, "group_offsets": {"idle": {"old-0": 5}}})
    run.cluster.snapshot = replace(quiet, group_offsets=used.group_offsets)
    refused = run("plan", "execute", plan["id"], "--confirm", "old")
    assert (refused.code, refused.document["errors"][0]["code"]) == (4, "topic_deletion")
    run.cluster.snapshot = quiet
    done = run("plan", "execute", plan["id"], "--confirm", "old", "--confirm", plan["id"])
    assert done.code == 0, done.told
    assert "old" not in {t.name for t in run.cluster.snapshot.topics.value}


@pytest.mark.parametrize(("level", "code"), [("ephemeral", 0), ("critical", 4)])
def test_what_manifests_said_of_criticality_counts_when_their_plan_is_carried_out(
    run: Changing, level: str, code: int
) -> None:
    Path("m.yaml").write_text(
        "apiVersion: steward/v1\nkind: Topic\nmetadata: {name: scratch}\nspec: {partitions: 1, replicas: 3, "
        f"retention: 1d, criticality: {level}, config: {{min.insync.replicas: 1}}}}\n"
    )
    plan = run("plan", "m.yaml")
    assert plan.code == code
    assert run("plan", "execute", plan.data["id"], "--yes").code == code
    made = "scratch" in {t.name for t in run.cluster.snapshot.topics.value}
    assert made == (code == 0)
