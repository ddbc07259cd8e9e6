"""A running scenario: its sandbox, names, randomness, and the clients that end with it."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from steward.model.command import Hint, steward
from steward.sandbox.error import SandboxError
from steward.sandbox.lockfile import version_key
from steward.sandbox.scenarios.raw_connection import NoConnection
from steward.sandbox.scenarios.raw_requests import NotYet
from steward.sandbox.status import SandboxStatus

_POLL_S = 0.4
_PATIENCE_S = 120.0
"""A machine with two processors may be busy with other work."""
_PAST_S = 300.0
_JOIN_S = 20


class Lifetime:
    """What lives as long as a run: worker threads, and cleanup at its end."""

    def __init__(self, over: threading.Event | None = None) -> None:
        self.over = over or threading.Event()
        self.failure: BaseException | None = None
        self._workers: list[threading.Thread] = []
        self._undo = ExitStack()

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Run work in a thread; it must return soon after the run is over, and its failure ends the run."""
        worker = threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True)
        self._workers.append(worker)
        worker.start()

    def at_end(self, undo: Callable[[], object]) -> None:
        """Register a cleanup for when the run is over and its workers are done; the last one runs first."""
        self._undo.callback(undo)

    def end(self) -> None:
        """Stop the workers, then clean up; raises the first failure of a cleanup."""
        self.over.set()
        deadline = time.monotonic() + _JOIN_S
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))
        self._undo.close()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:  # noqa: BLE001 - the run's own thread raises it
            if self.failure is None and not self.over.is_set():
                self.failure = fault
            self.over.set()


@dataclass(frozen=True, slots=True)
class TroubleStages:
    """The healthy state before a problem that starts midway: reached, observed, over."""

    there: threading.Event = field(default_factory=threading.Event)
    seen: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRun:
    """One run of a scenario, or of a part of one; parts share the lifetime."""

    sandbox: SandboxStatus
    prefix: str
    """Prefix of the names of all its topics, groups, client ids and transactional ids."""
    seed: int
    progress: Callable[[str], None]
    leave: bool = False
    """True to skip the repairs at the end of a run."""
    life: Lifetime = field(default_factory=Lifetime)
    past: TroubleStages | None = None
    """Set if the healthy state before the problem is to be observed."""

    @property
    def going(self) -> bool:
        """True until the run is over."""
        return not self.life.over.is_set()

    @property
    def kafka_line(self) -> tuple[int, ...]:
        """Major and minor version of the brokers."""
        return version_key(self.sandbox.kafka_version)[:2]

    def name(self, suffix: str) -> str:
        """Return a name of this run."""
        return f"{self.prefix}.{suffix}"

    def random(self, purpose: str) -> random.Random:
        """Return the run's random source for a purpose: the same for the same seed."""
        return random.Random(f"{self.seed}/{self.prefix}/{purpose}")  # noqa: S311 - not for secrets

    def part(self, name: str) -> "ScenarioRun":
        """Return the run of a part, with its own names."""
        return replace(self, prefix=self.name(name))

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Run work in a thread until the run is over."""
        self.life.start(name, work)

    def pause(self, seconds: float) -> bool:
        """Sleep until the time or the end of the run; False once it is over."""
        return not self.life.over.wait(seconds)

    def let_past_be_seen(self) -> None:
        """Before a problem that starts midway: wait until the healthy state was observed, if requested."""
        if self.past is not None:
            self.past.there.set()
            self.until(self.past.seen.is_set, "its healthy state was observed", timeout_s=_PAST_S)

    def until(
        self, condition: Callable[[], bool], what: str, *, timeout_s: float = _PATIENCE_S
    ) -> None:
        """Wait for a condition; an error from Kafka counts as not yet true.

        Errors: SandboxError after the timeout, or if the run ends before.
        """
        deadline = time.monotonic() + timeout_s
        while not _holds(condition):
            if self.life.failure is not None:
                raise self.life.failure
            if not self.going:
                raise SandboxError(f"scenario {self.prefix} was ended before {what}")
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"scenario {self.prefix}: after {timeout_s:.0f} s still waiting for: {what}",
                    remedy=Hint(
                        f"Is the machine too busy, or a broker of sandbox {self.sandbox.name} down? ",
                        steward("sandbox status", name=self.sandbox.name),
                    ),
                )
            self.pause(_POLL_S)


def _holds(condition: Callable[[], bool]) -> bool:
    from confluent_kafka import KafkaException

    try:
        return condition()
    except (KafkaException, TimeoutError, NotYet, NoConnection):
        return False  # a leader or coordinator has moved, or does not exist yet
