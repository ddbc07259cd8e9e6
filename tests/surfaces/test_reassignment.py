"""`steward reassignment`: the certificate, files that Kafka's tool takes, and refusals with a way out."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.cluster_text import snapshot_of
from support.command_line import CommandLine

SIZES = {f"orders-{n}": 1_000_000 for n in range(6)}
CLUSTER: dict[str, Any] = {
    "brokers": "1@a 2@b 3@c 4@a",
    "topics": {"orders": ["1* 2 3"] * 6},
    "log_dirs": {b: {"/data": {**SIZES, "_total": 10**9, "_usable": 10**9}} for b in (1, 2, 3)}
    | {4: {"/data": {"_total": 10**9, "_usable": 10**9}}},
    "reassignments": {},
}


@pytest.fixture
def planner(steward: CommandLine) -> CommandLine:
    steward.snapshot = snapshot_of(CLUSTER)
    return steward


def test_a_plan_has_its_bound_and_writes_files(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = planner(
        "reassignment", "plan", "add-broker", "--brokers", "4", "--out", "plan.json", "--rollback",
        "back.json", "-o", "json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    data = ran.json["data"]
    assert data["planned"]
    assert data["bytes_moved"] >= data["lower_bound_bytes"] > 0
    plan, back = (json.loads((tmp_path / f).read_text()) for f in ("plan.json", "back.json"))
    assert plan["version"] == back["version"] == 1
    moved = {(p["topic"], p["partition"]): p["replicas"] for p in plan["partitions"]}
    assert any(4 in replicas for replicas in moved.values())
    assert all(len(set(r)) == 3 for r in moved.values())
    assert all(p["replicas"] == [1, 2, 3] for p in back["partitions"])
    assert {m["topic"] for m in data["moves"]} == {"orders"}


def test_the_text_begins_with_what_it_costs(planner: CommandLine) -> None:
    ran = planner("reassignment", "plan", "drain", "--brokers", "1", "--tolerance", "100")
    assert ran.code == 0
    assert ran.out.startswith("drain: 5.7 MiB in 6 replicas move")
    assert "no plan moves less than 5.7 MiB (0.00% above it)" in ran.out
    assert "broker 4 receives most" in ran.out


def test_a_snapshot_is_planned_over_without_the_cluster(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert planner("reassignment", "snapshot", "layout.json").code == 0
    live = planner("reassignment", "plan", "balance", "-o", "json").json["data"]
    filed = planner("reassignment", "plan", "balance", "--snapshot", "layout.json", "-o", "json")
    assert filed.json["data"]["moves"] == live["moves"]


def test_a_foreign_plan_is_judged(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entry = {"topic": "orders", "partition": 0, "replicas": [4, 2, 3]}
    (tmp_path / "theirs.json").write_text(json.dumps({"version": 1, "partitions": [entry]}))
    ran = planner("reassignment", "plan", "balance", "--json", "theirs.json", "-o", "json")
    assert ran.json["data"]["bytes_moved"] == 1_000_000
    assert ran.json["data"]["replicas_moved"] == 1


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("drain",), 2, "needs --brokers"),
        (("balance", "--brokers", "1"), 2, "takes no --brokers"),
        (("drain", "--brokers", "one"), 2, "takes broker ids"),
        (("balance", "--tolerance", "0"), 2, "--tolerance"),
        (("balance", "--snapshot", "none.json"), 2, "none.json cannot be read"),
        (("balance", "--json", "none.json"), 2, "none.json cannot be read"),
        (("balance", "--topics", "ordrs"), 1, "orders"),
        (("drain", "--brokers", "9"), 4, "broker 9 is not registered"),
        (("drain", "--brokers", "1,2"), 4, "only 2 brokers may hold one"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...],
    code: int, told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    ran = planner("reassignment", "plan", *words)
    assert ran.code == code
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_moves_under_way_and_unseen_disks_forbid_a_plan(steward: CommandLine) -> None:
    moving = {"orders-0": {"replicas": [1, 2, 3, 4], "adding": [4], "removing": [1]}}
    steward.snapshot = snapshot_of(CLUSTER | {"reassignments": moving})
    ran = steward("reassignment", "plan", "balance", "-o", "json")
    assert ran.code == 4
    assert ran.json["errors"][0]["code"] == "reassignment_in_flight"
    rows = steward("reassignment", "list", "-o", "json").json["data"]["reassignments"]
    assert [(r["topic"], r["adding"]) for r in rows] == [("orders", [4])]
    dirs = {**CLUSTER["log_dirs"], 2: "denied: DESCRIBE on cluster"}
    steward.snapshot = snapshot_of(CLUSTER | {"log_dirs": dirs})
    ran = steward("reassignment", "plan", "balance", "-o", "json")
    assert ran.code == 4
    assert {e["code"] for e in ran.json["errors"]} == {"not_seen"}
