"""On a secured cluster: ACLs, users and quotas as Kafka's tools see them, and steward with no more than its rights."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as LivePartition

import steward.__main__ as entry
from steward.model.acl import AclBinding
from steward.sandbox.tools import run_tool
from support.live_admin import (
    admin_client,
    client_settings,
    commit,
    create_acls,
    remove_acls_of,
)
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

EYE, PASSWORD = "agree-eye", "eye-password-1"
TOPICS = ("agree-a", "agree-b")

Run = Callable[..., tuple[int, Any, str]]


def tool(name: str, tool_name: str, *arguments: str) -> str:
    ran = run_tool(name, tool_name, arguments)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return ran.stdout


@pytest.fixture(scope="module")
def locked(secure_sandbox: RunningSandbox) -> Iterator[str]:
    name = secure_sandbox.name
    for topic in TOPICS:
        tool(name, "kafka-topics", "--create", "--topic", topic, "--partitions", "2")
    config = f"SCRAM-SHA-512=[iterations=4096,password={PASSWORD}]"
    user = ("--entity-type", "users", "--entity-name", EYE)
    tool(name, "kafka-configs", "--alter", *user, "--add-config", config)
    tool(name, "kafka-configs", "--alter", *user, "--add-config", "producer_byte_rate=1048576")
    yield name
    for given in ("SCRAM-SHA-512", "producer_byte_rate"):
        tool(name, "kafka-configs", "--alter", *user, "--delete-config", given)
    for topic in TOPICS:
        tool(name, "kafka-topics", "--delete", "--topic", topic)


@pytest.fixture
def run(locked: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = entry.run(["-o", "json", *words])
        out, err = capsys.readouterr()
        assert PASSWORD not in out + err
        assert "Traceback" not in err
        return code, json.loads(out), err

    return run


@pytest.fixture
def eye(
    secure_sandbox: RunningSandbox, locked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A profile of a principal that has no ACL of its own."""
    monkeypatch.setenv("EYE_PASSWORD", PASSWORD)
    path = tmp_path / "steward.toml"
    path.write_text(
        f"[profiles.eye]\nbootstrap_servers = {secure_sandbox.bootstrap_servers!r}\n"
        f'security_protocol = "SASL_SSL"\nsasl_mechanism = "SCRAM-SHA-512"\nsasl_username = "{EYE}"\n'
        f'sasl_password_env = "EYE_PASSWORD"\nssl_ca_file = "{secure_sandbox.connection.ssl_ca_file}"\n'
        'environment = "development"\n'
    )
    monkeypatch.setenv("STEWARD_CONFIG", str(path))
    return path


ACL = re.compile(
    r"\(principal=(\S+), host=(\S+), operation=(\w+), permissionType=(\w+)\)"
    r"|resourceType=(\w+), name=(.+?), patternType=(\w+)"
)


def test_the_same_acls(run: Run, locked: str):
    given = ("--add", "--allow-principal", "User:agree-app", "--force")
    tool(locked, "kafka-acls", *given, "--producer", "--topic", "agree-a")
    prefixed = ("--group", "agree-", "--resource-pattern-type", "prefixed")
    tool(locked, "kafka-acls", *given, "--operation", "Read", *prefixed)
    theirs: set[tuple[str, ...]] = set()
    resource: tuple[str, ...] = ()
    for principal, host, operation, permission, kind, name, pattern in ACL.findall(
        tool(locked, "kafka-acls", "--list")
    ):
        if kind:
            resource = (kind, name, pattern)
        else:
            theirs.add((principal, permission, operation, *resource, host))
    code, document, _ = run("acl", "list", "--cluster", locked)
    keys = (
        "principal", "permission", "operation", "resource_type", "resource_name", "pattern_type",
        "host",
    )  # fmt: skip
    assert code == 0
    assert {tuple(row[key] for key in keys) for row in document["data"]["acls"]} == theirs
    _, document, _ = run("acl", "describe", "agree-app", "--cluster", locked)
    rights = {r["resource_name"]: r["allowed"] for r in document["data"]["rights"]}
    assert rights == {"agree-a": ["CREATE", "DESCRIBE", "WRITE"], "agree-": ["DESCRIBE", "READ"]}
    tool(locked, "kafka-acls", "--remove", "--allow-principal", "User:agree-app", "--force",
         "--producer", "--topic", "agree-a")  # fmt: skip
    tool(locked, "kafka-acls", "--remove", "--allow-principal", "User:agree-app", "--force",
         "--operation", "Read", "--group", "agree-", "--resource-pattern-type", "prefixed")  # fmt: skip


