"""`steward plan audit`: every execution and refusal in one log, which only grows, and the filters on it."""

import csv
import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from steward.commands.api.context import Context
from steward.interfaces.cli import run as cli_run
from support.changing import Changing
from support.cluster_text import NOW_MS

HOUR_MS = 3_600_000
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {"orders": "1x"},
    "topic_configs": {"orders": {"retention.ms": ["1000", "DYNAMIC_TOPIC_CONFIG"]}},
    "broker_configs": {b: {} for b in (1, 2, 3)},
}
DEV = ("--cluster", "dev")
CREATE = (*DEV, "--partitions", "1", "--replication-factor", "1", "--retention", "1d")


@pytest.fixture
def log(
    changing: Callable[[dict[str, Any]], Changing], monkeypatch: pytest.MonkeyPatch
) -> Changing:
    """A store in which alice created one topic, bob was refused an hour later, and alice undid hers after two."""
    run = changing(CLUSTER)

    def at(hours: int, who: str) -> None:
        made = partial(Context, now_ms=lambda: NOW_MS + hours * HOUR_MS, sleep=lambda _: None)
        monkeypatch.setattr(cli_run, "Context", made)
        monkeypatch.setattr("getpass.getuser", lambda: who)

    at(0, "alice")
    created = run("topic", "create", "a", *CREATE, "--yes")
    assert created.code == 0
    at(1, "bob")
    assert run("topic", "create", "b", *CREATE).code == 4
    at(2, "alice")
    assert run("plan", "undo", created.data["id"], *DEV, "--yes").code == 0
    return run


def events(log: Changing, *words: str) -> list[tuple[str, str]]:
    lines = log("plan", "audit", *words).data["lines"]
    return [(line["actor"], line["event"]) for line in lines]


WHOLE = [
    ("alice", "started"),
    ("alice", "done"),
    ("bob", "refused"),
    ("alice", "started"),
    ("alice", "done"),
]


def test_the_whole_log_is_shown_oldest_first(log: Changing) -> None:
    shown = log("plan", "audit")
    lines = shown.data["lines"]
    assert [(line["actor"], line["event"]) for line in lines] == WHOLE
    assert lines[0]["plan_id"] == lines[1]["plan_id"] != lines[2]["plan_id"]
    assert all(line["cluster_id"] and " on " in line["origin"] for line in lines)
    assert "--yes" in lines[2]["detail"]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (("--actor", "bob"), [2]),
        (("--event", "refused", "--event", "started"), [0, 2, 3]),
        (("--since", "90m"), [2, 3, 4]),
        (("--since", "-30m"), [3, 4]),
        (("--until", "-1h"), [0, 1]),
        (("--since", "-1h", "--until", "-30m"), [2]),
        (("--cluster-id", "another"), []),
        (("--actor", "alice", "--event", "done"), [1, 4]),
        (("--limit", "0"), [0, 1, 2, 3, 4]),
    ],
)
def test_filters_are_joined(log: Changing, words: tuple[str, ...], places: list[int]) -> None:
    assert events(log, *words) == [WHOLE[i] for i in places]


def test_lines_of_one_plan_and_of_one_cluster(log: Changing) -> None:
    (line,) = log("plan", "audit", "--actor", "bob").data["lines"]
    assert events(log, "--plan", line["plan_id"][:6]) == [("bob", "refused")]
    assert events(log, "--cluster-id", line["cluster_id"]) == WHOLE


def test_what_the_limit_leaves_out_is_told(log: Changing) -> None:
    shown = log("plan", "audit", "--limit", "2")
    assert [line["event"] for line in shown.data["lines"]] == ["started", "done"]
    assert [w["code"] for w in shown.document["warnings"]] == ["older_lines"]
    assert not log("plan", "audit", "--limit", "5").document["warnings"]


def test_csv_has_a_row_a_line(log: Changing) -> None:
    rows = list(csv.DictReader(io.StringIO(log.text("plan", "audit", "-o", "csv"))))
    assert [(row["actor"], row["event"]) for row in rows] == WHOLE


def test_earlier_lines_stay_as_they_are_whatever_is_done(log: Changing) -> None:
    before = log("plan", "audit").data["lines"]
    plan = before[0]["plan_id"]
    log("plan", "execute", plan, *DEV, "--yes")
    log("plan", "execute", plan, *DEV)
    log("topic", "create", "c", *CREATE, "--yes")
    after = log("plan", "audit").data["lines"]
    assert after[: len(before)] == before
    assert len(after) > len(before)


@pytest.mark.parametrize(
    "words", [("--since", "yesterday"), ("--until", "2026-13-01"), ("--limit", "-1")]
)
def test_wrong_usage_is_2(log: Changing, words: tuple[str, ...]) -> None:
    assert log("plan", "audit", *words).code == 2


def test_the_rights_of_one_plan_are_on_the_objects_that_it_names(log: Changing) -> None:
    (line,) = log("plan", "audit", "--actor", "bob").data["lines"]
    data = log("permissions", "--plan", line["plan_id"]).data
    change = [r for r in data["rights"] if r["access"] == "change"]
    assert [(r["operation"], r["resource"]) for r in change] == [("CREATE", "topic b")]
    (command,) = data["change_commands"]
    assert command.endswith("--operation Create --topic b")
