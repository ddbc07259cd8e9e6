"""Cuts of retention in steps: equal, falling, exact at the end, and together no more than the whole."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.change.planning.batches import batches
from steward.change.planning.build import make_plan, simulate
from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.retention import RetentionCut, bytes_deleted, cut_values, in_steps
from steward.documents.plan import plan_from_plain, plan_to_plain
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreatePartitions,
    CutRetention,
)
from steward.model.instant import Instant
from steward.model.plan import Plan, Risk
from support.cluster_text import NOW_MS, snapshot_of

DAY = 86_400_000
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "2x", "users": "1x", "endless": "1x"},
    "topic_configs": {
        "orders": {"retention.ms": str(7 * DAY), "retention.bytes": "1000", "segment.ms": "5"},
        "users": {"retention.ms": str(4 * DAY)},
        "endless": {"retention.ms": "-1"},
    },
    "log_dirs": {1: {"/data": {"orders-0": 700, "orders-1": 1400, "users-0": 400}}},
}
NUMBERS = st.integers(min_value=0, max_value=10**15)


def alter(topic: str, remove: tuple[str, ...] = (), **values: str) -> AlterConfigs:
    named = {key.replace("_", "."): value for key, value in values.items()}
    return AlterConfigs(target=ConfigTarget.TOPIC, name=topic, set=named, remove=remove)


def divided(
    *changes: Change, steps: int = 3, pause: float = 60.0
) -> tuple[tuple[Change, ...], Any]:
    cut = RetentionCut(steps=steps, pause_seconds=pause)
    return in_steps(changes, ClusterState(snapshot_of(CLUSTER)), cut)


def plan_of(*changes: Change) -> Plan:
    return make_plan(
        changes, snapshot_of(CLUSTER), title="t", made_by="me", source="test", now=Instant(NOW_MS)
    )


@given(NUMBERS, NUMBERS, st.integers(1, 100))
def test_values_fall_in_equal_steps_to_the_end(one: int, other: int, steps: int) -> None:
    new, old = sorted((one, other))
    if old == new:
        old += 1
    values = cut_values(old, new, steps)
    sizes = [a - b for a, b in itertools.pairwise((old, *values))]
    assert values[-1] == new
    assert len(values) == min(steps, old - new)
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 1


@given(
    st.sampled_from(["retention.ms", "retention.bytes"]),
    st.integers(1, 10**12),
    st.integers(0, 10**12),
    st.integers(1, 50),
    st.lists(st.integers(0, 10**12), max_size=5),
)
def test_what_goes_with_the_steps_is_what_goes_at_once(
    key: str, old: int, new: int, steps: int, sizes: list[int]
) -> None:
    if new >= old:
        return
    values = (old, *cut_values(old, new, steps))
    parts = [bytes_deleted(key, old, a, b, sizes) for a, b in itertools.pairwise(values)]
    whole = bytes_deleted(key, old, old, new, sizes)
    assert min(parts) >= 0
    assert sum(parts) == pytest.approx(whole)
    assert whole <= sum(sizes) * (1 + 1e-9)


def test_only_what_is_lowered_is_divided() -> None:
    changes, impossible = divided(
        alter("orders", retention_ms=str(DAY), segment_ms="9", retention_bytes="2000"),
        CreatePartitions(topic="users", partitions=3),
        alter("users", retention_ms=str(5 * DAY)),
    )
    assert impossible == ()
    cuts = [c for c in changes if isinstance(c, CutRetention)]
    assert [c.set["retention.ms"] for c in cuts] == [str(5 * DAY), str(3 * DAY), str(DAY)]
    assert [(c.number, c.of, c.pause_seconds) for c in cuts] == [(1, 3, 60), (2, 3, 60), (3, 3, 0)]
    assert [c for c in changes if c not in cuts] == [
        alter("orders", segment_ms="9", retention_bytes="2000"),
        CreatePartitions(topic="users", partitions=3),
        alter("users", retention_ms=str(5 * DAY)),
    ]


def test_both_keys_go_together() -> None:
    changes, _ = divided(alter("orders", retention_ms=str(DAY), retention_bytes="998"))
    assert [dict(c.set) for c in changes if isinstance(c, CutRetention)] == [
        {"retention.ms": str(5 * DAY), "retention.bytes": "999"},
        {"retention.ms": str(3 * DAY), "retention.bytes": "998"},
        {"retention.ms": str(DAY)},
    ]


def test_what_has_no_end_is_not_cut_at_once() -> None:
    changes, (why,) = divided(alter("endless", retention_ms=str(DAY)))
    assert changes == ()
    assert "retention.ms is unlimited now" in why.reason
    assert "without --retention-steps" in why.remedy


def test_a_plan_goes_in_rounds_and_tells_each_share() -> None:
    changes, _ = divided(
        alter("orders", retention_ms=str(DAY)), alter("users", retention_ms=str(DAY))
    )
    plan = plan_of(*changes)
    assert [(s.object.name, s.after["retention.ms"]) for s in plan.steps] == [
        ("orders", str(5 * DAY)), ("users", str(3 * DAY)),
        ("orders", str(3 * DAY)), ("users", str(2 * DAY)),
        ("orders", str(DAY)), ("users", str(DAY)),
    ]  # fmt: skip
    assert {s.risk for s in plan.steps} == {Risk.DESTRUCTIVE}
    assert [len(r) for r in batches(plan.steps)] == [2, 2, 2]
    first = plan.steps[0].effects[0]
    assert first.startswith(
        "step 1 of 3: retention.ms 604800000 -> 432000000: deletes about 600 B of 2.1 KiB"
    )
    assert first.endswith("then a pause of up to 1m")
    assert "rest" not in plan.steps[-1].effects[0]
    assert plan.steps[0].inverse == (alter("orders", retention_ms=str(7 * DAY)),)
    assert plan_from_plain(plan_to_plain(plan), "p") == plan
    left = simulate(plan, snapshot_of(CLUSTER))
    assert left.topic_configs.value["orders"]["retention.ms"].value == str(DAY)  # type: ignore[union-attr]
    assert "--add-config retention.ms=432000000" in plan.steps[0].command


def test_a_key_that_is_removed_goes_down_to_the_default_first() -> None:
    cluster = {
        **CLUSTER,
        "topic_configs": {
            "orders": {
                "retention.ms": {
                    "value": str(7 * DAY),
                    "synonyms": [
                        ["retention.ms", str(7 * DAY), "DYNAMIC_TOPIC_CONFIG"],
                        ["log.retention.ms", str(DAY), "DEFAULT_CONFIG"],
                    ],
                }
            }
        },
    }
    snapshot = snapshot_of(cluster)
    gone = alter("orders", remove=("retention.ms",))
    changes, _ = in_steps([gone], ClusterState(snapshot), RetentionCut(steps=2, pause_seconds=1.0))
    plan = make_plan(changes, snapshot, title="t", made_by="me", source="test", now=Instant(NOW_MS))
    assert [s.after["retention.ms"] for s in plan.steps] == [str(4 * DAY), str(DAY), None]
    assert [s.risk for s in plan.steps] == [Risk.DESTRUCTIVE, Risk.DESTRUCTIVE, Risk.SAFE]
