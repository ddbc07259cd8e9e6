"""Declared state on real brokers: exported and planned without a difference, drifted, pruned, and never recreated."""

from pathlib import Path

import pytest

from support.declared_state import PREFIX, USER, differences, exported, make_with_kafkas_tools
from support.live_changes import Live
from support.running_sandbox import RunningSandbox

pytestmark = pytest.mark.brokers

SET = f"""
apiVersion: steward/v1
kind: ManifestSet
metadata: {{name: declared}}
spec:
  scope: {{topics: ["{PREFIX}"], principals: ["User:declared-*"]}}
  prune: {{topics: plan, acls: plan, quotas: plan, users: plan}}
"""
TOPIC = """
---
apiVersion: steward/v1
kind: Topic
metadata: {name: declared.%s}
spec: {partitions: %s, replicas: 1, retention: %s, config: {%s}}
"""


@pytest.fixture
def live(secure_sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> Live:
    return Live(secure_sandbox, capsys)


def test_what_kafkas_tools_made_is_exported_drifts_and_is_pruned_in_its_scope_alone(
    live: Live, tmp_path: Path
) -> None:
    make_with_kafkas_tools(live)
    file = exported(live, tmp_path)
    text = file.read_text()
    assert "made-by-kafka" not in text
    for word in (f"{PREFIX}orders", f"{PREFIX}plain", USER, "CN=guest,O=acme", "10.0.0.9"):
        assert word in text
    assert differences(live, file) == (0, [])

    assert live.steward("drift", str(file)).code == 0
    live.kafka(
        "kafka-configs", "--alter", "--entity-type", "topics", "--entity-name", f"{PREFIX}orders",
        "--add-config", "retention.ms=3600000",
    )  # fmt: skip
    drifted = live.steward("drift", str(file))
    assert drifted.code == 3
    (step,) = drifted.data["steps"]
    assert (step["before"]["retention.ms"], step["after"]["retention.ms"]) == (
        "3600000",
        "86400000",
    )
    assert step["absent_at"] < step["appeared_at"]
    live.done("plan", "execute", drifted.data["id"], "--yes")
    assert live.steward("drift", str(file)).code == 0

    _is_pruned(live, tmp_path)


def _is_pruned(live: Live, tmp_path: Path) -> None:
    before = set(live.kafka("kafka-topics", "--list").split())
    (tmp_path / "empty.yaml").write_text(SET)
    pruned = live.steward("plan", str(tmp_path / "empty.yaml"))
    assert {(s["kind"], s["object"]["name"]) for s in pruned.data["steps"] if s["kind"] == "DeleteTopics"} == {
        ("DeleteTopics", f"{PREFIX}orders"), ("DeleteTopics", f"{PREFIX}plain"),
    }  # fmt: skip
    live.done("plan", "execute", pruned.data["id"], "--yes")
    assert before - set(live.kafka("kafka-topics", "--list").split()) == {
        f"{PREFIX}orders", f"{PREFIX}plain",
    }  # fmt: skip
    assert differences(live, tmp_path / "empty.yaml") == (0, [])
    assert USER not in live.kafka("kafka-acls", "--list")
    left = live.kafka("kafka-configs", "--describe", "--entity-type", "clients", "--entity-default")
    assert "consumer_byte_rate=1.0E8" in left  # a default is no set's: it stays
    for kind, which, key in (
        ("clients", ("--entity-default",), "consumer_byte_rate"),
        ("ips", ("--entity-name", "10.0.0.9"), "connection_creation_rate"),
    ):
        live.kafka(
            "kafka-configs", "--alter", "--entity-type", kind, *which, "--delete-config", key
        )


def test_fewer_partitions_and_unknown_keys_are_refused_and_nothing_is_recreated(
    live: Live, tmp_path: Path
) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(SET + TOPIC % ("kept", 3, "1d", ""))
    planned = live.steward("plan", str(file))
    live.done("plan", "execute", planned.data["id"], "--yes")
    topic = live.kafka("kafka-topics", "--describe", "--topic", "declared.kept").split("TopicId: ")[
        1
    ][:22]

    file.write_text(SET + TOPIC % ("kept", 1, "1d", "retention.mss: 5"))
    refused = live.steward("plan", str(file))
    assert refused.code == 4
    reasons = {one["reason"].split(" (")[0]: one["remedy"] for one in refused.data["impossible"]}
    assert "did you mean retention.ms?" in reasons.values()
    assert any(
        "Kafka cannot remove partitions" in one["reason"] for one in refused.data["impossible"]
    )
    assert live.steward("plan", "execute", refused.data["id"], "--yes").code == 4
    described = live.kafka("kafka-topics", "--describe", "--topic", "declared.kept")
    assert topic in described
    assert "PartitionCount: 3" in described

    file.write_text(SET)
    gone = live.steward("plan", str(file))
    live.done("plan", "execute", gone.data["id"], "--yes")


def test_it_is_applied_once_and_a_second_plan_is_empty(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DECLARED_PASSWORD", "not-for-logs")
    file = tmp_path / "m.yaml"
    file.write_text(
        SET
        + TOPIC % ("new", 3, "7d", "max.message.bytes: 2MiB")
        + f"""
---
apiVersion: steward/v1
kind: Application
metadata: {{name: app}}
spec:
  principal: "User:{USER}"
  produces: [{{topic: declared.new}}]
  consumes: [{{topic: declared.new, group: declared.g}}]
---
apiVersion: steward/v1
kind: User
metadata: {{name: {USER}}}
spec: {{mechanism: SCRAM-SHA-256, iterations: 4096, passwordFrom: {{env: DECLARED_PASSWORD}}}}
---
apiVersion: steward/v1
kind: Quota
metadata: {{name: q}}
spec: {{entity: {{user: {USER}, clientId: <default>}}, limits: {{producerByteRate: 5MB/s}}}}
"""
    )
    planned = live.steward("plan", str(file))
    assert len(planned.data["steps"]) == 6
    live.done("plan", "execute", planned.data["id"], "--yes")
    assert differences(live, file) == (0, [])
    assert differences(live, exported(live, tmp_path)) == (0, [])
    file.write_text(SET)
    gone = live.steward("plan", str(file))
    assert {s["risk"] for s in gone.data["steps"]} >= {"destructive", "disruptive"}
    live.done("plan", "execute", gone.data["id"], "--yes")


def test_another_replication_factor_is_carried_out_with_what_grows_and_undone(
    live: Live, tmp_path: Path
) -> None:
    file = tmp_path / "m.yaml"
    name = f"{PREFIX}copies"

    def described() -> str:
        return live.kafka("kafka-topics", "--describe", "--topic", name)

    def carried_out(partitions: int, replicas: int) -> str:
        wish = (TOPIC % ("copies", partitions, "1d", "")).replace(
            "replicas: 1", f"replicas: {replicas}"
        )
        file.write_text(SET + wish)
        planned = live.steward("plan", str(file))
        live.done("plan", "execute", planned.data["id"], "--yes")
        assert differences(live, file) == (0, [])
        assert f"PartitionCount: {partitions}\tReplicationFactor: {replicas}" in described()
        return planned.data["id"]

    carried_out(2, 1)
    carried_out(4, 3)
    assert described().count("Isr: ") == 4
    smaller = carried_out(4, 2)
    live.done("plan", "undo", smaller, "--yes")
    assert "ReplicationFactor: 3" in described()
    file.write_text(SET)
    gone = live.steward("plan", str(file))
    live.done("plan", "execute", gone.data["id"], "--yes")
