"""`steward plan`: every exit code, what machines and pull requests get, and that nothing is half said."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from steward.interfaces.reports.plan_markdown import MOST_CHARACTERS
from steward.model.error import ClusterUnreachable
from support.cluster_text import snapshot_of
from support.command_line import CommandLine

TOPIC = """
apiVersion: steward/v1
kind: Topic
metadata: {name: orders}
spec: {partitions: %s, replicas: 3, retention: %s, config: {min.insync.replicas: 2}}
"""
SET = """
apiVersion: steward/v1
kind: ManifestSet
metadata: {name: s}
spec: {clusters: [{name: prod, clusterId: another}]}
"""
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "3x"},
    "topic_configs": {"orders": {"retention.ms": "86400000", "min.insync.replicas": "2"}},
    "broker_configs": {"*": {"min.insync.replicas": "1"}},
}


@pytest.fixture
def planner(steward: CommandLine) -> CommandLine:
    steward.snapshot = snapshot_of(CLUSTER)
    return steward


def _write(tmp_path: Path, text: str, name: str = "m.yaml") -> str:
    (tmp_path / name).write_text(text)
    return name


@pytest.mark.parametrize(
    ("partitions", "retention", "words", "code"),
    [
        (3, "1d", ("--exit-code",), 0),
        (3, "2d", (), 0),
        (3, "2d", ("--exit-code",), 3),
        (2, "1d", (), 4),
        (2, "1d", ("--exit-code",), 4),
        (6, "1d", (), 0),  # wants a person, which does not change the code
    ],
)
def test_exit_codes(
    planner: CommandLine, tmp_path: Path, partitions: int, retention: str, words: tuple[str, ...], code: int
) -> None:  # fmt: skip
    file = _write(tmp_path, TOPIC % (partitions, retention))
    assert planner("plan", file, *words).code == code


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("kind: [", (), "not YAML"),
        (TOPIC % (3, "1d") + "  partitons: 4\n", (), "m.yaml"),
        (TOPIC % (3, "1d"), ("--prune", "topcis"), "cannot prune 'topcis'"),
        (SET, (), "is for prod (another)"),
    ],
)  # fmt: skip
def test_bad_input_is_usage_and_names_its_place(
    planner: CommandLine, tmp_path: Path, text: str, words: tuple[str, ...], told: str
) -> None:
    ran = planner("plan", _write(tmp_path, text), *words)
    assert ran.code == 2
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_a_cluster_that_cannot_be_reached_is_eight(planner: CommandLine, tmp_path: Path) -> None:
    planner.fault = ClusterUnreachable("no broker answers", remedy="start one")
    assert planner("plan", _write(tmp_path, TOPIC % (3, "1d"))).code == 8


def test_what_may_not_be_seen_at_all_is_seven(planner: CommandLine, tmp_path: Path) -> None:
    planner.snapshot = snapshot_of({**CLUSTER, "users": "denied: DESCRIBE on cluster"})
    user = (
        "apiVersion: steward/v1\nkind: User\nmetadata: {name: u}\nspec: {passwordFrom: {env: P}}\n"
    )
    ran = planner("plan", _write(tmp_path, user), "-o", "json")
    assert ran.code == 7
    assert ran.json["unknown"][0]["why"] == "not permitted: needs DESCRIBE on cluster"


def test_json_is_one_document_after_its_schema(planner: CommandLine, tmp_path: Path) -> None:
    file = _write(tmp_path, TOPIC % (6, "12h"))
    found = planner("plan", file, "-o", "json").json
    jsonschema.validate(found, json.loads(planner("schema-of", "plan").out))
    data = found["data"]
    assert [(s["kind"], s["risk"], s["reversible"]) for s in data["steps"]] == [
        ("CreatePartitions", "disruptive", False),
        ("IncrementalAlterConfigs", "destructive", True),
    ]
    last = data["steps"][1]
    assert (last["before"]["retention.ms"], last["after"]["retention.ms"]) == (
        "86400000",
        "43200000",
    )
    assert data["guard"]["ruling"] == "approve"
    assert data["kept"] is True
    assert found["observed_at"]


def test_a_kept_plan_can_be_found_again(planner: CommandLine, tmp_path: Path) -> None:
    from steward.commands.api.context import Context
    from steward.commands.api.open_store import open_store

    file = _write(tmp_path, TOPIC % (3, "2d"))
    plan_id = planner("plan", file, "-o", "json").json["data"]["id"]
    context = Context(connect=lambda _: planner, directory=tmp_path)  # pyright: ignore[reportArgumentType, reportUnknownLambdaType]
    with open_store(context) as store:
        assert store.plans.find(plan_id).source == "plan m.yaml"


def test_standard_input_is_read(planner: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (TOPIC % (3, "1d")).encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    ran = planner("plan", "-", "--exit-code")
    assert ran.code == 0
    assert "nothing to change" in ran.out


def test_text_shows_old_and_new_and_what_the_guard_says(
    planner: CommandLine, tmp_path: Path
) -> None:
    ran = planner("plan", _write(tmp_path, TOPIC % (3, "12h")))
    assert "retention.ms: 86400000 (1d) -> 43200000 (12h)   [destructive]" in ran.out
    assert "confirmation required" in ran.out
    assert "to execute exactly this:\n  $ steward --cluster prod plan execute" in ran.out


def test_a_refused_plan_offers_no_way_to_run_it(planner: CommandLine, tmp_path: Path) -> None:
    ran = planner("plan", _write(tmp_path, TOPIC % (1, "1d")))
    assert "impossible" in ran.out
    assert "blocked by policy" in ran.out
    assert "plan execute" not in ran.out


def test_markdown_fits_into_a_comment_and_shows_the_risky_first(
    planner: CommandLine, tmp_path: Path
) -> None:
    many = "---".join(
        (TOPIC % (3, "7d")).replace("name: orders", f"name: orders-{i:04}") for i in range(900)
    )
    file = _write(tmp_path, many + "---" + TOPIC % (3, "12h"))
    out = planner("plan", file, "-o", "markdown").out
    assert len(out) <= MOST_CHARACTERS
    assert out.index("topic orders: retention.ms") < out.index("topic orders-0000")
    assert "more lines" in out
    assert out.count("```") == 2


def test_names_cannot_break_out_of_markdown(planner: CommandLine, tmp_path: Path) -> None:
    acl = """
