"""Leases: one holder at a time by the database's clock, tokens that only rise, and writes refused under old ones."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import create_engine, text

from steward.model.connection import Secret
from steward.model.error import LeaseLost
from steward.model.instant import Instant
from steward.model.throttle import LEADER_RATE, HeldThrottle, ThrottleKind
from steward.store.leases import FencingToken, Holder
from steward.store.open import Store, open_store
from steward.store.plans import JournalEntry, JournalEvent
from support.leases import let_pass

TTL = 120_000
ONE, TWO = Holder(name="a/1/x"), Holder(name="b/2/y")
RATE = HeldThrottle(
    kind=ThrottleKind.RATE, name="3", key=LEADER_RATE, item="", plan_id="p1", before="", ours=("5",)
)


def writes(store: Store) -> dict[str, Any]:
    """Name every write of an executor, to call with a fence."""
    entry = JournalEntry(JournalEvent.STARTED, Instant(0), {})
    return {
        "journal": lambda f: store.plans.write("p", [entry], f),
        "throttles": lambda f: store.throttles.write("c", f, [RATE]),
        "control": lambda f: store.controls.begin("p", "me", "go", f, now_ms=1),
        "progress": lambda f: store.controls.tell("p", {}, f, now_ms=1),
        "renewal": lambda f: store.leases.renew(f, ttl_ms=TTL),
    }


def written(store: Store) -> tuple[Any, ...]:
    return (
        store.plans.journal("p"),
        store.throttles.held("c"),
        store.controls.find("p"),
        store.controls.progress("p"),
    )


@pytest.mark.parametrize("what", ["journal", "throttles", "control", "progress", "renewal"])
@pytest.mark.parametrize("how", ["taken", "given back", "revoked", "taken and given back"])
def test_no_write_passes_once_the_lease_is_gone(
    url: Secret, store: Store, what: str, how: str
) -> None:
    old = store.leases.acquire("execute c", ONE, ttl_ms=TTL)
    assert old is not None
    writes(store)[what](old)
    before = written(store)
    if how.startswith("taken"):
        let_pass(url, TTL)
        new = store.leases.acquire("execute c", TWO, ttl_ms=TTL)
        assert new is not None
        if "back" in how:
            store.leases.release(new)
    elif how == "revoked":
        assert store.leases.revoke(old)
    else:
        store.leases.release(old)
    with pytest.raises(LeaseLost):
        writes(store)[what](old)
    assert written(store) == before


def test_a_lease_that_is_over_is_renewed_while_nobody_has_taken_it(
    url: Secret, store: Store
) -> None:
    fence = store.leases.acquire("execute c", ONE, ttl_ms=TTL)
    assert fence is not None
    let_pass(url, 2 * TTL)
    found = store.leases.find("execute c")
    assert found is not None
    assert found.is_over
    store.leases.renew(fence, ttl_ms=TTL)
    assert store.leases.acquire("execute c", TWO, ttl_ms=TTL) is None


def test_only_the_acquisition_that_was_seen_is_taken_over_or_revoked(store: Store) -> None:
    first = store.leases.acquire("execute c", ONE, ttl_ms=TTL)
    assert first is not None
    stale = FencingToken("execute c", first.token - 1)
    assert store.leases.acquire("execute c", TWO, ttl_ms=TTL, over=stale) is None
    assert not store.leases.revoke(stale)
    second = store.leases.acquire("execute c", TWO, ttl_ms=TTL, over=first)
    assert second is not None
    assert not store.leases.revoke(first)
    assert store.leases.revoke(second)
    assert store.leases.find("execute c") is None


def test_a_holder_does_not_get_its_own_lease_a_second_time(store: Store) -> None:
    assert store.leases.acquire("execute c", ONE, ttl_ms=TTL) is not None
    assert store.leases.acquire("execute c", ONE, ttl_ms=TTL) is None


def test_of_many_that_ask_at_once_one_gets_the_lease(url: Secret, store: Store) -> None:
    def asks(number: int) -> bool:
        with open_store(url) as own:
            holder = Holder(name=f"{number}")
            return own.leases.acquire("execute c", holder, ttl_ms=TTL) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(asks, range(8))) == 1


def test_a_lease_of_before_the_tokens_stays_held_until_its_time(url: Secret, store: Store) -> None:
    engine = create_engine(url.reveal())
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO leases (name, holder, until_ms, token, process, purpose, since_ms, renewed_ms)"
                " VALUES ('execute c', 'old/1/x', 9000000000000, 0, '', '', 0, 0)"
            )
        )
    engine.dispose()
    assert store.leases.acquire("execute c", ONE, ttl_ms=TTL) is None
    let_pass(url, 9_000_000_000_000)
    fence = store.leases.acquire("execute c", ONE, ttl_ms=TTL)
    assert fence == FencingToken("execute c", 1)


class TwoHolders(RuleBasedStateMachine):
    """Two executors whose own clocks are anything, one lease: at any time at most one can write."""

    url: Secret
    store: Store

    @initialize(skews=st.tuples(*[st.integers(-(10**9), 10**9)] * 2))
    def begin(self, skews: tuple[int, int]) -> None:
        engine = create_engine(self.url.reveal())
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM leases"))
            connection.execute(text("DELETE FROM plan_journal"))
        engine.dispose()
        self.skews = skews
        self.fences: list[FencingToken | None] = [None, None]
        self.owner: int | None = None
        self.left = 0
        self.tokens = [0]
        self.lines = 0

    @rule(who=st.integers(0, 1))
    def acquire(self, who: int) -> None:
        got = self.store.leases.acquire("execute c", (ONE, TWO)[who], ttl_ms=TTL)
        assert (got is not None) == (self.owner is None or self.left <= 0)
        if got is not None:
            assert got.token > max(self.tokens)
            self.tokens.append(got.token)
            self.fences[who], self.owner, self.left = got, who, TTL
            if self.fences[1 - who] is not None and self.fences[1 - who] == got:
                raise AssertionError

    @rule(who=st.integers(0, 1))
    def renew(self, who: int) -> None:
        fence = self.fences[who]
        if fence is None:
            return
        if self.owner == who:
            self.store.leases.renew(fence, ttl_ms=TTL)
            self.left = TTL
        else:
            with pytest.raises(LeaseLost):
                self.store.leases.renew(fence, ttl_ms=TTL)

    @rule(who=st.integers(0, 1))
    def write(self, who: int) -> None:
        fence = self.fences[who]
        if fence is None:
            return
        at = Instant(max(0, 10**12 + self.skews[who]))
        entry = JournalEntry(JournalEvent.STARTED, at, {"who": who})
        if self.owner == who:
            self.store.plans.write("p", [entry], fence)
            self.lines += 1
        else:
            with pytest.raises(LeaseLost):
                self.store.plans.write("p", [entry], fence)

    @rule(who=st.integers(0, 1))
    def release(self, who: int) -> None:
        fence = self.fences[who]
        if fence is not None:
            self.store.leases.release(fence)
            if self.owner == who:
                self.owner = None

    @rule()
    def revoke(self) -> None:
        found = self.store.leases.find("execute c")
        assert (found is None) == (self.owner is None)
        if found is not None:
            assert found.holder == (ONE, TWO)[self.owner or 0]
            assert self.store.leases.revoke(found.fence)
            self.tokens.append(found.fence.token + 1)
            self.owner = None

    @rule(ms=st.sampled_from([1_000, TTL // 2, TTL, 10 * TTL]))
    def time_passes(self, ms: int) -> None:
        let_pass(self.url, ms)
        # whoever asks at the very end of the time would make the outcome depend on this machine's speed
        self.left = self.left - ms if self.left - ms <= 0 or self.left - ms > TTL // 4 else 0
        if self.left <= 0:
            let_pass(self.url, TTL)

    @invariant()
    def only_writes_of_the_owner_are_there(self) -> None:
        if hasattr(self, "lines"):
            assert len(self.store.plans.journal("p")) == self.lines


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[TwoHolders]]:
    folder: Path = tmp_path_factory.mktemp("leases")
    with open_store(Secret(f"sqlite:///{folder}/steward.db")) as store:
        TwoHolders.url, TwoHolders.store = Secret(f"sqlite:///{folder}/steward.db"), store
        yield TwoHolders


def test_whatever_two_holders_do_only_the_newest_writes(machine: type[TwoHolders]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
