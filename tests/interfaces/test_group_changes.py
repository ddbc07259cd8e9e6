"""Groups changed by command: wrong usage in one line, who reads refused with how to stop it, and what is asked for."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steward.model.change import AlterGroupOffsets, DeleteGroup, DeleteGroupOffsets, RemoveMembers
from steward.model.names import TopicPartition
from support.changing import Changing

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "2x", "returns": "1x"},
    "topic_configs": {"orders": {}, "returns": {}},
    "offsets": {"orders-0": [10, 100], "orders-1": [0, 50], "returns-0": [0, 7]},
    "groups": {
        "idle": {"state": "Empty"},
        "other": {"state": "Empty"},
        "busy": {
            "state": "Stable",
            "members": [
                {"id": "m1", "instance": "i1", "client": "c1", "host": "/10.0.0.1", "topics": ["orders"],
                 "assignment": ["orders-0"]},
                {"id": "m2", "client": "c2", "host": "/10.0.0.2", "topics": ["orders"]},
            ],
        },
        "new": {"type": "consumer", "state": "Stable", "members": [{"id": "n1"}]},
    },
    "group_offsets": {
        "idle": {"orders-0": 5, "orders-1": 20, "gone-0": 3},
        "other": {"orders-0": 40, "returns-0": 2},
        "busy": {"orders-0": 60, "returns-0": 3},
        "new": {},
    },
}  # fmt: skip
DEV = ("--cluster", "dev")
RESET = ("group", "reset-offsets")
HOUR_MS = 3_600_000


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing]) -> Changing:
    return changing(CLUSTER)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("idle",), "exactly one of --to, --to-group and --to-file"),
        (("idle", "--to", "end", "--to-group", "other"), "exactly one of"),
        (("idle", "--to", "first"), "did you mean --to start?"),
        (("idle", "--to", "@tomorrow"), "invalid time"),
        (("idle", "--to", "@2999-01-01"), "in the future"),
        (("idle", "--to", "end", "--topics", "orders:x"), "invalid value"),
        (("idle", "--to", "end", "--topics", "returns"), "no commit on returns (add --allow-new"),
        (("idle", "--to-group", "idle"), "is the group itself"),
        (("idle", "--to-group", "new"), "has no commits"),
        (("idle", "--to-group", "other"), "no commit on returns"),
        (("idle", "--to-file", "absent.csv"), "absent.csv cannot be read: No such file"),
        (("idle", "--to-file", "wrong.csv"), "wrong.csv:2"),
        (("new", "--to", "end"), "no commit on an existing partition"),
    ],
)
def test_wrong_usage_is_one_line_and_2(run: Changing, words: tuple[str, ...], said: str) -> None:
    Path("wrong.csv").write_text("orders,0,5\norders,one,5\n")
    ran = run(*RESET, *words, *DEV)
    assert ran.code == 2
    assert said in ran.told
    assert run.cluster.performed == []
    assert len(ran.document["errors"]) == 1


@pytest.mark.parametrize(
    "words",
    [("absent", "--to", "end"), ("idle", "--to", "end", "--topics", "absent"), ("idle", "--to-group", "absent")],
)  # fmt: skip
def test_what_does_not_exist_is_1(run: Changing, words: tuple[str, ...]) -> None:
    ran = run(*RESET, *words, *DEV)
    assert ran.code == 1
    assert "absent does not exist" in ran.told


def test_a_reset_moves_committed_partitions_and_counts_records(run: Changing) -> None:
    ran = run(*RESET, "idle", "--to", "end-10", "--yes", *DEV)
    assert ran.code == 0, ran.told
    assert run.cluster.performed == [
        AlterGroupOffsets(
            group="idle",
            offsets={TopicPartition("orders", 0): 90, TopicPartition("orders", 1): 40},
        )
    ]
    rows = [
        (r["partition"], r["current_offset"], r["new_offset"], r["skipped_records"])
        for r in ran.data["offsets"]
    ]
    assert rows == [(0, 5, 90, 80), (1, 20, 40, 20)]
    assert ran.data["skipped_records"] == 100
    assert ran.data["execution"]["outcome"] == "done"
    again = run(*RESET, "idle", "--to", "end-10", "--yes", *DEV)
    assert (again.code, again.data["steps"], len(run.cluster.performed)) == (0, [], 1)


def _stamped(run: Changing, orders_0: dict[int, int]) -> int:
    """Stamp records, those of orders-1 an hour ago; return the time of half an hour ago, epoch seconds."""
    now = int(time.time()) * 1000
    run.cluster.stamps = {
        TopicPartition("orders", 0): {o: now + ms for o, ms in orders_0.items()},
        TopicPartition("orders", 1): dict.fromkeys(range(50), now - HOUR_MS),
    }
    return now // 1000 - 1800


def test_a_time_at_which_no_record_is_as_young_asks_for_the_end_by_name(run: Changing) -> None:
    at = _stamped(run, {o: (o - 100) * 60_000 for o in range(10, 100)})
    ran = run(*RESET, "idle", "--to", f"@{at}", "--yes", *DEV)
    assert ran.code == 4
    (stays,) = ran.data["impossible"]
    assert "moving to the end would skip 30 records" in stays["reason"]
    assert "--to latest --topics orders:1" in stays["remedy"]
    assert [r["partition"] for r in ran.data["offsets"]] == [0]
    assert run.cluster.performed == []
    assert run(*RESET, "idle", "--to", "latest", "--topics", "orders:1", "--yes", *DEV).code == 0
    ran = run(*RESET, "idle", "--to", f"@{at}", "--yes", *DEV)
    assert (ran.code, ran.document["warnings"]) == (0, [])
    place = {TopicPartition("orders", 0): 70}
    assert run.cluster.performed[-1] == AlterGroupOffsets(group="idle", offsets=place)


@pytest.mark.parametrize(
    ("stamps", "said"),
    [
        ({10: 50 * 60_000} | {o: (o - 100) * 60_000 for o in range(11, 100)}, "in the future"),
        ({10: -60_000} | {o: (o - 100) * 60_000 for o in range(11, 100)}, "earlier than one before it"),
        ({o: -o * 30_000 for o in range(10, 100)}, "earlier than one before it"),
    ],
)  # fmt: skip
def test_a_log_out_of_order_is_named_with_what_it_means_and_a_safer_choice(
    run: Changing, stamps: dict[int, int], said: str
) -> None:
    at = _stamped(run, stamps)
    words = (*RESET, "idle", "--to", f"@{at}", "--topics", "orders:0", "--dry-run")
    (warning,) = run(*words, *DEV).document["warnings"]
    assert (warning["code"], warning["object"]) == ("timestamps_out_of_order", "orders-0")
    assert said in warning["message"]
    assert "offset 10 is its first record at or after the time" in warning["message"]
    assert "--to start" in warning["remedy"]


def test_a_dry_run_shows_and_changes_nothing(run: Changing) -> None:
    text = run.text(*RESET, "idle", "--to", "-100", "--topics", "orders:0", "--dry-run", *DEV)
    assert "group idle: 1 partitions; at most 0 records are skipped, 0 are read again" in text
    assert "orders-0: 5 -> 10" in text
    assert run.cluster.performed == []
    shown = run(*RESET, "idle", "--to", "-100", "--topics", "orders:0", "--dry-run", *DEV)
    assert [w["code"] for w in shown.document["warnings"]] == ["outside_log"]


def test_offsets_of_a_file_and_of_another_group(run: Changing) -> None:
    Path("f.csv").write_text("idle,orders,0,11\nother,orders,1,1\n")
    assert run(*RESET, "idle", "--to-file", "f.csv", "--yes", *DEV).code == 0
    ran = run(*RESET, "idle", "--to-group", "other", "--allow-new-topics", "--yes", *DEV)
    assert ran.code == 0, ran.told
    first, second = run.cluster.performed
    assert isinstance(first, AlterGroupOffsets)
    assert isinstance(second, AlterGroupOffsets)
    assert first.offsets == {TopicPartition("orders", 0): 11}
    assert second.offsets == {TopicPartition("orders", 0): 40, TopicPartition("returns", 0): 2}


def test_a_group_that_does_not_exist_yet_can_be_given_a_place(run: Changing) -> None:
    words = ("next", "--to", "start", "--topics", "orders", "--allow-new-topics", "--yes")
    ran = run(*RESET, *words, *DEV)
    assert ran.code == 0, ran.told
    assert [s["risk"] for s in ran.data["steps"]] == ["safe"]


def test_who_reads_is_named_with_how_to_stop_it(run: Changing) -> None:
    for words in ((*RESET, "busy", "--to", "end"), ("group", "delete", "busy")):
        ran = run(*words, "--yes", *DEV)
        assert ran.code == 4
        assert "the group is Stable: 2 active members (c1 on 10.0.0.1, c2 on 10.0.0.2)" in ran.told
        assert "steward --cluster dev group remove-member busy i1" in ran.told
    assert run.cluster.performed == []


def test_production_wants_the_name(run: Changing) -> None:
    ran = run(*RESET, "idle", "--to", "end", "--yes")
    assert ran.code == 4
    assert "add --confirm idle" in ran.told
    assert run(*RESET, "idle", "--to", "end", "--confirm", "idle").code == 0
    assert len(run.cluster.performed) == 1


def test_groups_are_deleted_with_their_offsets(run: Changing) -> None:
    assert run("group", "delete", "absent", "--yes", *DEV).code == 1
    ran = run("group", "delete", "other", "--yes", *DEV)
    assert (ran.code, run.cluster.performed) == (0, [DeleteGroup(group="other")])


def test_dropped_topics_are_forgotten(run: Changing) -> None:
    ran = run("group", "delete-offsets", "busy", "--yes", *DEV)
    assert ran.code == 0, ran.told
    assert run.cluster.performed == [
        DeleteGroupOffsets(group="busy", partitions=(TopicPartition("returns", 0),))
    ]
    read = run("group", "delete-offsets", "busy", "--topics", "orders", "--yes", *DEV)
    assert read.code == 4
    assert "its members read orders" in read.told
    absent = run("group", "delete-offsets", "idle", "--topics", "orders:7", *DEV)
    assert (absent.code, "no commit on orders-7" in absent.told) == (1, True)


def test_members_leave_by_either_id(run: Changing) -> None:
    ran = run("group", "remove-member", "busy", "i1", "m2", "--yes", *DEV)
    assert ran.code == 0, ran.told
    assert run.cluster.performed == [RemoveMembers(group="busy", members={"m1": "i1", "m2": ""})]
    assert run("group", "remove-member", "busy", "i9", *DEV).code == 1
    refused = run("group", "remove-member", "new", "n1", "--yes", *DEV)
    assert (refused.code, "classic protocol" in refused.told) == (4, True)
