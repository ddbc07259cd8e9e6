"""`steward reassignment`: the certificate, files that Kafka's tool takes, and refusals with a way out."""

import json
from pathlib import Path
from typing import Any

import pytest

from steward.interfaces.reports.reassignment_html import heat
from support.cluster_text import snapshot_of
from support.command_line import CommandLine

SIZES = {f"orders-{n}": 1_000_000 for n in range(6)}
CLUSTER: dict[str, Any] = {
    "brokers": "1@a 2@b 3@c 4@a",
    "topics": {"orders": ["1* 2 3"] * 6},
    "log_dirs": {b: {"/data": {**SIZES, "_total": 10**9, "_usable": 10**9}} for b in (1, 2, 3)}
    | {4: {"/data": {"_total": 10**9, "_usable": 10**9}}},
    "reassignments": {},
    "topic_configs": {"orders": {"min.insync.replicas": "2"}},
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
    assert ran.out.startswith("drain: 6 replicas move (5.7 MiB)")
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


@pytest.mark.parametrize(
    "intent",
    [
        ("balance",), ("add-broker", "--brokers", "4"), ("drain", "--brokers", "1"), ("rack-repair",), ("leaders",),
        ("change-replication-factor", "--replication-factor", "2"), ("partition-placement",),
        ("drain", "--brokers", "9"),
    ],
)  # fmt: skip
def test_a_plan_over_a_file_asks_for_no_cluster(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, intent: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    planner("reassignment", "snapshot", "layout.json")
    for name in ("STEWARD_CLUSTER", "STEWARD_BOOTSTRAP_SERVER", "STEWARD_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "no-sandbox"))
    planner.fault = AssertionError("it connects")
    (tmp_path / "steward.toml").unlink()
    ran = planner("reassignment", "plan", *intent, "--snapshot", "layout.json", "-o", "json")
    assert ran.code == (4 if "9" in intent else 0), ran.err
    assert ran.json["cluster"] is None
    assert "no cluster selected" in planner("topic", "list").err
    assert ran.json["data"]["environment"] == ""


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
        (("balance", "--brokers", "1"), 2, "does not accept --brokers"),
        (("drain", "--brokers", "one"), 2, "must be broker ids"),
        (("balance", "--tolerance", "0"), 2, "--tolerance"),
        (("balance", "--snapshot", "none.json"), 2, "none.json cannot be read"),
        (("balance", "--json", "none.json"), 2, "none.json cannot be read"),
        (("balance", "--topics", "ordrs"), 1, "orders"),
        (("drain", "--brokers", "9"), 4, "broker 9 is not registered"),
        (("drain", "--brokers", "1,2"), 4, "only 2 brokers may hold one"),
        (("change-replication-factor",), 2, "needs --replication-factor"),
        (("balance", "--replication-factor", "2"), 2, "does not accept --replication-factor"),
        (("change-replication-factor", "--replication-factor", "-1"), 2, "must be 1 or more"),
        (
            ("change-replication-factor", "--replication-factor", "4", "--strict-racks"),
            4,
            "at most 3 replicas",
        ),
        (("change-replication-factor", "--replication-factor", "1"), 4, "min.insync.replicas is 2"),
        (("balance", "--topics-file", "none.json"), 2, "none.json cannot be read"),
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
    assert "--exclude-topics orders" in ran.json["errors"][0]["remedy"]
    assert steward("reassignment", "plan", "balance", "--exclude-topics", "orders").code == 0
    rows = steward("reassignment", "list", "-o", "json").json["data"]["reassignments"]
    assert [(r["topic"], r["adding"]) for r in rows] == [("orders", [4])]
    dirs = {**CLUSTER["log_dirs"], 2: "denied: DESCRIBE on cluster"}
    steward.snapshot = snapshot_of(CLUSTER | {"log_dirs": dirs})
    ran = steward("reassignment", "plan", "balance", "-o", "json")
    assert ran.code == 4
    assert {e["code"] for e in ran.json["errors"]} == {"not_seen"}


def test_another_factor_is_planned_for_named_topics_alone(planner: CommandLine) -> None:
    topics = {**CLUSTER["topics"], "single": ["4*", "3*"], "__consumer_offsets": ["1*"]}
    planner.snapshot = snapshot_of(CLUSTER | {"topics": topics})
    words = ("reassignment", "plan", "change-replication-factor", "--replication-factor", "3")
    data = planner(*words, "-o", "json").json["data"]
    assert {m["topic"] for m in data["moves"]} == {"single"}, "Kafka's own topics only by name"
    assert all(len(m["after"]) == 3 and m["after"][0] == m["before"][0] for m in data["moves"])
    named = planner(*words, "--topics", "__consumer_offsets", "-o", "json").json["data"]
    assert [m["topic"] for m in named["moves"]] == ["__consumer_offsets"]
    ran = planner(*words[:-1], "2", "--topics", "orders")
    assert ran.out.startswith(
        "change-replication-factor: 0 replicas move (0 B), 6 replicas are removed"
    )
    assert "one lost broker stops its writes" in ran.err


def test_topics_to_move_are_read_and_written(
    planner: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    topics = {"orders": ["1* 2 3"] * 6, "audit": ["1* 2 3"] * 6}
    planner.snapshot = snapshot_of(CLUSTER | {"topics": topics})
    (tmp_path / "topics.json").write_text('{"version": 1, "topics": [{"topic": "audit"}]}')
    words = ("reassignment", "plan", "partition-placement", "--topics-file", "topics.json")
    ran = planner(*words, "--topics-out", "moved.json", "-o", "json")
    assert {m["topic"] for m in ran.json["data"]["moves"]} == {"audit"}
    assert json.loads((tmp_path / "moved.json").read_text()) == {
        "version": 1,
        "topics": [{"topic": "audit"}],
    }
    (tmp_path / "topics.json").write_text('{"topics": [{"topic": "gone"}]}')
    gone = planner(*words)
    assert (gone.code, "topic gone does not exist" in gone.err) == (1, True)
    (tmp_path / "topics.json").write_text('{"topics": [{"topic": "a"}, {"topic": "a"}]}')
    assert planner(*words).code == 2


def test_the_table_marks_what_changes(planner: CommandLine) -> None:
    topics = {"orders": ["1* 2 3"] * 2}
    planner.snapshot = snapshot_of(CLUSTER | {"topics": topics})
    ran = planner("reassignment", "plan", "drain", "--brokers", "1", "--tolerance", "100")
    line = next(line.split() for line in ran.out.splitlines() if line.startswith("orders"))
    assert line[:8] == ["orders", "0", "[1],2,3", "2,[4],3", "+4", "-1,", "leader", "1"]
    assert "replicas off an even spread of their topics" in ran.out
    wide = planner(
        "reassignment", "plan", "drain", "--brokers", "1", "--tolerance", "100", "-o", "wide"
    )
    assert "[" not in wide.out.partition("MOVES")[2], (
        "copied from there, brackets would be in the way"
    )


def test_the_page_shows_every_broker_before_and_after_and_fetches_nothing(
    planner: CommandLine,
) -> None:
    topics = {"<b>orders</b>": ["1* 2 3"] * 6}
    planner.snapshot = snapshot_of(CLUSTER | {"topics": topics})
    ran = planner("reassignment", "plan", "add-broker", "--brokers", "4", "-o", "html")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("<!doctype html>")
    assert "<b>orders</b>" not in ran.out
    assert not any(word in ran.out for word in ("http://", "https://", "<script", "src="))
    assert ran.out.count('<th scope="row">') == 4
    assert 'class="load under4"><b>0%</b>' in ran.out, "broker 4 before"
    assert 'class="load none"' not in ran.out
    drained = planner(
        "reassignment", "plan", "drain", "--brokers", "1", "--tolerance", "100", "-o", "html"
    )
    assert 'class="load none"><b>no share</b>' in drained.out
    refused = planner("reassignment", "plan", "drain", "--brokers", "9", "-o", "html")
    assert refused.code == 4
    assert "broker 9 is not registered" in refused.out


@pytest.mark.parametrize(
    ("relative", "style"),
    [(1.0, "even"), (1.05, "even"), (1.06, "over1"), (0.86, "under1"), (1.2, "over2"), (0.6, "under3"),
     (2.0, "over4"), (0.0, "under4")],
)  # fmt: skip
def test_colours_deepen_with_the_distance_from_an_even_share(relative: float, style: str) -> None:
    assert heat(relative) == style


@pytest.mark.parametrize(
    ("cluster", "entry", "code", "told"),
    [
        ({}, {"partition": 99, "replicas": [1, 2, 3]}, "partition_gone", "0 of its 1 partitions exist"),
        ({}, {"partition": 0, "replicas": [1, 2, 9]}, "broker_unregistered", "live brokers 1, 2, 3, 4"),
        ({"brokers": "1@a 2@b 3@c 4@a!"}, {"partition": 0, "replicas": [4, 2, 3]}, "broker_fenced",
         "live brokers 1, 2, 3"),
        ({}, {"partition": 0, "replicas": [1, 2]}, "replication_factor_changes", "change-replication-factor"),
        ({"topics": {"orders": ["1"]}, "brokers": "1@a! 2@b 3@c 4@a"}, {"partition": 0, "replicas": [2]},
         "no_live_replica", "restart a broker"),
        ({"log_dirs": CLUSTER["log_dirs"] | {4: {"/data": {"_total": 10**9, "_usable": 10**6 // 2}}}},
         {"partition": 0, "replicas": [4, 2, 3]}, "disk_would_overflow", "--exclude-brokers 4"),
    ],
)  # fmt: skip
def test_a_file_that_would_never_end_is_refused_with_what_would(
    steward: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: dict[str, Any],
    entry: dict[str, Any], code: str, told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    steward.snapshot = snapshot_of(CLUSTER | cluster)
    (tmp_path / "theirs.json").write_text(
        json.dumps({"partitions": [{"topic": "orders", **entry}]})
    )
    ran = steward("reassignment", "plan", "balance", "--json", "theirs.json", "-o", "json")
    assert ran.code == 4
    assert ran.json["errors"][0]["code"] == code
    assert told in ran.json["errors"][0]["remedy"]


def test_offline_partitions_stay_and_are_told(planner: CommandLine) -> None:
    topics = {"orders": ["1* 2 3"] * 5 + ["3"]}
    brokers = {"brokers": "1@a 2@b 3@c! 4@a"}
    dirs = {**CLUSTER["log_dirs"], 3: "unreachable: broker 3"}
    planner.snapshot = snapshot_of(CLUSTER | brokers | {"topics": topics, "log_dirs": dirs})
    ran = planner("reassignment", "plan", "add-broker", "--brokers", "4", "-o", "json")
    assert ran.code == 0, ran.err
    assert {w["code"] for w in ran.json["warnings"]} >= {"offline_stays"}
    assert not [m for m in ran.json["data"]["moves"] if m["partition"] == 5]
    drained = planner("reassignment", "plan", "drain", "--brokers", "3", "-o", "json")
    assert drained.json["errors"][0]["code"] in {
        "no_live_replica",
        "replication_factor_above_brokers",
    }
