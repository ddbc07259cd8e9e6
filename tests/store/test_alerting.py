"""What alerting needs of the store, on both databases: one transaction, one delivery, silences that last."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text

from steward.analysis.alerting.alert import AlertState
from steward.analysis.alerting.delivery import retry_seconds
from steward.analysis.alerting.machine import Memory, evaluate
from steward.analysis.alerting.rules import AlertRules
from steward.analysis.alerting.silence import Silence, matcher_of
from steward.model.connection import Secret
from steward.model.error import WrongDocument
from steward.model.instant import Instant
from steward.store.names import stored
from steward.store.open import Store, open_store
from steward.store.plans import JournalEntry, JournalEvent
from support.leases import fence_of
from support.notes import VERDICT, note
from support.ticks import NOON_MS, group, run, tick

DAY_MS = 86_400_000


def commit(store: Store, step, at_ms: int = NOON_MS) -> None:
    store.alerts.commit(
        "prod", changed=step.changed, dropped=step.dropped, bad_minutes=step.memory.bad_minutes,
        deliveries=[("ops", n) for n in step.notifications], now_ms=at_ms,
    )  # fmt: skip


def test_what_is_written_is_what_a_new_process_reads(store: Store) -> None:
    steps = run([tick(0, group(lag=70.0, verdict=VERDICT)), tick(6, group(lag=71.0))])
    for step in steps:
        commit(store, step)
    loaded = store.alerts.load("prod")
    assert loaded == Memory(
        alerts=steps[-1].memory.alerts, bad_minutes=steps[-1].memory.bad_minutes
    )
    assert store.alerts.load("other") == Memory()


def test_an_end_is_listed_until_it_is_old(store: Store) -> None:
    for step in run([tick(0, group(lag=70.0)), *(tick(n) for n in range(1, 4))]):
        commit(store, step)
    assert store.alerts.load("prod").alerts == {}
    (ended,) = (
        a
        for a in store.alerts.list(states=[AlertState.RESOLVED])
        if a.rule.value == "lag_over_objective"
    )
    assert ended.resolved_ms == NOON_MS + 30_000
    store.maintain(NOON_MS + 31 * DAY_MS)
    assert store.alerts.list(states=list(AlertState)) == ()


def test_pending_alerts_that_pass_are_gone(store: Store) -> None:
    steps = run([tick(0, group(lag=1.0, unknown_partitions=1)), tick(1, group(lag=1.0))])
    commit(store, steps[0])
    assert len(store.alerts.load("prod").alerts) == 1
    commit(store, steps[1])
    assert store.alerts.load("prod").alerts == {}


def test_a_delivery_is_handed_out_once_and_in_order(url: Secret, store: Store) -> None:
    for number in range(20):
        commit(store, evaluate(Memory(), tick(number, group(lag=70.0)), AlertRules()))
    with open_store(url) as other, ThreadPoolExecutor(2) as pool:

        def takes(own: Store) -> list[str]:
            taken: list[str] = []
            while own.outbox.waiting("ops")[0] is not None:
                found = own.outbox.claim(
                    "ops", f"{id(own)}", now_ms=NOON_MS + DAY_MS, hold_ms=60_000
                )
                if found is not None:
                    taken.append(found.key)
                    own.outbox.delivered(found, now_ms=NOON_MS)
            return taken

        first, second = pool.map(takes, [store, other])
    assert len(first) + len(second) == 20
    assert not set(first) & set(second)


def test_a_delivery_is_not_due_before_its_time_and_what_failed_is_kept(store: Store) -> None:
    store.alerts.commit(
        "prod", changed=(), dropped=(), bad_minutes=None, deliveries=[("ops", note(70.0))],
        now_ms=NOON_MS,
    )  # fmt: skip
    found = store.outbox.claim("ops", "me", now_ms=NOON_MS, hold_ms=1)
    assert found is not None
    assert found.notification == note(70.0)
    store.outbox.retry(found, due_ms=NOON_MS + 1000, error="503")
    assert store.outbox.claim("ops", "me", now_ms=NOON_MS + 999, hold_ms=1) is None
    again = store.outbox.claim("ops", "you", now_ms=NOON_MS + 1000, hold_ms=1)
    assert again is not None
    assert (again.attempts, again.last_error) == (1, "503")
    assert store.outbox.waiting("ops") == (NOON_MS + 1000, 1)
    store.outbox.give_up(again, now_ms=NOON_MS, error="gone")
    assert store.outbox.waiting("ops") == (None, 0)
    store.maintain(NOON_MS + 8 * DAY_MS)
    assert store.outbox.statuses() == {}


def test_silences_last_and_are_kept_for_a_while_after_their_end(store: Store) -> None:
    silence = Silence(
        id="1", matchers=(matcher_of("group=~a.*"), matcher_of("cluster!=test")), starts_ms=1,
        ends_ms=NOON_MS, author="ünï", reason="deploy",
    )  # fmt: skip
    store.silences.put(silence)
    assert store.silences.list(ending_after_ms=NOON_MS - 1) == (silence,)
    assert store.silences.list(ending_after_ms=NOON_MS) == ()
    store.maintain(NOON_MS + 29 * DAY_MS)
    assert store.silences.list() == (silence,)
    store.maintain(NOON_MS + 31 * DAY_MS)
    assert store.silences.list() == ()


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_waits_double_to_five_minutes_and_spread(chance: float) -> None:
    waits = [retry_seconds(n, chance) for n in range(1, 40)]
    assert waits == sorted(waits)
    assert 0.79 < waits[0] < 1.21
    assert 239 < waits[-1] < 361


def swapped(url: Secret, table: str, key: str) -> None:
    """Put the body of one of two rows into the other."""
    with create_engine(url.reveal()).begin() as connection:
        first, second = connection.execute(text(f"SELECT {key}, body FROM {table}")).all()
        put = text(f"UPDATE {table} SET body = :body WHERE {key} = :key")
        connection.execute(put, {"body": second[1], "key": first[0]})
        connection.execute(put, {"body": first[1], "key": second[0]})


def test_the_document_of_another_key_is_not_used(url: Secret, store: Store) -> None:
    matchers = (matcher_of("group=app"),)
    for number in (1, 2):
        store.silences.put(
            Silence(
                id=f"s{number}", matchers=matchers, starts_ms=0, ends_ms=NOON_MS, author="me", reason="",
            )
        )  # fmt: skip
        store.controls.tell(f"plan{number}", {"left": number}, fence_of(store), now_ms=0)
        entry = JournalEntry(JournalEvent.INTENT, Instant(0), {"steps": [number]})
        store.plans.write(f"plan{number}", [entry], fence_of(store))
    for step in run([tick(n, group(lag=70.0), group("other", lag=70.0)) for n in (0, 6)]):
        commit(store, step)
    store.alerts.commit(
        "prod", changed=(), dropped=(), bad_minutes=None, now_ms=NOON_MS,
        deliveries=[("two", note(70.0)), ("two", note(70.0, 71.0))],
    )  # fmt: skip
    with create_engine(url.reveal()).begin() as connection:
        connection.execute(text("DELETE FROM deliveries WHERE receiver != 'two'"))
    for table, key, read in (
        ("silences", "id", store.silences.list),
        ("plan_progress", "plan_id", lambda: store.controls.progress("plan1")),
        ("plan_journal", "id", lambda: store.plans.journal("plan1")),
        ("alerts", "fingerprint", lambda: store.alerts.list(states=list(AlertState))),
        ("deliveries", "id", lambda: store.outbox.claim("two", "me", now_ms=NOON_MS, hold_ms=1)),
    ):
        assert read()
        swapped(url, table, key)
        with pytest.raises(WrongDocument, match="has another"):
            read()
        swapped(url, table, key)
        assert read()


def test_a_group_name_with_half_a_surrogate_pair_is_stored_and_read_back(store: Store) -> None:
    steps = run([tick(0, group("half\ud800", lag=70.0)), tick(6, group("half\ud800", lag=71.0))])
    for step in steps:
        commit(store, step)
    loaded = store.alerts.load("prod")
    assert {a.object.name for a in loaded.alerts.values()} == {"half\N{REPLACEMENT CHARACTER}"}
    silence = Silence(
        id="s", matchers=(matcher_of("group=half\ud800"),), starts_ms=1, ends_ms=2, author="a",
        reason="half\ud800",
    )  # fmt: skip
    store.silences.put(silence)
    assert [s.reason for s in store.silences.list()] == ["half\N{REPLACEMENT CHARACTER}"]


def test_names_with_different_half_pairs_are_stored_apart() -> None:
    kept = {stored(name) for name in ("a\ud800", "a\ud801", "a\N{REPLACEMENT CHARACTER}")}
    assert len(kept) == 3
    assert all(name.encode() for name in kept)
