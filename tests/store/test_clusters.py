"""What is remembered belongs to a cluster's id: a name goes from one to the next, and takes nothing along."""

from sqlalchemy import create_engine, text

from steward.analysis.alerting.machine import Memory, evaluate
from steward.analysis.alerting.rules import AlertRules
from steward.analysis.alerting.silence import Silence, matcher_of
from steward.model.connection import Secret
from steward.model.history import EventKind, GroupEvent
from steward.model.load import BrokerLoadSample
from steward.store.open import Store
from steward.store.tables import METADATA
from support.notes import note
from support.ticks import NOON_MS, group, tick

ABOUT_ALL = {"clusters", "silences", "deliveries", "leases"}
"""Tables whose rows are of no single cluster."""
OF_PLANS = {"plans", "plan_journal", "audit_log", "throttles", "plan_control", "plan_progress"}
OF_DRIFT = {"drift", "drift_looks"}
"""What a plan was made for, and what manifests are compared with, was always told by its id."""
LOAD = BrokerLoadSample(
    broker=1, at_ms=NOON_MS, log_bytes=1, replicas=1, disk_total_bytes=None, disk_used_bytes=None,
    bytes_in_per_second=None, bytes_out_per_second=None,
)  # fmt: skip


def fill(store: Store, key: str) -> None:
    store.offset_history.save(key, {"a": b"1"})
    store.group_samples.append(key, NOON_MS, {"app": b"look"})
    store.loads.append(key, [LOAD])
    store.events.append(key, [GroupEvent(at_ms=NOON_MS, group="app", kind=EventKind.REBALANCE)])
    step = evaluate(Memory(), tick(0, group(lag=70.0)), AlertRules())
    store.alerts.commit(
        key, changed=step.changed, dropped=(), bad_minutes=step.memory.bad_minutes, deliveries=(),
        now_ms=NOON_MS,
    )  # fmt: skip


def kept(store: Store, key: str) -> list[bool]:
    memory = store.alerts.load(key)
    return [
        bool(found)
        for found in (
            store.offset_history.load(key), store.group_samples.read(key, "app", since_ms=0),
            store.loads.read(key, since_ms=0), store.events.read(key, since_ms=0),
            memory.alerts, memory.bad_minutes,
        )
    ]  # fmt: skip


def test_what_was_kept_under_a_name_goes_over_to_its_first_id(store: Store) -> None:
    fill(store, "prod")
    assert store.clusters.stored_id("prod") == ""
    assert store.clusters.stored_id("prod", "first") == "", "it is found under the name until then"
    assert store.clusters.learn("prod", "first")
    assert kept(store, "first") == [True] * 6
    assert kept(store, "prod") == [False] * 6
    assert store.clusters.last("prod") == "first"


def test_a_cluster_that_replaces_another_inherits_nothing(store: Store) -> None:
    store.clusters.learn("prod", "first")
    fill(store, "first")
    assert not store.clusters.learn("prod", "second")
    assert kept(store, "second") == [False] * 6
    assert kept(store, "first") == [True] * 6, "it can still be read"
    assert store.clusters.replaced("prod") == ("first",)
    assert store.clusters.stored_id("prod") == "second"
    assert store.clusters.stored_id("prod", "third") == "third", "whatever is kept is of others"
    fill(store, "prod")
    store.clusters.learn("prod", "third")
    assert kept(store, "third") == [False] * 6, "nobody knows whose the rows under the name are"


def test_an_id_that_comes_back_is_the_last_again(store: Store) -> None:
    for cluster in ("first", "second", "first", "first"):
        store.clusters.learn("prod", cluster)
    assert store.clusters.last("prod") == "first"
    assert store.clusters.replaced("prod") == ("second",)


def test_a_cluster_under_another_name_was_not_replaced(store: Store) -> None:
    store.clusters.learn("blue", "first")
    store.clusters.learn("green", "second")
    store.clusters.learn("green", "first")
    store.clusters.learn("blue", "second")
    assert store.clusters.replaced("blue") == store.clusters.replaced("green") == ()
    assert store.clusters.stored_id("renamed", "first") == "first"


def test_every_table_of_one_cluster_goes_over(url: Secret, store: Store) -> None:
    fill(store, "prod")
    with create_engine(url.reveal()).begin() as connection:
        connection.execute(
            text("INSERT INTO series (cluster, group_id, topic) VALUES ('prod', 'g', '')")
        )
    store.clusters.learn("prod", "first")
    keyed = [
        t.name
        for t in METADATA.sorted_tables
        if "cluster" in t.c and t.name not in OF_PLANS | OF_DRIFT
    ]
    with create_engine(url.reveal()).connect() as connection:
        for table in keyed:
            query = text(f"SELECT DISTINCT cluster FROM {table}")
            assert list(connection.execute(query).scalars()) == ["first"], table
    others = {t.name for t in METADATA.sorted_tables} - set(keyed)
    assert others == ABOUT_ALL | OF_PLANS | OF_DRIFT | {"lag_samples"}, "say whose a new table is"


def test_a_silence_of_one_alert_does_not_hold_for_the_next_cluster() -> None:
    def alert(cluster_id: str):
        found = evaluate(
            Memory(), tick(0, group(lag=70.0), cluster_id=cluster_id), AlertRules()
        ).memory.alerts
        return next(iter(found.values()))

    first, second = alert("first"), alert("second")
    silence = Silence(
        id="1", matchers=(matcher_of(first.fingerprint),), starts_ms=0, ends_ms=NOON_MS * 2,
        author="me", reason="known",
    )  # fmt: skip
    assert silence.covers(first, NOON_MS)
    assert not silence.covers(second, NOON_MS)


def test_a_hold_is_judged_by_the_clock_of_the_database(store: Store) -> None:
    store.alerts.commit(
        "prod", changed=(), dropped=(), bad_minutes=None, deliveries=[("ops", note(70.0))],
        now_ms=NOON_MS,
    )  # fmt: skip
    assert store.outbox.claim("ops", "me", now_ms=NOON_MS, hold_ms=3_600_000) is not None
    ahead = NOON_MS + 10 * 3_600_000
    assert store.outbox.claim("ops", "other", now_ms=ahead, hold_ms=1) is None
    assert store.outbox.claim("ops", "me", now_ms=NOON_MS, hold_ms=-1) is not None
    assert store.outbox.claim("ops", "other", now_ms=NOON_MS, hold_ms=1) is not None
