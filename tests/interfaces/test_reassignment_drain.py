"""`steward reassignment plan drain`: a drain is complete, or every replica that stays is named with the reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine, Ran

CASES: dict[str, Any] = {
    "schema": "steward/layout/v1",
    "brokers": [{"id": b, "rack": None, "alive": True, "disk_bytes": None} for b in range(4)],
    "topics": {
        "pinned-down": [[n, 2, [2, 0], [2, 0], 5, 0, 0] for n in range(3)],
        "free": [[0, 2, [2, 1], [2, 1], 5, 0, 0]],
    },
}


@pytest.fixture
def drain(steward: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cluster.json").write_text(json.dumps(CASES))

    def run(*words: str) -> Ran:
        return steward("reassignment", "plan", "drain", *words, "--snapshot", "cluster.json")

    return run


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--exclude-topics", "pinned-down"), "excluded_topic"),
        (("--topics", "free"), "not_selected"),
    ],
)
def test_a_drain_that_leaves_replicas_is_partly_done_and_names_them(
    drain: Any, words: tuple[str, ...], reason: str
) -> None:
    ran = drain("--brokers", "2", *words, "-o", "json")
    assert ran.code == 5
    data = ran.json["data"]
    assert [(r["topic"], r["partition"], r["broker"], r["reason"]) for r in data["staying"]] == [
        ("pinned-down", n, 2, reason) for n in range(3)
    ]
    assert data["brokers_emptied"] == []
    (warning,) = [w for w in ran.json["warnings"] if w["code"] == "drain_incomplete"]
    assert warning["object"] == "broker 2"
    assert "keeps 3 replicas" in warning["message"]
    assert "reassignment plan drain --brokers 2 --snapshot cluster.json" in warning["remedy"]
    text = drain("--brokers", "2", *words)
    assert text.code == 5
    assert "unregister" not in text.out
    assert "broker 2  pinned-down:0-2:" in text.out
    page = drain("--brokers", "2", *words, "-o", "html")
    assert page.out.count("<td>pinned-down</td>") == 3


def test_unregistering_is_offered_for_the_brokers_that_are_emptied_alone(drain: Any) -> None:
    ran = drain("--brokers", "2,3", "--exclude-topics", "pinned-down")
    assert ran.code == 5
    assert "broker unregister 3" in ran.out
    assert "broker unregister 2" not in ran.out
    done = drain("--brokers", "2")
    assert done.code == 0
    assert "broker unregister 2" in done.out
    assert "stays on" not in done.out


def test_where_nothing_can_move_it_is_not_called_done(drain: Any) -> None:
    ran = drain("--brokers", "2", "--exclude-topics", "free", "--topics", ".*d.*")
    assert ran.code == 5
    ran = drain("--brokers", "2", "--exclude-topics", ".*")
    assert ran.code == 5
    assert ran.out.startswith("drain: no move is possible, 4 replicas stay")
    empty = drain("--brokers", "3")
    assert empty.code == 0
    assert empty.out.startswith("drain: nothing needs to move")
    assert "broker unregister 3" in empty.out
