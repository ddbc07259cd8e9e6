"""Delivery: one thread per receiver sends its notifications from the outbox in order."""

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Event, Lock, Thread
from uuid import uuid4

from steward.analysis.alerting.delivery import (
    GIVE_UP_AFTER_SECONDS,
    REFUSALS,
    Delivery,
    delivery_key,
    retry_seconds,
)
from steward.analysis.alerting.notification import Notification
from steward.daemon.receivers.post import ReceiverAnswer
from steward.daemon.receivers.receiver import Receiver, ReceiverKind
from steward.daemon.receivers.send import send
from steward.model.error import StoreUnavailable
from steward.store.open import Store

IDLE_SECONDS = 5.0
"""How long a thread waits without being woken: another daemon may have added a delivery."""
REPEAT_SECONDS = 60.0
"""Interval of repeating alerts to Alertmanager, which forgets them after resolve_timeout (5 minutes by default)."""

Firing = Callable[[int], tuple[Notification, ...]]
Send = Callable[[Receiver, Notification], ReceiverAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverStatus:
    """State of one receiver. ``waiting`` counts notifications; ``last_error`` is empty after a successful attempt."""

    receiver: str
    waiting: int
    delivered: int
    failures: int
    given_up: int
    last_error: str


class ReceiverWorker:
    """Deliveries of one receiver, one at a time. `attempt` makes one and returns how long to wait."""

    def __init__(
        self,
        store: Store,
        receiver: Receiver,
        *,
        now_ms: Callable[[], int],
        chance: Callable[[], float] = random.random,
        sender: Send = send,
    ) -> None:
        self.receiver = receiver
        self._store = store
        self._now_ms = now_ms
        self._chance = chance
        self._send = sender
        self._holder = uuid4().hex
        self._unwritten: deque[Notification] = deque()
        self._failed_unwritten = 0
        self._sent: set[str] = set()
        self._firing: Firing | None = None
        self._repeated_ms = 0
        self._waiting = self._delivered = self._failures = self._given_up = 0
        self._last_error = ""

    @property
    def status(self) -> ReceiverStatus:
        """The receiver's state."""
        return ReceiverStatus(
            receiver=self.receiver.name,
            waiting=self._waiting + len(self._unwritten),
            delivered=self._delivered,
            failures=self._failures,
            given_up=self._given_up,
            last_error=self._last_error,
        )

    def repeats(self, firing: Firing) -> None:
        """Repeat firing alerts, for a receiver that would forget them."""
        self._firing = firing

    def deliver_unwritten(self, note: Notification) -> None:
        """Queue a notification that the store could not take."""
        self._unwritten.append(note)

    def attempt(self) -> float:
        """Send the next due notification, and return how many seconds to wait before the next attempt.

        While the store fails, only firing alerts are repeated.
        """
        if self._unwritten:
            return self._attempt_unwritten()
        try:
            due_ms, self._waiting = self._store.outbox.waiting(self.receiver.name)
            if due_ms is not None and due_ms <= self._now_ms():
                return self._attempt_written()
        except StoreUnavailable:
            due_ms = None
        wait = self._repeat()
        if due_ms is None:
            return min(IDLE_SECONDS, wait)
        return max(0.0, min(IDLE_SECONDS, wait, (due_ms - self._now_ms()) / 1000))

    def failed(self, error: Exception) -> float:
        """Count an internal error, and return how long to wait after it."""
        self._failures += 1
        self._last_error = f"internal error: {type(error).__name__} (please report)"
        return IDLE_SECONDS

    def _attempt_written(self) -> float:
        hold_ms = round(self.receiver.timeout_seconds * 1000) + 5_000
        outbox = self._store.outbox
        delivery = outbox.claim(
            self.receiver.name, self._holder, now_ms=self._now_ms(), hold_ms=hold_ms
        )
        if delivery is None:
            return 1.0
        if delivery.key in self._sent:
            outbox.delivered(delivery, now_ms=self._now_ms())
            return 0.0
        answer = self._tell(delivery.notification)
        if answer.ok:
            self._sent.add(delivery.key)
            outbox.delivered(delivery, now_ms=self._now_ms())
            self._sent.discard(delivery.key)
            return 0.0
        if self._gives_up(delivery, answer):
            self._given_up += 1
            outbox.give_up(delivery, now_ms=self._now_ms(), error=answer.detail)
            return 0.0
        wait = retry_seconds(delivery.attempts + 1, self._chance())
        due_ms = self._now_ms() + round(wait * 1000)
        outbox.retry(delivery, due_ms=due_ms, error=answer.detail)
        return min(wait, IDLE_SECONDS)

    def _gives_up(self, delivery: Delivery, answer: ReceiverAnswer) -> bool:
        if answer.is_refusal and delivery.attempts + 1 >= REFUSALS:
            return True
        return self._now_ms() - delivery.created_ms > GIVE_UP_AFTER_SECONDS * 1000

    def _attempt_unwritten(self) -> float:
        note = self._unwritten[0]
        key = delivery_key(self.receiver.name, note)
        answer = self._tell(note)
        if answer.ok:
            self._sent.add(key)  # if the store has it after all, it is not sent again
            self._failed_unwritten = 0
            self._unwritten.popleft()
            return 0.0
        self._failed_unwritten += 1
        if answer.is_refusal and self._failed_unwritten >= REFUSALS:
            self._given_up += 1
            self._failed_unwritten = 0
            self._unwritten.popleft()
            return 0.0
        return retry_seconds(self._failed_unwritten, self._chance())

    def _repeat(self) -> float:
        """Repeat firing alerts when due; return how long until then. A failure is made up for by the next time."""
        if self._firing is None or self.receiver.kind is not ReceiverKind.ALERTMANAGER:
            return IDLE_SECONDS
        now = self._now_ms()
        left = self._repeated_ms + REPEAT_SECONDS * 1000 - now
        if 0 < left <= REPEAT_SECONDS * 1000:
            return left / 1000
        self._repeated_ms = now
        for note in self._firing(now):
            if self.receiver.takes(note):
                self._tell(note)
        return REPEAT_SECONDS

    def _tell(self, note: Notification) -> ReceiverAnswer:
        answer = self._send(self.receiver, note)
        self._delivered += answer.ok
        self._failures += not answer.ok
        self._last_error = "" if answer.ok else answer.detail
        return answer


class ReceiverWorkers:
    """All receivers' workers, each on its own thread: a receiver that is slow or down delays no other."""

    def __init__(self, workers: Iterable[ReceiverWorker]) -> None:
        self._workers = {worker.receiver.name: worker for worker in workers}
        self._wakers = {name: Event() for name in self._workers}
        self._stopping = False
        self._threads: list[Thread] = []
        self._lock = Lock()

    def start(self) -> None:
        """Start delivery; what an earlier process left in the outbox is sent first."""
        with self._lock:
            for name in self._workers:
                thread = Thread(target=self._run, args=[name], name=f"notify {name}", daemon=True)
                thread.start()
                self._threads.append(thread)

    def stop(self, timeout_seconds: float) -> None:
        """Stop; undelivered notifications stay in the outbox for the next process."""
        self._stopping = True
        self.wake()
        for thread in self._threads:
            thread.join(timeout_seconds / max(1, len(self._threads)))

    def wake(self) -> None:
        """Announce a new notification."""
        for waker in self._wakers.values():
            waker.set()

    def repeats(self, firing: Firing) -> None:
        """Repeat firing alerts, for receivers that would forget them."""
        for worker in self._workers.values():
            worker.repeats(firing)

    def deliver_unwritten(self, unwritten: Iterable[tuple[str, Notification]]) -> None:
        """Deliver notifications that the store could not take, as long as this process lives."""
        for receiver, note in unwritten:
            self._workers[receiver].deliver_unwritten(note)
        self.wake()

    def status(self) -> Mapping[str, ReceiverStatus]:
        """State of each receiver, by name."""
        return {name: worker.status for name, worker in self._workers.items()}

    def _run(self, name: str) -> None:
        worker, waker = self._workers[name], self._wakers[name]
        while not self._stopping:
            waker.clear()
            try:
                wait = worker.attempt()
            except Exception as e:  # noqa: BLE001 - a fault of ours must not end what tells of others
                wait = worker.failed(e)
            if wait > 0 and not self._stopping:
                waker.wait(wait)
