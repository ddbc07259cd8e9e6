"""Retention cut in steps by command: shown with its shares, agreed to once, carried out step by step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steward.model.change import CutRetention
from support.changing import Changing

DAY_MS = 86_400_000
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {"orders": "2x", "endless": "1x"},
    "topic_configs": {
        "orders": {"retention.ms": str(7 * DAY_MS), "min.insync.replicas": "2"},
        "endless": {"retention.ms": "-1", "min.insync.replicas": "2"},
    },
    "broker_configs": {"*": {"min.insync.replicas": "1"}},
    "offsets": {"orders-0": [0, 10], "orders-1": [0, 10], "endless-0": [0, 5]},
    "log_dirs": {1: {"/data": {"orders-0": 1024 * 1024, "endless-0": 10}}},
}
CUT = ("--retention", "1d", "--retention-steps", "3", "--retention-pause", "0s")
MANIFEST = """
apiVersion: steward/v1
kind: Topic
metadata: {name: orders}
spec: {partitions: 2, replicas: 3, retention: 1d, config: {min.insync.replicas: 2}}
"""


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing]) -> Changing:
    return changing(CLUSTER)


def values(run: Changing) -> list[int]:
    return [
        int(c.set["retention.ms"]) // DAY_MS
        for c in run.cluster.performed
        if isinstance(c, CutRetention)
    ]


def test_an_alteration_goes_in_steps(run: Changing) -> None:
    ran = run("topic", "alter", "orders", *CUT, "--yes", "--cluster", "dev")
    assert ran.code == 0, ran.told
    assert values(run) == [5, 3, 1]
    assert [s["status"] for s in ran.data["execution"]["steps"]] == ["done"] * 3
    assert "--retention-steps 3" in ran.data["source"]


def test_people_see_each_step_with_its_share_and_its_rest(run: Changing) -> None:
    text = run.text(
        "topic", "alter", "orders", "--retention", "1d", "--retention-steps", "2", "--dry-run"
    )
    assert "retention.ms: 604800000 (7d) -> 345600000 (4d)" in text
    assert (
        "step 1 of 2: retention.ms 604800000 -> 345600000: deletes about 438.9 KiB of 1 MiB on disk"
        in text
    )
    assert "then a pause of up to 6m" in text
    assert text.count("step 2 of 2") == 1


def test_production_agrees_once_to_the_whole_cut(run: Changing) -> None:
    refused = run("topic", "alter", "orders", *CUT, "--yes")
    assert refused.code == 4
    assert [r["rule"] for r in refused.data["guard"]["reasons"]] == ["destructive"]
    ran = run("topic", "alter", "orders", *CUT, "--confirm", "orders")
    assert ran.code == 0, ran.told
    assert values(run) == [5, 3, 1]


def test_what_has_no_end_is_not_cut_and_it_is_said_how(run: Changing) -> None:
    ran = run("topic", "alter", "endless", *CUT, "--yes", "--cluster", "dev")
    assert ran.code == 4
    assert "is unlimited now" in ran.told
    assert run.cluster.performed == []


@pytest.mark.parametrize("steps", ["0", "101", "x"])
def test_a_number_of_steps_that_is_none_is_2(run: Changing, steps: str) -> None:
    ran = run(
        "topic", "alter", "orders", "--retention", "1d", "--retention-steps", steps, "--dry-run"
    )
    assert ran.code == 2
    assert len(ran.document["errors"]) == 1


def test_a_plan_of_manifests_goes_in_steps_and_a_second_is_empty(
    run: Changing, tmp_path: Path
) -> None:
    (tmp_path / "m.yaml").write_text(MANIFEST)
    words = ("m.yaml", "--retention-steps", "4", "--retention-pause", "0s", "--cluster", "dev")
    planned = run("plan", *words)
    assert [s["object"]["name"] for s in planned.data["steps"]] == ["orders"] * 4
    ran = run("plan", "execute", planned.data["id"], "--yes", "--cluster", "dev")
    assert ran.code == 0, ran.told
    assert run("plan", *words, "--exit-code").code == 0
    assert len(values(run)) == 4
