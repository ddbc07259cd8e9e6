"""ACLs, quotas, users, transactions and brokers changed by command: usage, what is asked for, what is refused."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steward.change.execution import open_executor as opening
from steward.model.acl import AclBinding
from steward.model.change import (
    AbortTransaction,
    AlterConfigs,
    AlterQuota,
    ConfigTarget,
    CreateAcl,
    DeleteAcl,
    DeleteScram,
    UpsertScram,
)
from steward.model.names import TopicPartition
from support.changing import Changing

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {"orders": "2x"},
    "topic_configs": {"orders": {"min.insync.replicas": "2"}},
    "broker_configs": {
        b: {
            "log.cleaner.threads": {"value": "1", "source": "DEFAULT_CONFIG"},
            "node.id": {"value": str(b), "source": "STATIC_BROKER_CONFIG", "read_only": True},
        }
        for b in (1, 2, 3)
    },
    "acls": ["ALLOW User:app READ TOPIC LITERAL orders *", "ALLOW User:app READ GROUP LITERAL billing *"],
    "quotas": [{"user": "app", "producer_byte_rate": 1000, "request_percentage": 50}],
    "users": {"app": {"SCRAM-SHA-512": 8192}},
    "producers": {
        "orders-0": [{"id": 7, "age": 4000, "txn_start": 5}],
        "orders-1": [{"id": 9, "age": 10, "txn_start": 3}],
    },
    "transactions": {"pay-1": {"state": "Ongoing", "producer": 9, "age": 10, "timeout": 60000,
                               "partitions": ["orders-1"]}},
}  # fmt: skip
DEV = ("--cluster", "dev")


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing]) -> Changing:
    return changing(CLUSTER)


def acl(
    principal: str, operation: str, kind: str, name: str, pattern: str = "LITERAL"
) -> AclBinding:
    return AclBinding(kind, name, pattern, f"User:{principal}", "*", operation, "ALLOW")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("acl", "create"), "an ACL needs --principal and --operation and --topic"),
        (("acl", "create", "--principal", "a", "--operation", "REED", "--topic", "t"), "'REED' is not one of"),
        (("acl", "create", "--principal", "a", "--operation", "WRITE", "--group", "g"), "not an operation of a group"),
        (("acl", "delete"), "this would delete every ACL"),
        (("quota", "alter", "--user", "a"), "nothing to alter"),
        (("quota", "alter", "--set", "producer_byte_rate=1MB/s"), "no entity given"),
        (("quota", "alter", "--user", "a", "--set", "producer_rate=1"), "did you mean producer_byte_rate?"),
        (("quota", "alter", "--user", "a", "--set", "producer_byte_rate=fast"), "is not a positive value"),
        (("quota", "alter", "--user", "a", "--set", "producer_byte_rate"), "is not KEY=VALUE"),
        (("quota", "delete",), "no entity given"),
        (("quota", "advise"), "--network"),
        (("quota", "advise", "--network", "x", "--disk", "1MB/s"), "is not a positive rate"),
        (("quota", "advise", "--network", "1MB/s", "--disk", "1MB/s", "--tolerate", "3"), "it has 3 brokers"),
        (("user", "create"), "NAME"),
        (("user", "create", "bob"), "no terminal to prompt"),
        (("user", "create", "bob", "--password-env", "A", "--password-file", "b"), "several sources"),
        (("user", "create", "bob", "--password", "hunter2"), "No such option"),
        (("transaction", "abort", "orders"), "is not a partition"),
        (("broker", "alter", "1"), "nothing to alter"),
        (("broker", "alter", "one", "--set", "a=b"), "is not a broker"),
        (("broker", "alter", "1", "--set", "log.cleaner.thread=2"), "did you mean log.cleaner.threads?"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_and_2(run: Changing, words: tuple[str, ...], said: str) -> None:
    ran = run(*words, *DEV)
    assert ran.code == 2
    assert said in ran.told
    assert len(ran.document["errors"]) == 1
    assert run.cluster.performed == []


@pytest.mark.parametrize(
    "words",
    [
        ("acl", "delete", "--principal", "nobody"),
        ("quota", "delete", "--user", "nobody"),
        ("user", "delete", "nobody"),
        ("user", "delete", "app", "--mechanism", "SCRAM-SHA-256"),
        ("transaction", "abort", "orders-7"),
        ("transaction", "abort", "orders-0", "--producer-id", "1"),
        ("broker", "alter", "9", "--set", "log.cleaner.threads=2"),
    ],
)
def test_what_does_not_exist_is_1(run: Changing, words: tuple[str, ...]) -> None:
    assert run(*words, *DEV).code == 1


def test_acls_are_every_combination(run: Changing) -> None:
    words = (
        "--principal",
        "app",
        "--operation",
        "WRITE",
        "--operation",
        "DESCRIBE",
        "--topic",
        "pay.",
        "--prefixed",
        "--yes",
    )
    assert run("acl", "create", *words, *DEV).code == 0
    made = {c.acl for c in run.cluster.performed if isinstance(c, CreateAcl)}
    assert made == {acl("app", o, "TOPIC", "pay.", "PREFIXED") for o in ("WRITE", "DESCRIBE")}


def test_acls_go_by_conditions_that_all_hold(run: Changing) -> None:
    shown = run("acl", "delete", "--principal", "app", "--dry-run", *DEV)
    assert len(shown.data["steps"]) == 2
    assert run("acl", "delete", "--principal", "app", "--topic", "orders", "--yes", *DEV).code == 0
    assert run.cluster.performed == [DeleteAcl(acl=acl("app", "READ", "TOPIC", "orders"))]


def test_quotas_are_set_with_units_and_deleted_whole(run: Changing) -> None:
    words = (
        "--user",
        "app",
        "--client-id",
        "<default>",
        "--set",
        "producer_byte_rate=5MB/s",
        "--yes",
    )
    assert run("quota", "alter", *words, *DEV).code == 0
    entity = (("client-id", None), ("user", "app"))
    assert run.cluster.performed == [AlterQuota(entity=entity, set={"producer_byte_rate": 5e6})]
    assert run("quota", "delete", "--user", "app", "--yes", *DEV).code == 0
    assert run.cluster.performed[1] == AlterQuota(
        entity=(("user", "app"),), remove=("producer_byte_rate", "request_percentage")
    )
    refused = run(
        "quota", "alter", "--ip", "10.0.0.1", "--set", "producer_byte_rate=1", "--yes", *DEV
    )
    assert (refused.code, "not for addresses" in refused.told) == (4, True)


def test_usage_without_metrics_is_unknown_and_not_empty(run: Changing) -> None:
    ran = run("quota", "usage", *DEV)
    assert ran.data["clients"] is None
    assert ran.document["unknown"]


def test_a_password_comes_from_its_place_and_is_nowhere_else(
    run: Changing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOB", "hunter2")
    seen: list[str] = []
    performing = run.cluster.perform

    def perform(changes: Any, passwords: Any) -> Any:
        seen.extend(secret.reveal() for secret in passwords.values())
        return performing(changes, passwords)

    monkeypatch.setattr(run.cluster, "perform", perform)
    monkeypatch.setattr(opening, "connect_changer", lambda _: run.cluster)
    ran = run("user", "create", "bob", "--password-env", "BOB", "--yes", *DEV)
    assert ran.code == 0, ran.told
    (made,) = run.cluster.performed
    assert isinstance(made, UpsertScram)
    assert (made.user, made.password_from, made.rotate) == ("bob", "env:BOB", False)
    assert seen == ["hunter2"]
    assert "hunter2" not in str(ran.document) + ran.err
    assert run("user", "create", "bob", "--password-env", "BOB", "--yes", *DEV).data["steps"] == []
    assert run("user", "alter", "bob", "--password-env", "BOB", "--yes", *DEV).code == 0
    state = Path(os.environ["STEWARD_STATE_DIR"])
    kept = b"".join(file.read_bytes() for file in state.iterdir() if "db" in file.name)
    assert kept
    assert b"hunter2" not in kept
    assert run("user", "delete", "bob", "--yes", *DEV).code == 0
    assert isinstance(run.cluster.performed[-1], DeleteScram)


def test_only_what_no_coordinator_will_end_is_aborted(run: Changing) -> None:
    ran = run("transaction", "abort", "orders-0", "--yes", *DEV)
    assert ran.code == 0, ran.told
    (change,) = run.cluster.performed
    assert isinstance(change, AbortTransaction)
    assert (change.partition, change.producer_id) == (TopicPartition("orders", 0), 7)
    refused = run("transaction", "abort", "orders-1", "--yes", *DEV)
    assert refused.code == 4
    assert "not hanging: coordinator" in refused.told
    assert len(run.cluster.performed) == 1


def test_broker_values_are_set_for_one_or_all(run: Changing) -> None:
    assert run("broker", "alter", "2", "--set", "log.cleaner.threads=2", "--yes", *DEV).code == 0
    assert (
        run("broker", "alter", "default", "--set", "log.cleaner.threads=3", "--yes", *DEV).code == 0
    )
    key = "log.cleaner.threads"
    assert run.cluster.performed == [
        AlterConfigs(target=ConfigTarget.BROKER, name="2", set={key: "2"}),
        AlterConfigs(target=ConfigTarget.BROKER, name="", set={key: "3"}),
    ]
    refused = run("broker", "alter", "1", "--set", "node.id=5", "--yes", *DEV)
    assert (refused.code, "read-only" in refused.told) == (4, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("broker", "alter", "default", "--set", "min.insync.replicas=1"),
         "min.insync.replicas would be 1 for 1 topic that inherits it (plain)"),
        (("broker", "alter", "2", "--set", "min.insync.replicas=1"),
         "min.insync.replicas would be 1 for 1 topic that inherits it (plain)"),
        (("broker", "alter", "default", "--set", "unclean.leader.election.enable=true"),
         "an out-of-sync replica may become leader: records that it lacks are lost"),
        (("broker", "alter", "default", "--set", "log.retention.ms=1000"),
         "2 topics that inherit it (orders, plain): retention.ms 604800000 -> 1000: older records"),
        (("acl", "create", "--principal", "*", "--operation", "ALL", "--topic", "*"),
         "everybody gets ALL on every topic: User:* matches every client"),
        (("acl", "create", "--principal", "app", "--operation", "ALL", "--on-cluster"),
         "allows reconfiguring or stopping the cluster"),
        (("acl", "create", "--deny", "--principal", "*", "--operation", "ALL", "--on-cluster"),
         "may be unable to undo this"),
        (("acl", "create", "--deny", "--principal", "steward", "--operation", "ALTER", "--on-cluster"),
         "steward connects as User:steward: it loses ALTER on the cluster"),
        (("acl", "create", "--principal", "app", "--operation", "READ", "--topic", "plain"),
         "first ACL on topic plain: every other principal loses access"),
        (("quota", "alter", "--user", "<default>", "--set", "request_percentage=1"),
         "every client without a limit of its own is limited to 1% of one thread"),
        (("user", "alter", "app", "--password-env", "APP"), "with the old password fail"),
    ],
)  # fmt: skip
def test_in_production_yes_does_not_do_what_harms_and_it_is_said_why(
    changing: Callable[[dict[str, Any]], Changing], words: tuple[str, ...], said: str
) -> None:
    defaults = {
        "allow.everyone.if.no.acl.found": "true",
        "log.retention.ms": "604800000",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false",
    }
    run = changing(
        CLUSTER
        | {
            "topics": {"orders": "2x", "plain": "2x"},
            "topic_configs": {"orders": {"min.insync.replicas": "2"}, "plain": {}},
            "broker_configs": {"*": defaults},
        }
    )
    ran = run(*words, "--yes")
    assert ran.code == 4
    assert said in " ".join(r["message"] for r in ran.data["guard"]["reasons"])
    assert run.cluster.performed == []