apiVersion: steward/v1
kind: Acl
metadata: {name: a}
spec: {principal: "User:a```\\n# big", resource: {type: topic, name: t}, operations: [Read]}
"""
    out = planner("plan", _write(tmp_path, acl), "-o", "markdown").out
    marks = [line for line in out.splitlines() if line.startswith("```")]
    assert marks == ["````diff", "````"], "longer than what is inside"
    assert "\n# big" not in out


def test_policies_that_are_not_judged_are_told(planner: CommandLine, tmp_path: Path) -> None:
    policy = "apiVersion: steward/v1\nkind: Policy\nmetadata: {name: p}\nspec: {rule: 'true', message: m}\n"
    ran = planner("plan", _write(tmp_path, policy + "---" + TOPIC % (3, "1d")))
    assert "1 Policy document among the manifests is ignored" in ran.err


def test_criticality_of_manifests_counts_for_the_guard(
    planner: CommandLine, tmp_path: Path
) -> None:
    text = (TOPIC % (3, "1d")).replace("orders", "scratch").replace("replicas: 2", "replicas: 1")
    assert planner("plan", _write(tmp_path, text)).code == 4
    declared = text.replace("partitions: 3,", "partitions: 3, criticality: ephemeral,")
    assert planner("plan", _write(tmp_path, declared)).code == 0


def test_another_replication_factor_is_steps_that_say_what_is_copied(
    planner: CommandLine, tmp_path: Path
) -> None:
    logs = {"/data": {"orders-0": 5_000_000, "_total": 10**9, "_usable": 10**9}}
    planner.snapshot = snapshot_of(
        CLUSTER
        | {
            "brokers": "1@a 2@b 3@c",
            "topics": {"orders": ["1*", "2*", "3*"]},
            "reassignments": {},
            "log_dirs": {
                1: logs,
                2: {"/data": {"_usable": 10**9}},
                3: {"/data": {"_usable": 10**9}},
            },
        }
    )
    data = planner("plan", _write(tmp_path, TOPIC % (3, "1d")), "-o", "json").json["data"]
    assert [(s["kind"], s["object"]["name"], s["reversible"]) for s in data["steps"]] == [
        ("AlterPartitionReassignments", f"orders-{n}", True) for n in range(3)
    ]
    assert data["steps"][0]["before"]["replicas"] == "1"
    assert len(data["steps"][0]["after"]["replicas"].split(",")) == 3
    assert "copies" in data["steps"][0]["effects"][0]
    four = (TOPIC % (3, "1d")).replace("replicas: 3", "replicas: 4")
    ran = planner("plan", _write(tmp_path, four), "-o", "json")
    assert ran.code == 4
    assert "only 3 brokers" in ran.json["data"]["impossible"][0]["reason"]
    assert "factor of 3" in ran.json["data"]["impossible"][0]["remedy"]
