"""A receiver that is down for an hour gets everything once, in order, over restarts of the daemon."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.analysis.alerting.notification import Notification
from steward.daemon.alerting.delivery import ReceiverWorker
from steward.daemon.receivers.receiver import ReceiverKind
from steward.model.connection import Secret
from steward.model.error import StoreTrouble, StoreUnavailable
from steward.store.open import Store, open_store
from support.http_receiver import HttpReceiver, http_receiver
from support.notes import note, receiver
from support.ticks import NOON_MS

HOUR_MS = 3_600_000


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.ms = NOON_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(Secret(f"sqlite:///{tmp_path}/s.db")) as opened:
        yield opened


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with http_receiver() as running:
        yield running


def lane(store: Store, http: HttpReceiver, clock: Clock, **known) -> ReceiverWorker:
    return ReceiverWorker(store, receiver(http.url, **known), now_ms=clock, chance=lambda: 0.5)


def write(store: Store, *notes: Notification, at: int = NOON_MS) -> None:
    store.alerts.commit(
        "prod", changed=(), dropped=(), bad_minutes=None, deliveries=[("ops", n) for n in notes],
        now_ms=at,
    )  # fmt: skip


def drive(running: ReceiverWorker, clock: Clock, until_ms: int) -> int:
    """Let time pass as the lane's waits say; return the number of attempts."""
    attempts = 0
    while clock.ms < until_ms:
        wait = running.attempt()
        clock.ms += max(1, round(wait * 1000))
        attempts += 1
    return attempts


def ids(http: HttpReceiver) -> list[str]:
    return [r.headers["Idempotency-Key"] for r in http.taken()]


def test_down_for_an_hour_loses_nothing_and_doubles_nothing(store, http, clock) -> None:
    notes = [note(70.0 + n, number=n * 60) for n in range(6)]
    http.status = 503
    running = lane(store, http, clock)
    for number, one in enumerate(notes):
        write(store, one, at=clock.ms)
        drive(running, clock, NOON_MS + (number + 1) * HOUR_MS // 6)
        if number == 3:
            running = lane(store, http, clock)  # another process
    tried = ids(http)
    assert set(tried) == {notes[0].id}, "nothing overtakes what came before it"
    assert 12 <= len(tried) <= 30, "the waits grow"
    http.status = 200
    drive(running, clock, NOON_MS + HOUR_MS + 400_000)
    assert ids(http) == [n.id for n in notes]
    drive(lane(store, http, clock), clock, NOON_MS + 2 * HOUR_MS)
    assert ids(http) == []
    assert set(store.outbox.statuses().values()) == {"delivered"}


def test_the_same_decision_written_twice_is_told_once(store, http, clock) -> None:
    write(store, note(70.0))
    write(store, note(70.0))
    drive(lane(store, http, clock), clock, NOON_MS + 60_000)
    assert ids(http) == [note(70.0).id]


def test_a_body_that_is_refused_does_not_hold_up_the_next(store, http, clock) -> None:
    first, second = note(70.0), note(80.0, number=1)
    write(store, first, second)
    http.status = 400
    running = lane(store, http, clock)
    while running.status.given_up == 0:
        clock.ms += round(max(0.001, running.attempt()) * 1000)
    http.status = 200
    drive(running, clock, clock.ms + 10_000)
    assert ids(http) == [first.id] * 3 + [second.id]
    assert sorted(store.outbox.statuses().values()) == ["delivered", "given_up"]


def test_what_could_not_be_told_for_a_day_is_given_up(store, http, clock) -> None:
    write(store, note(70.0))
    http.status = 503
    running = lane(store, http, clock)
    drive(running, clock, NOON_MS + 25 * HOUR_MS)
    assert running.status.given_up == 1
    assert running.status.last_error.endswith("503 Service Unavailable")
    assert store.outbox.waiting("ops") == (None, 0)


def test_two_daemons_that_share_a_store_tell_once(store, http, clock) -> None:
    notes = [note(70.0 + n, number=n) for n in range(5)]
    write(store, *notes)
    one, other = lane(store, http, clock), lane(store, http, clock)
    for _ in range(20):
        one.attempt()
        other.attempt()
        clock.ms += 100
    assert ids(http) == [n.id for n in notes]


def test_a_delivery_held_by_a_process_that_died_is_told_after_a_while(store, http, clock) -> None:
    write(store, note(70.0))
    assert store.outbox.claim("ops", "dead", now_ms=NOON_MS, hold_ms=HOUR_MS) is not None
    running = lane(store, http, clock)
    drive(running, clock, NOON_MS + 2_000)
    assert ids(http) == []
    # the hold is over by the database's clock, whatever the machines' clocks say
    assert store.outbox.claim("ops", "dead", now_ms=NOON_MS, hold_ms=-1) is not None
    drive(running, clock, NOON_MS + 5_000)
    assert ids(http) == [note(70.0).id]


class Failing:
    """A store that fails at one method of the outbox, as long as it is told to."""

    def __init__(self, store: Store, method: str) -> None:
        self._outbox, self._method, self.fails = store.outbox, method, True

    @property
    def outbox(self):
        return self

    def __getattr__(self, name: str):
        if name == self._method and self.fails:
            raise StoreUnavailable("the store is full", why=StoreTrouble.FULL)
        return getattr(self._outbox, name)


def test_told_but_not_written_down_is_not_told_again(store, http, clock) -> None:
    write(store, note(70.0))
    failing = Failing(store, "delivered")
    running = lane(failing, http, clock)
    for _ in range(5):
        running.attempt()
        clock.ms += 5_000
    failing.fails = False
    drive(running, clock, clock.ms + 30_000)
    assert len(ids(http)) == 1
    assert set(store.outbox.statuses().values()) == {"delivered"}


def test_what_the_store_could_not_take_is_told_from_memory_once(store, http, clock) -> None:
    running = lane(store, http, clock)
    http.status = 503
    running.deliver_unwritten(note(70.0))
    drive(running, clock, NOON_MS + 60_000)
    http.taken()
    http.status = 200
    drive(running, clock, NOON_MS + 400_000)
    write(store, note(70.0), at=clock.ms)  # the transaction had gone through after all
    drive(running, clock, clock.ms + 60_000)
    assert ids(http) == [note(70.0).id]


def test_alertmanager_is_told_again_every_minute(store, http, clock) -> None:
    running = lane(store, http, clock, kind=ReceiverKind.ALERTMANAGER)
    running.repeats(lambda now_ms: (note(70.0),))
    drive(running, clock, NOON_MS + 10 * 60_000)
    assert len(ids(http)) == 10
    other = lane(store, http, clock)
    other.repeats(lambda now_ms: (note(70.0),))
    drive(other, clock, NOON_MS + 20 * 60_000)
    assert ids(http) == [], "a webhook remembers"


def test_a_failed_repeat_is_no_loss_and_holds_nothing_up(store, http, clock) -> None:
    running = lane(store, http, clock, kind=ReceiverKind.ALERTMANAGER)
    running.repeats(lambda now_ms: (note(70.0),))
    http.status = 503
    drive(running, clock, NOON_MS + 180_000)
    assert len(ids(http)) == 3
    http.status = 200
    write(store, note(75.0, number=9), at=clock.ms)
    running.attempt()
    assert ids(http) == [note(75.0, number=9).id]
