"""`steward topic advise`: counts against what is measured, monsters, skew, and unknown where nothing was measured."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from steward.cluster.ports import EVERYTHING, Scope
from steward.commands.api.context import Context
from steward.interfaces.cli import run as cli_run
from steward.model.snapshot import ClusterSnapshot, Part
from support.cluster_text import NOW_MS, snapshot_of
from support.command_line import CommandLine
from support.fake_observer import FakeObserver

MIB = 1024 * 1024


def cluster(
    topics: dict[str, int], sizes: dict[str, list[int]], ends: dict[str, list[int]]
) -> dict[str, Any]:
    logs = {f"{t}-{n}": size for t, found in sizes.items() for n, size in enumerate(found)}
    return {
        "brokers": "1",
        "topics": {t: ["1*"] * count for t, count in topics.items()},
        "log_dirs": {1: {"/data": {**logs, "_total": 10**12, "_usable": 10**12}}},
        "offsets": {
            f"{t}-{n}": [0, end] for t, found in ends.items() for n, end in enumerate(found)
        },
        "groups": {},
        "group_offsets": {},
    }


@pytest.fixture
def watching(steward: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run over two looks, ten seconds apart."""

    def run(before: dict[str, Any], after: dict[str, Any], *words: str) -> Any:
        looks = iter((snapshot_of(before, NOW_MS), snapshot_of(after, NOW_MS + 10_000)))

        def observe(
            self: FakeObserver,
            parts: frozenset[Part],
            scope: Scope = EVERYTHING,
            progress: Any = None,
        ) -> ClusterSnapshot:
            return next(looks)

        monkeypatch.setattr(FakeObserver, "observe", observe)
        made = partial(Context, now_ms=lambda: NOW_MS + 10_000, sleep=lambda _: None)
        monkeypatch.setattr(cli_run, "Context", made)
        return steward("topic", "advise", "--window", "10s", *words)

    return run


def advised(ran: Any) -> dict[str, dict[str, Any]]:
    assert ran.code == 0, ran.err
    return {a["object"]["name"]: a for a in ran.json["data"]["advice"]}


def test_a_topic_that_carries_more_than_its_partitions_should_gets_a_number(watching: Any) -> None:
    """50 MiB in 10 s over two partitions: 2.5 MiB/s each, where 1 MiB/s is the limit."""
    sizes, topics = {"busy": [100 * MIB, 100 * MIB]}, {"busy": 2}
    ran = watching(
        cluster(topics, sizes, {"busy": [75_000, 75_000]}),
        cluster(topics, sizes, {"busy": [100_000, 100_000]}), "-o", "json",
    )  # fmt: skip
    found = advised(ran)["busy"]
    assert found["kind"] == "too_few_partitions"
    assert "5 MiB/s, 2.5 MiB/s each" in found["summary"]
    assert found["remedy"]["command"] == "steward --cluster prod topic alter busy --partitions 10"
    assert any(e["value"] == "5 MiB/s over 10s" for e in found["evidence"])
    row = ran.json["data"]["topics"][0]
    assert (row["partitions_needed"], round(row["bytes_per_second"])) == (5, 5 * MIB)


def test_one_partition_far_above_its_siblings_is_told_by_size_and_by_rate(watching: Any) -> None:
    sizes = {"skew": [MIB, MIB, 64 * MIB, MIB]}
    ran = watching(
        cluster({"skew": 4}, sizes, {"skew": [10, 10, 1_000, 10]}),
        cluster({"skew": 4}, sizes, {"skew": [10, 10, 2_000, 10]}), "-o", "json",
    )  # fmt: skip
    found = [a for a in ran.json["data"]["advice"] if a["kind"].startswith("skewed")]
    assert [a["kind"] for a in found] == ["skewed_by_size", "skewed_by_rate"]
    assert all("partition 2" in a["summary"] for a in found)
    assert "64 times" in found[0]["summary"]
    assert "--topic skew --partition 2" in found[0]["remedy"]["command"]
    assert "$BOOTSTRAP" not in found[0]["remedy"]["command"]


@pytest.mark.parametrize(
    ("count", "kind"),
    [(200, None), (201, "needs_acknowledgement"), (1_001, "above_limit"), (9_000, "monster")],
)
def test_counts_are_judged_by_policy(watching: Any, count: int, kind: str | None) -> None:
    what = cluster({"big": count}, {"big": [MIB] * count}, {"big": [100] * count})
    more = cluster({"big": count}, {"big": [MIB] * count}, {"big": [101] * count})
    found = advised(watching(what, more, "-o", "json"))
    policy = {"monster", "above_limit", "needs_acknowledgement"}
    assert found.get("big", {}).get("kind", "none") in (
        {kind} if kind else {"none", "more_partitions_than_needed"}
    )
    if kind:
        assert kind in policy
        assert f"{count:,} partitions" in found["big"]["summary"]
        assert found["big"]["remedy"]["command"].startswith(
            "steward --cluster prod topic create big-v2"
        )


def test_more_partitions_than_needed(watching: Any) -> None:
    what = cluster({"idle": 60}, {"idle": [MIB] * 60}, {"idle": [100] * 60})
    found = advised(watching(what, what, "-o", "json"))
    assert found["idle"]["kind"] == "more_partitions_than_needed"
    assert "the measured rate needs 1" in found["idle"]["summary"]


def test_what_was_not_measured_is_unknown_and_advises_nothing(steward: CommandLine) -> None:
    steward.snapshot = snapshot_of(cluster({"t": 60}, {"t": [MIB] * 60}, {"t": [100] * 60}))
    ran = steward("topic", "advise", "--window", "0", "-o", "json")
    assert ran.code == 0
    assert ran.json["data"]["advice"] == []
    assert ran.json["data"]["topics"][0]["bytes_per_second"] is None
    assert "add --window" in next(
        u["why"] for u in ran.json["unknown"] if u["what"].endswith("bytes_per_second")
    )
    text = steward("topic", "advise", "--window", "0")
    assert text.out.startswith("no advice")
    assert "unknown" in text.out
    steward.snapshot = snapshot_of(
        cluster({"t": 3}, {}, {}) | {"log_dirs": "denied: DESCRIBE on cluster"}
    )
    ran = steward("topic", "advise", "t", "--window", "0", "-o", "json")
    assert ran.json["data"]["topics"][0]["size_bytes"] is None


@pytest.mark.parametrize(("word", "code"), [("no-such-topic", 1), ("[", 2), ("no.such.*", 1)])
def test_names_are_checked_before_anything_is_waited_for(
    steward: CommandLine, monkeypatch: pytest.MonkeyPatch, word: str, code: int
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(cli_run, "Context", partial(Context, sleep=waits.append))
    ran = steward("topic", "advise", word, "--window", "1h")
    assert ran.code == code
    assert word in ran.err
    assert waits == []
