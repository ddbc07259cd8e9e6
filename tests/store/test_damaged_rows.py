"""A damaged row is said, and the rest is read."""

import json
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from steward.analysis.alerting.silence import Silence, matcher_of
from steward.documents.plan import plan_from_plain
from steward.model.connection import Secret
from steward.model.error import StewardError, StoreUnavailable
from steward.model.instant import Instant
from steward.store.open import Store, store_at
from steward.store.tables import PLAN_JOURNAL, PLANS, SILENCES
from support.document_kinds import KINDS

DAMAGED = (
    "",
    "[",
    "[" * 50_000,
    "{}",
    '{"id": 5}',
    "null",
    '{"created_at": "x"}',
    "5",
    '{"a": NaN}',
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_at(Secret(f"sqlite:///{tmp_path}/steward.db"))


def run_sql(store: Store, statement: object, *rows: object) -> None:
    with store.plans._database.writing() as connection:  # pyright: ignore
        connection.execute(statement, *rows)  # pyright: ignore


@pytest.mark.parametrize("body", DAMAGED, ids=lambda b: b[:12])
def test_a_damaged_plan_is_listed_as_such_and_the_others_as_ever(store: Store, body: str) -> None:
    plan = plan_from_plain(json.loads(KINDS["plan"][0][0]), "sample")
    store.plans.save(plan)
    run_sql(
        store, insert(PLANS), [{"id": "deadbeef", "cluster": "c", "created_ms": 1, "body": body}]
    )
    whole, damaged = store.plans.heads(10)
    assert (whole.id, whole.outcome) == (plan.id, "")
    assert (damaged.id, damaged.cluster, damaged.outcome) == ("deadbeef", "c", "damaged")
    assert damaged.created_at == Instant(1)
    assert store.plans.undoing("deadbeef") == ()
    with pytest.raises(StewardError, match="plan deadbeef in the store"):
        store.plans.find("deadbeef")


def test_a_damaged_journal_stops_its_plan_and_no_other(store: Store) -> None:
    plan = plan_from_plain(json.loads(KINDS["plan"][0][0]), "sample")
    store.plans.save(plan)
    line = {"plan_id": plan.id, "at_ms": 1, "event": "started", "body": "["}
    run_sql(store, insert(PLAN_JOURNAL), [line])
    (head,) = store.plans.heads(10)
    assert head.outcome == "damaged"
    for read in (store.plans.results, store.plans.ever_attempted, store.plans.outcome):
        with pytest.raises(StoreUnavailable, match=r"the journal of plan .* is damaged$"):
            read(plan.id)


def test_a_damaged_silence_is_counted(store: Store) -> None:
    for name in ("one", "two"):
        store.silences.put(
            Silence(
                id=name,
                matchers=(matcher_of("group=a"),),
                starts_ms=0,
                ends_ms=9,
                author="a",
                reason="r",
            )
        )
    run_sql(store, update(SILENCES).where(SILENCES.c.id == "one").values(body='{"id": 1}'))
    found = store.silences.list()
    assert [s.id for s in found] == ["two"]
    assert found.damaged == 1
