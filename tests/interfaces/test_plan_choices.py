"""Plans of some objects, of the possible part, as dry runs, declined; and which cluster a list is about."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steward.commands.api.consent import ConsentQuestion
from support.changing import Changing

MANIFESTS = """
apiVersion: steward/v1
kind: ManifestSet
metadata: {name: orders}
spec: {scope: {topics: ["orders", "old"], principals: ["User:o*"]}}
---
apiVersion: steward/v1
kind: Topic
metadata: {name: orders}
spec: {partitions: %s, replicas: 3, retention: 2d, config: {min.insync.replicas: 2}}
---
apiVersion: steward/v1
kind: Topic
metadata: {name: orders.new}
spec: {partitions: 3, replicas: 3, retention: 1d, config: {min.insync.replicas: 2}}
---
apiVersion: steward/v1
kind: Application
metadata: {name: api}
spec:
  principal: User:api
  type: app
  consumes: [{topic: orders.new, group: api}]
---
apiVersion: steward/v1
kind: Quota
metadata: {name: api-quota}
spec: {entity: {user: api}, limits: {producerByteRate: 5MB/s}}
"""
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {"orders": "3x", "old": "1x", "elsewhere": "1x"},
    "topic_configs": {
        "orders": {"retention.ms": "86400000", "min.insync.replicas": "2"},
        "old": {"retention.ms": "1000"},
        "elsewhere": {"retention.ms": "1000"},
    },
    "broker_configs": {"1": {}, "2": {}, "3": {}},
    "acls": [
        "ALLOW User:app READ TOPIC LITERAL old *",
        "ALLOW User:app READ TOPIC LITERAL elsewhere *",
    ],
    "quotas": [{"user": "old", "producer_byte_rate": 1000}],
    "users": {"old": {"SCRAM-SHA-512": 8192}},
}
DEV = ("--cluster", "dev")
POSSIBLE, IMPOSSIBLE = 3, 2
"""Partitions of orders: those that it has, and fewer, which Kafka cannot do."""


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing]) -> Changing:
    Path("m.yaml").write_text(MANIFESTS % POSSIBLE)
    Path("partly.yaml").write_text(MANIFESTS % IMPOSSIBLE)
    return changing(CLUSTER)


def objects(run: Changing, *words: str) -> list[str]:
    ran = run("plan", *words, *DEV)
    assert ran.code == 0, ran.told
    return [f"{s['object']['kind']} {s['object']['name']}" for s in ran.data["steps"]]


def test_without_targets_everything_is_planned(run: Changing) -> None:
    kinds = [about.split()[0] for about in objects(run, "m.yaml")]
    assert sorted(set(kinds)) == ["acl", "quota", "topic"]


@pytest.mark.parametrize("target", ["Topic/orders", "topic/orders"])
def test_a_plan_of_one_topic_has_steps_of_it_alone(run: Changing, target: str) -> None:
    assert objects(run, "m.yaml", "--target", target) == ["topic orders"]


def test_several_targets_are_planned_together(run: Changing) -> None:
    found = objects(run, "m.yaml", "--target", "Topic/orders", "--target", "Quota/api-quota")
    assert sorted(about.split()[0] for about in found) == ["quota", "topic"]


def test_what_a_target_depends_on_is_named(run: Changing) -> None:
    ran = run("plan", "m.yaml", "--target", "Application/api", *DEV)
    assert {s["object"]["kind"] for s in ran.data["steps"]} == {"acl"}
    (depends, *_) = [w for w in ran.document["warnings"] if w["code"] == "depends_on"]
    assert "depends on topic orders.new" in depends["message"]
    assert depends["remedy"] == "add --target topic/orders.new"
    both = ("--target", "Application/api", "--target", "topic/orders.new")
    whole = run("plan", "m.yaml", *both, *DEV)
    assert "depends_on" not in {w["code"] for w in whole.document["warnings"]}


def test_a_target_that_there_is_not_names_the_nearest(run: Changing) -> None:
    ran = run("plan", "m.yaml", "--target", "Topic/order", *DEV)
    assert ran.code == 2
    assert "did you mean Topic/orders?" in ran.told
    assert "KIND/NAME" in run("plan", "m.yaml", "--target", "nonsense", *DEV).told


def test_an_impossible_change_elsewhere_does_not_concern_a_target(run: Changing) -> None:
    assert run("plan", "partly.yaml", *DEV).code == 4
    assert objects(run, "partly.yaml", "--target", "Topic/orders.new") == ["topic orders.new"]


def test_the_possible_part_runs_only_where_that_is_allowed(run: Changing) -> None:
    refused = run("plan", "partly.yaml", *DEV)
    assert (refused.code, refused.data["partial"]) == (4, False)
    key = refused.data["id"]
    again = run("plan", "execute", key, "--yes", *DEV)
    assert (again.code, run.cluster.performed) == (4, [])
    assert "impossible" in {e["code"] for e in again.document["errors"]}
    hint = run.text("plan", "partly.yaml", *DEV)
    assert f"steward --cluster dev plan execute {key} --allow-partial" in hint

    allowed = run("plan", "partly.yaml", "--allow-partial", *DEV)
    assert (allowed.code, allowed.data["id"], allowed.data["partial"]) == (0, key, True)
    done = run("plan", "execute", key, "--yes", "--allow-partial", *DEV)
    assert done.code == 0, done.told
    assert done.data["outcome"] == "done"
    assert [one["object"]["name"] for one in done.data["left_out"]] == ["orders"]
    assert "orders.new" in {t.name for t in run.cluster.snapshot.topics.value}
    details = [a["detail"] for a in run("plan", "status", key).data["audit"]]
    assert all("partial: 1 impossible change left out: topic orders" in d for d in details[-2:])


def test_a_partial_execution_says_so_in_text(run: Changing) -> None:
    key = run("plan", "partly.yaml", *DEV).data["id"]
    said = run.text("plan", "execute", key, "--yes", "--allow-partial", *DEV)
    assert "partial: 1 impossible change left out" in said


def test_a_plans_file_is_applied_in_part_where_that_is_allowed(run: Changing) -> None:
    Path("plan.json").write_text(run.text("plan", "partly.yaml", "-o", "json", *DEV))
    assert run("apply", "plan.json", "--yes", *DEV).code == 4
    assert run.cluster.performed == []
    done = run("apply", "plan.json", "--yes", "--allow-partial", *DEV)
    assert (done.code, len(done.data["left_out"])) == (0, 1), done.told


def test_where_nothing_is_possible_nothing_is_allowed(run: Changing) -> None:
    words = ("partly.yaml", "--target", "Topic/orders", "--allow-partial")
    Path("partly.yaml").write_text(
        (MANIFESTS % IMPOSSIBLE).replace("retention: 2d", "retention: 1d")
    )
    assert run("plan", *words, *DEV).code == 4


def test_a_plan_made_again_has_the_same_id_until_it_was_executed(run: Changing) -> None:
    first, second = (run("plan", "m.yaml", *DEV).data["id"] for _ in range(2))
    assert first == second
    before = run.cluster.snapshot
    assert run("plan", "execute", first, "--yes", *DEV).code == 0
    run.cluster.snapshot = before
    third = run("plan", "m.yaml", *DEV).data["id"]
    assert third != first
    performed = len(run.cluster.performed)
    assert run("plan", "execute", third, "--yes", *DEV).code == 0
    assert len(run.cluster.performed) == 2 * performed


def listed(run: Changing, *words: str) -> list[str]:
    return [p["id"] for p in run("plan", "list", *words).data["plans"]]


def test_dry_runs_do_not_fill_the_list_and_can_be_executed(run: Changing) -> None:
    words = ("topic", "alter", "orders", "--retention", "3d")
    key = run(*words, "--dry-run", *DEV).data["id"]
    assert (listed(run), listed(run, "--dry-runs")) == ([], [key])
    assert run("plan", "execute", key, "--yes", *DEV).code == 0
    assert listed(run) == [key]


def test_lists_show_the_cluster_and_are_filtered_by_it(run: Changing) -> None:
    key = run("plan", "m.yaml", *DEV).data["id"]
    assert run("plan", "execute", key, "--yes", *DEV).code == 0
    (row,) = run("plan", "list").data["plans"]
    assert (row["cluster"], row["cluster_id"]) == ("dev", run.cluster.snapshot.cluster_id)
    assert listed(run, *DEV) == [key]
    assert listed(run, "--cluster", row["cluster_id"]) == [key]
    assert listed(run, "--cluster", "prod") == []
    lines = run("plan", "audit").data["lines"]
    assert {line["cluster"] for line in lines} == {"dev"}
    assert run("plan", "audit", *DEV).data["lines"] == lines
    assert run("plan", "audit", "--cluster", "prod").data["lines"] == []
    assert run("plan", "list", "--cluster", "nowhere").code == 2


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> list[ConsentQuestion]:
    asked: list[ConsentQuestion] = []

    def asker(*_: object) -> Callable[[ConsentQuestion], bool]:
        def ask(question: ConsentQuestion) -> bool:
            asked.append(question)
            return False

        return ask

    monkeypatch.setattr("steward.interfaces.cli.asking.asker", asker)
    monkeypatch.setattr("steward.interfaces.cli.asking.is_terminal", lambda: True)
    return asked


@pytest.mark.parametrize(
    "words",
    [("topic", "alter", "orders", "--retention", "3d"), ("plan", "execute", "PLAN")],
)
def test_a_declined_plan_says_once_that_it_was_cancelled(
    run: Changing, at_terminal: list[ConsentQuestion], words: tuple[str, ...]
) -> None:
    key = run("plan", "m.yaml", *DEV).data["id"]
    words = tuple(key if w == "PLAN" else w for w in words)
    code, out, err = run._run(*words, *DEV)  # pyright: ignore[reportPrivateUsage]
    assert (code, len(at_terminal), run.cluster.performed) == (4, 1, [])
    assert out == ""
    assert err.count("Cancelled") == 1
    assert "plan execute" in err
    document = run(*words, *DEV)
    assert document.code == 4
    assert [e["code"] for e in document.document["errors"]] == ["not_confirmed"]


def test_drift_names_what_no_manifest_declares_in_scope(run: Changing) -> None:
    ran = run("drift", "m.yaml", *DEV)
    found = {(one["object"]["kind"], one["set"], one["prune"]) for one in ran.data["unmanaged"]}
    assert found == {(kind, "orders", "never") for kind in ("topic", "acl", "quota", "user")}
    names = " ".join(one["object"]["name"] for one in ran.data["unmanaged"])
    assert "old" in names
    assert "elsewhere" not in names
    said = run.text("drift", "m.yaml", *DEV)
    assert "unmanaged: in scope, declared by no manifest" in said
    assert "topic old" in said
    assert "topic old" in run.text("drift", "m.yaml", "-o", "markdown", *DEV)
