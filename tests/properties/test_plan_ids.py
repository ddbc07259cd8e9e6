"""The id of a plan is what it does to which cluster; what else a document holds is covered by its checksum."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.change.planning.build import make_plan, unexecuted
from steward.documents.json_writing import canonical_json
from steward.documents.plan import plan_from_plain, plan_to_plain
from steward.model.change import Change
from steward.model.error import PlanEdited
from steward.model.instant import Instant
from steward.model.plan import Plan
from steward.model.snapshot import Part
from support.cluster_text import NOW_MS
from support.every_change import CHANGES, SNAPSHOT, plan_of

texts = st.text(max_size=12)
times = st.integers(0, 4_000_000_000_000)


def seen_at(at_ms: int) -> Any:
    """Return the cluster as it is, observed at another time."""
    parts = {
        part.value: replace(found, at_ms=at_ms)
        for part in Part
        if hasattr(found := SNAPSHOT.part(part), "at_ms")
    }
    return replace(SNAPSHOT, **parts)


@given(st.sets(st.sampled_from(range(len(CHANGES))), min_size=1), times, times, texts, texts, texts)
@settings(max_examples=60, deadline=None)
def test_equal_changes_of_an_equal_cluster_have_one_id(
    chosen: set[int], seen_ms: int, now_ms: int, maker: str, source: str, title: str
) -> None:
    wanted: tuple[Change, ...] = tuple(c for place in sorted(chosen) for c in CHANGES[place])
    plan = make_plan(wanted, SNAPSHOT, title="t", made_by="me", source="test", now=Instant(NOW_MS))
    other = make_plan(
        wanted,
        seen_at(seen_ms),
        title=title,
        made_by=maker,
        source=source,
        now=Instant(now_ms),
        expires_after_ms=now_ms % 1000,
    )
    assert other.steps == plan.steps
    assert other.id == plan.id
    assert plan_from_plain(plan_to_plain(other), "other") == other


@given(st.sampled_from(CHANGES), st.sampled_from(CHANGES))
@settings(max_examples=60, deadline=None)
def test_other_changes_have_another_id(one: tuple[Change, ...], other: tuple[Change, ...]) -> None:
    assert (plan_of(one).id == plan_of(other).id) == (one == other)


def altered(value: Any) -> Any:
    """Return another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x"
        case dict():
            return {**value, "more": "ephemeral"}
        case _:
            return [*value, value[0]] if value else [{"part": "topics", "observed_at": 1}]


@pytest.mark.parametrize("field", [*plan_to_plain(plan_of(CHANGES[0]))])
def test_no_field_of_a_document_is_edited_unnoticed(field: str) -> None:
    plain = plan_to_plain(plan_of(CHANGES[0]))
    if field in ("steward_plan", "impossible"):
        return  # another version, and a value of another shape, are refused before
    forged = {**plain, field: altered(plain[field])}
    if field == "warnings":
        forged[field] = ["all is well"]
    with pytest.raises(PlanEdited):
        plan_from_plain(forged, "plan.json")


def test_a_document_without_its_checksum_is_refused() -> None:
    plain = plan_to_plain(plan_of(CHANGES[0]))
    del plain["checksum"]
    with pytest.raises(PlanEdited):
        plan_from_plain(plain, "plan.json")


def of_version_1(plan: Plan) -> dict[str, Any]:
    """Write a plan as the first version did: the id is a hash of everything else."""
    body = {
        k: v for k, v in plan_to_plain(plan).items() if k not in ("steward_plan", "checksum", "id")
    }
    key = hashlib.sha256(canonical_json(body)).hexdigest()[:16]
    return {"steward_plan": 1, **body, "id": key}


@pytest.mark.parametrize("changes", CHANGES)
def test_a_document_of_the_first_version_is_read_and_written_as_it_was(
    changes: tuple[Change, ...],
) -> None:
    old = of_version_1(plan_of(changes))
    plan = plan_from_plain(old, "old.json")
    assert plan.id == old["id"] != plan_of(changes).id
    assert plan_to_plain(plan) == old
    with pytest.raises(PlanEdited):
        plan_from_plain({**old, "expires_at": old["expires_at"] + 1}, "old.json")


@given(st.integers(0, 5))
def test_each_execution_has_an_id_of_its_own(times_executed: int) -> None:
    plan = plan_of(CHANGES[0])
    begun: set[str] = set()
    for count in range(times_executed):
        found = unexecuted(plan, begun.__contains__)
        assert found.repeats == count
        assert replace(found, id="", repeats=0) == replace(plan, id="")
        begun.add(found.id)
    assert len(begun) == times_executed
    assert unexecuted(plan, begun.__contains__).id not in begun