def test_the_same_users_and_quotas(run: Run, locked: str):
    text = tool(locked, "kafka-configs", "--describe", "--entity-type", "users")
    theirs = set(
        re.findall(
            r"SCRAM credential configs for user-principal '(\S+)' are (SCRAM-SHA-\d+)=", text
        )
    )
    _, document, _ = run("user", "list", "--cluster", locked)
    assert {(u["user"], u["mechanism"]) for u in document["data"]["users"]} >= theirs
    assert (EYE, "SCRAM-SHA-512") in theirs
    _, document, _ = run("quota", "list", "--user", EYE, "--cluster", locked)
    (row,) = document["data"]["quotas"]
    assert (row["entity"], row["producer_byte_rate"]) == (f"user={EYE}", 1048576.0)
    assert f"'{EYE}' are producer_byte_rate=1048576" in text
    _, document, _ = run(
        "quota", "describe", "--user", EYE, "--client-id", "x", "--cluster", locked
    )
    first = document["data"]["quotas"][0]
    assert (first["status"], first["entity"]) == ("limited", f"user={EYE}")
    _, document, _ = run("user", "describe", EYE, "--cluster", locked)
    assert document["data"]["credentials"] == [{"mechanism": "SCRAM-SHA-512", "iterations": 4096}]


NOTHING = {
    ("acl", "list"): 7,
    ("quota", "list"): 7,
    ("user", "list"): 7,
    ("quorum", "describe"): 7,
    ("broker", "list"): 0,
    ("cluster", "describe"): 0,
    ("topic", "list"): 0,
    ("group", "list"): 0,
}


@pytest.mark.parametrize(("words", "code"), NOTHING.items(), ids=str)
def test_without_any_right_the_missing_one_is_named(
    words: tuple[str, ...], code: int, run: Run, eye: Path
):
    found, document, err = run(*words)
    assert found == code, err
    if code == 7:
        assert any("needs DESCRIBE" in u["why"] for u in document["unknown"])
    if words[0] == "topic":
        assert document["data"]["topics"] == []
        assert any("DESCRIBE on topic" in u["why"] for u in document["unknown"]), document[
            "unknown"
        ]


ENOUGH = {
    "topic.list": ("topic", "list", "--size", "--under-min-isr"),
    "topic.describe": ("topic", "describe", "agree-a"),
    "group.list": ("group", "list"),
    "broker.describe": ("broker", "describe", "1"),
    "cluster.describe": ("cluster", "describe"),
    "quorum.describe": ("quorum", "describe"),
    "acl.list": ("acl", "list"),
    "quota.list": ("quota", "list"),
    "user.describe": ("user", "describe", EYE),
    "transaction.list": ("transaction", "list"),
}


@pytest.mark.parametrize("name", ENOUGH)
def test_the_printed_acls_are_enough(
    name: str, run: Run, eye: Path, locked: str, secure_sandbox: RunningSandbox
):
    _, document, _ = run("permissions", "--for", name, "--principal", f"User:{EYE}")
    commands = [shlex.split(command) for command in document["data"]["commands"]]
    for command in commands:
        assert command[:2] == ["kafka-acls.sh", "--bootstrap-server"]
        assert command[3:5] == ["--command-config", "client.properties"]
        tool(locked, "kafka-acls", *command[5:])  # which has settings of its own
    try:
        code, document, err = run(*ENOUGH[name])
        assert (code, document["unknown"]) == (0, []), err
    finally:
        remove_acls_of(admin_client(secure_sandbox.connection), (f"User:{EYE}",))


