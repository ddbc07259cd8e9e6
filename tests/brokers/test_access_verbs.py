"""ACLs, quotas, users and brokers changed on a secured cluster: Kafka's own tools see what steward was asked for."""

import re

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from support.live_admin import client_settings
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

USER = "verbs-app"


@pytest.fixture
def live(secure_sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> Live:
    return Live(secure_sandbox, capsys)


def test_a_user_logs_in_with_its_newest_password_until_it_is_deleted(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRST", "first-secret")
    monkeypatch.setenv("SECOND", "second-secret")
    refused = live.steward("user", "create", USER, "--password-env", "FIRST")
    assert refused.code == 4
    live.done("user", "create", USER, "--password-env", "FIRST", "--yes")
    described = live.kafka(
        "kafka-configs", "--describe", "--entity-type", "users", "--entity-name", USER
    )
    assert "SCRAM-SHA-512=iterations=8192" in described
    assert _can_log_in(live, "first-secret")
    live.done("user", "alter", USER, "--password-env", "SECOND", "--yes")
    assert _can_log_in(live, "second-secret")
    assert not _can_log_in(live, "first-secret")
    live.done("user", "delete", USER, "--yes")
    assert not _can_log_in(live, "second-secret")


def _can_log_in(live: Live, password: str) -> bool:
    settings = {
        **client_settings(live.sandbox.connection),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": USER,
        "sasl.password": password,
    }
    try:
        AdminClient(settings).list_topics(timeout=5)
    except KafkaException:
        return False
    return True


def test_acls_and_quotas_are_what_kafkas_tools_list(live: Live) -> None:
    words = ("--principal", USER, "--operation", "READ", "--topic", "verbs.", "--prefixed")
    assert live.steward("acl", "create", *words).code == 4
    live.done("acl", "create", *words, "--yes")
    listed = live.kafka("kafka-acls", "--list", "--principal", f"User:{USER}")
    assert "patternType=PREFIXED" in listed
    assert f"principal=User:{USER}, host=*, operation=READ, permissionType=ALLOW" in listed
    live.done("acl", "delete", "--principal", USER, "--yes")
    assert USER not in live.kafka("kafka-acls", "--list")

    entity = ("--user", USER, "--client-id", "<default>")
    live.done("quota", "alter", *entity, "--set", "producer_byte_rate=5MB/s", "--yes")
    described = live.kafka(
        "kafka-configs", "--describe", "--entity-type", "users", "--entity-name", USER,
        "--entity-type", "clients", "--entity-default",
    )  # fmt: skip
    assert re.search(r"producer_byte_rate=5000000(\.0)?", described)
    live.done("quota", "delete", *entity, "--yes")
    assert live.steward("quota", "delete", *entity).code == 1
    refused = live.steward(
        "quota", "alter", "--user", USER, "--set", "connection_creation_rate=5", "--yes"
    )
    assert refused.code == 4


def test_a_brokers_value_is_set_and_taken_away(live: Live) -> None:
    key = "log.cleaner.threads"
    live.done("broker", "alter", "1", "--set", f"{key}=2", "--yes")
    asked = ("--describe", "--entity-type", "brokers", "--entity-name", "1")
    assert f"{key}=2" in live.kafka("kafka-configs", *asked)
    live.done("broker", "alter", "1", "--unset", key, "--yes")
    assert f"{key}=2" not in live.kafka("kafka-configs", *asked)
    refused = live.steward("broker", "alter", "1", "--set", "node.id=5", "--yes")
    assert refused.code == 4
    assert "read-only" in refused.told
