"""Lag in lists: seconds of groups with bounds, and the group that is furthest behind on a topic."""

from typing import Any

import pytest

from steward.analysis.lag.topic_lag import TopicLag, topic_lags
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable, Unknown
from support.cluster_text import snapshot_of
from support.command_line import CommandLine
from support.example_cluster import example


def groups(steward: CommandLine, *words: str) -> dict[str, Any]:
    ran = steward("group", "list", *words, "-o", "json")
    assert ran.code == 0
    return {row["group"]: row for row in ran.json["data"]["groups"]}


def test_a_list_measures_no_seconds_unless_it_is_asked(steward: CommandLine) -> None:
    rows = groups(steward)
    assert {row["lag_seconds"] for row in rows.values()} == {None}
    ran = steward("group", "list")
    assert "LAG-SECONDS" not in ran.out
    assert Part.TOPIC_CONFIGS not in ran.observer.parts_asked


@pytest.mark.parametrize("words", [("-o", "wide"), ("--seconds",)])
def test_seconds_have_bounds_or_a_reason(words: tuple[str, ...], steward: CommandLine) -> None:
    ran = steward("group", "list", *words)
    assert ran.code == 0
    assert "LAG-SECONDS" in ran.out
    assert ("LAG-HIGH-SECONDS" in ran.out) == (words[0] == "-o")
    assert "lag_seconds" in ran.err


def test_a_group_that_has_read_everything_is_not_behind(steward: CommandLine) -> None:
    steward.snapshot = snapshot_of(
        {
            "topics": {"orders": "1x"},
            "topic_configs": {"orders": {"cleanup.policy": "delete"}},
            "offsets": {"orders-0": [0, 100]},
            "groups": {"done": {"state": "Empty"}, "late": {"state": "Empty"}},
            "group_offsets": {"done": {"orders-0": 100}, "late": {"orders-0": 40}},
        }
    )
    rows = groups(steward, "--seconds")
    done = rows["done"]
    assert (done["lag_seconds"], done["lag_low_seconds"], done["lag_high_seconds"]) == (0, 0, 0)
    assert rows["late"]["lag_seconds"] > 0
    assert rows["late"]["lag_records"] == 60


def test_a_topic_names_the_group_that_is_furthest_behind() -> None:
    lag_of = topic_lags(
        snapshot_of(
            {
                "topics": {"orders": "1x"},
                "offsets": {"orders-0": [0, 100], "orders-1": [0, 50]},
                "groups": {"a": {"state": "Empty"}, "b": {"state": "Empty"}},
                "group_offsets": {
                    "a": {"orders-0": 90, "orders-1": 50},
                    "b": {"orders-0": 60, "orders-1": 70},
                },
            }
        )
    )
    assert lag_of("orders") == TopicLag(records=40, group="b")
    assert isinstance(lag_of("other"), NotApplicable)


def test_an_end_that_is_unknown_leaves_what_is_certain() -> None:
    lag_of = topic_lags(
        snapshot_of(
            {
                "topics": {"orders": "1x"},
                "offsets": {"orders-0": [0, 1_000_100]},
                "groups": {"a": {"state": "Empty"}},
                "group_offsets": {"a": {"orders-0": 100, "orders-1": 50}},
            }
        )
    )
    assert str(lag_of("orders")) == (
        "no broker reported offsets of orders-1; at least 1,000,000 records, by group a"
    )


def test_offsets_that_may_not_be_read_are_no_proof_that_nobody_reads() -> None:
    lag_of = topic_lags(example())
    assert lag_of("orders") == TopicLag(records=970, group="billing")
    assert isinstance(lag_of("clicks"), Unknown)


def test_topics_are_listed_with_their_lag_on_request(steward: CommandLine) -> None:
    plain = steward("topic", "list", "-o", "json")
    assert {t["lag_records"] for t in plain.json["data"]["topics"]} == {None}
    assert Part.GROUP_OFFSETS not in plain.observer.parts_asked
    assert "LAG-RECORDS" not in steward("topic", "list").out
    asked = steward("topic", "list", "--lag", "-o", "json")
    assert {Part.GROUP_OFFSETS, Part.OFFSETS} <= asked.observer.parts_asked
    assert "LAG-RECORDS" in steward("topic", "list", "-o", "wide").out