CHANGED_TOPIC, GROUP, OTHER = "agree-b", "agree-idle", "agree-other"
CHANGES = {
    "topic.create": (
        ("topic", "create", "agree-new", "--partitions", "1", "--replication-factor", "1"),
        "CREATE on topic agree-new",
    ),
    "topic.alter": (
        ("topic", "alter", CHANGED_TOPIC, "--set", "segment.ms=86400000"),
        f"ALTER_CONFIGS on topic {CHANGED_TOPIC}",
    ),
    "topic.trim": (
        ("topic", "trim", "agree-a", "--before", "1", "--partitions", "0"),
        "DELETE on topic agree-a",
    ),
    "topic.delete": (("topic", "delete", "agree-new"), "DELETE on topic agree-new"),
    "group.reset-offsets": (
        ("group", "reset-offsets", GROUP, "--to", "start"),
        f"READ on group {GROUP}",
    ),
    "group.delete": (("group", "delete", GROUP), f"DELETE on group {GROUP}"),
    "quota.alter": (
        ("quota", "alter", "--user", OTHER, "--set", "producer_byte_rate=5MB/s"),
        "ALTER_CONFIGS on cluster",
    ),
    "quota.delete": (("quota", "delete", "--user", OTHER), "ALTER_CONFIGS on cluster"),
    "acl.create": (
        ("acl", "create", "--principal", OTHER, "--operation", "READ", "--topic", "agree-a"),
        "ALTER on cluster",
    ),
    "acl.delete": (("acl", "delete", "--principal", OTHER), "ALTER on cluster"),
    "user.create": (
        ("user", "create", OTHER, "--password-env", "EYE_PASSWORD"),
        "ALTER on cluster",
    ),
    "user.delete": (("user", "delete", OTHER), "ALTER on cluster"),
    "broker.alter": (
        ("broker", "alter", "1", "--set", "log.cleaner.threads=1"),
        "ALTER_CONFIGS on cluster",
    ),
}
"""Commands that change something, in their order, each with the right that its change lacks without any of its own."""


def bindings_of(commands: list[str]) -> list[AclBinding]:
    """Read printed kafka-acls commands."""
    return [acl for command in commands for acl in _bindings(shlex.split(command))]


def _bindings(words: list[str]) -> Iterator[AclBinding]:
    kind, name = ("--cluster", "kafka-cluster") if words[-1] == "--cluster" else words[-2:]
    for flag, operation in pairwise(words):
        if flag == "--operation":
            spelled = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).upper()
            resource = kind.lstrip("-").replace("-", "_").upper()
            yield AclBinding(resource, name, "LITERAL", f"User:{EYE}", "*", spelled, "ALLOW")


@pytest.fixture(scope="module")
def used(secure_sandbox: RunningSandbox, locked: str) -> Iterator[None]:
    """A record to trim, and an idle group with an offset."""
    settings = client_settings(secure_sandbox.connection)
    producer = Producer(settings)
    for _ in range(3):
        producer.produce("agree-a", b"x", partition=0)
    producer.flush(30)
    consumer = Consumer({**settings, "group.id": GROUP})
    commit(consumer, [LivePartition("agree-a", 0, 2)])
    consumer.close()
    yield
    run_tool(locked, "kafka-configs", (
        "--alter", "--entity-type", "brokers", "--entity-name", "1", "--delete-config",
        "log.cleaner.threads",
    ))  # fmt: skip


def test_changes_need_the_printed_acls_and_are_not_begun_without(
    used: None, run: Run, eye: Path, secure_sandbox: RunningSandbox
):
    admin = admin_client(secure_sandbox.connection)
    try:
        for name, (words, lacking) in CHANGES.items():
            data = run("permissions", "--for", name, "--principal", f"User:{EYE}")[1]["data"]
            create_acls(admin, bindings_of(data["commands"]))
            code, document, err = run(*words, "--yes")
            assert (code, document["unknown"]) == (7, []), (name, code, document, err)
            assert any(lacking in e["message"] for e in document["errors"]), (name, document)
            steps = document["data"]["execution"]["steps"]
            assert {s["status"] for s in steps} <= {"failed", "skipped"}, (name, steps)
            create_acls(admin, bindings_of(data["change_commands"]))
            code, document, err = run(*words, "--yes")
            assert (code, document["unknown"]) == (0, []), (name, code, document, err)
            assert {s["status"] for s in document["data"]["execution"]["steps"]} == {"done"}
            remove_acls_of(admin, (f"User:{EYE}",))
    finally:
        remove_acls_of(admin, (f"User:{EYE}", f"User:{OTHER}"))
