"""What lasts of moves: throttles by their place, what is wanted of a plan, how far it is."""

from dataclasses import replace

from steward.model.throttle import (
    FOLLOWER_RATE,
    FOLLOWER_REPLICAS,
    LEADER_RATE,
    LEADER_REPLICAS,
    HeldThrottle,
    ThrottleKind,
)
from steward.store.controls import PlanControl
from steward.store.open import Store
from support.leases import fence_of

ITEM = HeldThrottle(
    kind=ThrottleKind.REPLICA, name="orders", key=LEADER_REPLICAS, item="0:1", plan_id="p1", before=None,
    ours=("0:1",),
)  # fmt: skip
RATE = HeldThrottle(
    kind=ThrottleKind.RATE, name="3", key=LEADER_RATE, item="", plan_id="p1", before="", ours=("5",)
)


def test_throttles_are_read_back_as_written(store: Store) -> None:
    others = (
        replace(ITEM, key=FOLLOWER_REPLICAS, before="", ours=()),
        replace(ITEM, item="0:2", before="*", debt="broker 3 is down"),
        replace(RATE, key=FOLLOWER_RATE, before="100", ours=("5", "7")),
    )
    everything = (ITEM, RATE, *others)
    store.throttles.write("c", fence_of(store), everything)
    store.throttles.write("another", fence_of(store), [RATE])
    assert store.throttles.held("c") == tuple(sorted(everything, key=lambda h: h.place))
    changed = replace(RATE, ours=("9",), debt="later")
    store.throttles.write("c", fence_of(store), put=[changed], drop=[ITEM, *others])
    assert store.throttles.held("c") == (changed,)
    assert store.throttles.held("another") == (RATE,)


def test_many_throttles_go_at_once(store: Store) -> None:
    many = [replace(ITEM, item=f"{n}:1") for n in range(1_201)]
    store.throttles.write("c", fence_of(store), many)
    assert len(store.throttles.held("c")) == len(many)
    store.throttles.write("c", fence_of(store), drop=many)
    assert store.throttles.held("c") == ()


def test_what_is_wanted_of_a_plan_is_its_own(store: Store) -> None:
    controls = store.controls
    assert not controls.want("p1", "pause", now_ms=1)
    assert controls.find("p1") is None
    controls.begin("p1", "host/1/a", "go", fence_of(store), now_ms=1)
    controls.begin("p2", "host/2/b", "go", fence_of(store), now_ms=1)
    assert controls.want("p1", "pause", now_ms=2)
    assert controls.find("p1") == PlanControl("pause", "host/1/a")
    controls.begin("p1", "host/3/c", "go", fence_of(store), now_ms=3)
    assert controls.find("p1") == PlanControl("go", "host/3/c")
    assert controls.find("p2") == PlanControl("go", "host/2/b")


def test_progress_is_the_last_that_was_told(store: Store) -> None:
    controls = store.controls
    assert controls.progress("p1") is None
    controls.tell("p1", {"bytes_done": 1}, fence_of(store), now_ms=1)
    controls.tell("p1", {"bytes_done": 2, "eta_seconds": None}, fence_of(store), now_ms=2)
    found = controls.progress("p1")
    assert found is not None
    assert (found.at.ms, found.body) == (2, {"bytes_done": 2, "eta_seconds": None})
