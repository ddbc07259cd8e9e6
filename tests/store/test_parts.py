"""Rings, looks and events: what goes in comes out, bounded in age."""

from steward.model.history import EventKind, GroupEvent
from steward.store.open import Store

DAY_MS = 86_400_000


def test_rings_are_put_replaced_and_dropped_in_one_go(store: Store) -> None:
    store.offset_history.save("prod", {"a": b"1", "b": b"\0\xff" * 100_000})
    store.offset_history.save("prod", {"a": b"2", "c": b""}, drop=["b", "never there"])
    store.offset_history.save("other", {"a": b"x"})
    assert store.offset_history.load("prod") == {"a": b"2", "c": b""}


def test_looks_are_read_in_order_and_forgotten(store: Store) -> None:
    for at in (3, 1, 2):
        store.group_samples.append("prod", at, {"payments": bytes([at]), "other": b"x"})
    assert store.group_samples.read("prod", "payments", since_ms=2) == ((2, b"\2"), (3, b"\3"))
    store.maintain(DAY_MS)
    assert store.group_samples.read("prod", "payments", since_ms=0) == ()


def test_events_are_counted_by_group_and_kind(store: Store) -> None:
    def event(at: int, kind: EventKind, count: int = 1) -> GroupEvent:
        return GroupEvent(at_ms=at, group="payments", kind=kind, count=count, detail="why")

    seen = [event(1, EventKind.REBALANCE), event(2, EventKind.MEMBER_LEFT, 3)]
    store.events.append("prod", seen)
    store.events.append("prod", seen)
    store.events.append("prod", [event(9, EventKind.REBALANCE, 2)])
    assert store.events.counts("prod", since_ms=0) == {
        ("payments", EventKind.REBALANCE): 3,
        ("payments", EventKind.MEMBER_LEFT): 3,
    }
    assert store.events.read("prod", since_ms=2, groups=["payments"])[0] == seen[1]
    store.maintain(91 * DAY_MS)
    assert store.events.read("prod", since_ms=0) == ()
