"""`steward export` and `steward drift`: what is written reads back as no difference; what differs says since when."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import yaml

from steward.model.snapshot import Part
from support.cluster_text import snapshot_of
from support.command_line import CommandLine

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "3x", "users.v1": "2x", "app-store-changelog": "1x", "empty": "1x"},
    "topic_configs": {
        "orders": {
            "retention.ms": "86400000",
            "retention.bytes": "-1",
            "cleanup.policy": "compact,delete",
            "min.insync.replicas": {"value": "2", "source": "STATIC_BROKER_CONFIG"},
            "follower.replication.throttled.replicas": "0:1",
        },
        "users.v1": {"retention.ms": "-2", "compression.type": ""},
        "app-store-changelog": {"cleanup.policy": "compact"},
        "empty": {},
    },
    "acls": [
        "ALLOW User:app READ TOPIC LITERAL orders *",
        "ALLOW User:app WRITE TOPIC LITERAL orders *",
        "DENY User:app WRITE TOPIC LITERAL orders 10.0.0.1",
        "ALLOW User:app WRITE GROUP LITERAL nonsense *",
        "ALLOW User:ops ALTER CLUSTER LITERAL not-kafka-cluster *",
        "ALLOW User:app READ TOPIC PREFIXED * *",
        "ALLOW User:* DESCRIBE TOPIC LITERAL * *",
        "ALLOW User:app CREATE_TOKENS USER LITERAL bob *",
    ],
    "quotas": [
        {"user": "app", "producer_byte_rate": 1500, "request_percentage": 12.5},
        {"user": None, "consumer_byte_rate": 1048576},
        {"client-id": None, "user": "app", "controller_mutation_rate": 0.00001},
        {"ip": "10.0.0.1", "connection_creation_rate": 7},
        {"ip": None, "connection_creation_rate": 8},
    ],
    "users": {"app": {"SCRAM-SHA-256": 4096, "SCRAM-SHA-512": 8192}},
}


@pytest.fixture
def planner(steward: CommandLine) -> CommandLine:
    steward.snapshot = snapshot_of(CLUSTER)
    return steward


def _given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))


@pytest.mark.parametrize("words", [(), ("--layered",)])
def test_a_plan_of_what_was_exported_is_empty(
    planner: CommandLine, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    out = planner("export", *words).out
    _given(monkeypatch, out)
    ran = planner("plan", "-", "--exit-code", "-o", "json")
    assert ran.json["data"]["steps"] == []
    assert ran.json["data"]["impossible"] == []
    assert ran.json["data"]["remaining"] == []
    assert ran.code == 0


def test_everything_is_written_and_throttles_are_not(planner: CommandLine) -> None:
    documents = [d for d in yaml.safe_load_all(planner("export").out) if d]
    by_kind: dict[str, list[Any]] = {}
    for d in documents:
        by_kind.setdefault(d["kind"], []).append(d)
    assert [d["metadata"]["name"] for d in by_kind["Topic"]] == ["empty", "orders", "users.v1"]
    orders = by_kind["Topic"][1]["spec"]
    assert orders == {
        "partitions": 3, "replicas": 3, "retention": "1d",
        "retentionBytes": "unlimited", "config": {"cleanup.policy": "compact,delete"},
    }  # fmt: skip
    assert len(by_kind["Acl"]) == 7
    assert len(by_kind["Quota"]) == 5
    assert [d["spec"].get("passwordFrom") for d in by_kind["User"]] == [None, None]
    assert by_kind["ManifestSet"][0]["spec"] == {
        "clusters": [{"name": "prod", "clusterId": "test-cluster"}]
    }


def test_it_is_the_same_text_every_time(planner: CommandLine) -> None:
    assert planner("export").out == planner("export").out


def test_layered_topics_are_left_out_and_it_is_said(planner: CommandLine) -> None:
    ran = planner("export")
    assert "app-store-changelog" not in ran.out
    assert "1 topics of Streams" in ran.err
    assert "app-store-changelog" in planner("export", "--layered").out


def test_only_what_is_asked_for_is_looked_at(planner: CommandLine) -> None:
    ran = planner("export", "--only", "acls")
    assert ran.observer.parts_asked == {Part.IDENTITY, Part.ACLS}
    assert {d["kind"] for d in yaml.safe_load_all(ran.out)} == {"ManifestSet", "Acl"}
    assert planner("export", "--only", "acl").code == 2


def test_what_could_not_be_seen_is_said(planner: CommandLine) -> None:
    planner.snapshot = snapshot_of(
        {**CLUSTER, "users": "denied: DESCRIBE on cluster", "topic_configs": {"orders": "denied: it"}}
    )  # fmt: skip
    ran = planner("export", "-o", "json")
    assert ran.code == 0
    assert {(u["what"], u["of"]) for u in ran.json["unknown"]} >= {
        ("users", "cluster"), ("config", "orders"),
    }  # fmt: skip
    assert "orders" not in {
        d["metadata"]["name"] for d in ran.json["data"]["documents"] if d["kind"] == "Topic"
    }


def test_a_folder_gets_a_file_for_each_prefix_and_nothing_is_overwritten(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = planner("export", "--directory", "out")
    files = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.yaml"))
    assert files == [
        "access/all.yaml", "access/app.yaml", "access/ops.yaml", "manifestset.yaml", "quota.yaml",
        "topics/empty.yaml", "topics/orders.yaml", "topics/users.yaml", "user.yaml",
    ]  # fmt: skip
    assert len(ran.out.splitlines()) == len(files)
    assert planner("plan", "out", "--exit-code").code == 0
    again = planner("export", "--directory", "out")
    assert again.code == 2
    assert "already holds manifests" in again.err


# Drift


def test_no_drift_is_zero(planner: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    _given(monkeypatch, planner("export").out)
    ran = planner("drift", "-")
    assert ran.code == 0
    assert "nothing to change" in ran.out


def _changed(retention: str) -> Any:
    configs = {**CLUSTER["topic_configs"]}
    configs["orders"] = {**configs["orders"], "retention.ms": retention}
    return snapshot_of({**CLUSTER, "topic_configs": configs})


def test_drift_is_three_and_tells_old_new_and_since_when(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.yaml").write_text(planner("export").out)
    now = 1_700_000_000_000
    monkeypatch.setattr("steward.commands.api.context.time.time_ns", lambda: now * 1_000_000)
    assert planner("drift", "m.yaml").code == 0
    now += 60_000
    planner.snapshot = _changed("3600000")
    ran = planner("drift", "m.yaml", "-o", "json")
    assert ran.code == 3
    (step,) = ran.json["data"]["steps"]
    assert step["before"]["retention.ms"] == "3600000"
    assert step["after"]["retention.ms"] == "86400000"
    assert step["appeared_at"] == "2023-11-14T22:14:20.000Z"
    assert step["absent_at"] == "2023-11-14T22:13:20.000Z"
    now += 60_000
    later = planner("drift", "m.yaml", "-o", "json").json["data"]["steps"][0]
    assert later["appeared_at"] == step["appeared_at"]
    assert "appeared between" in planner("drift", "m.yaml").out
    jsonschema.validate(ran.json, planner("schema-of", "drift").json)
    now += 60_000
    planner.snapshot = _changed("7200000")  # another writer: a difference of its own
    newer = planner("drift", "m.yaml", "-o", "json").json["data"]["steps"][0]
    assert newer["appeared_at"] > step["appeared_at"]


def test_without_a_store_the_time_is_unknown_and_the_rest_is_told(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.yaml").write_text(planner("export").out)
    planner.snapshot = _changed("3600000")
    (tmp_path / "blocked").write_text("")
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "blocked"))
    ran = planner("drift", "m.yaml", "-o", "json")
    assert ran.code == 3
    assert ran.json["data"]["steps"][0]["appeared_at"] is None
    assert any(u["what"].endswith("appeared_at") for u in ran.json["unknown"])
