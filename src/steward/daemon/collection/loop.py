"""One cluster's loop: poll, publish, wait; after failures wait longer. Each loop has its own thread."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from steward.analysis.alerting.facts import TickFacts
from steward.analysis.lag.offset_history import OffsetHistory
from steward.cluster.ports import Observer
from steward.daemon.collection.collector import Collector, CollectorPlan
from steward.daemon.collection.diagnoser import Diagnoser
from steward.daemon.collection.facts import facts_of_failure, facts_of_poll
from steward.daemon.collection.poll import ClusterPoll
from steward.daemon.collection.recent_samples import RecentSamples
from steward.daemon.collection.store_writer import StoreWriter
from steward.daemon.fault import Fault as Fault
from steward.daemon.fault import fault_of
from steward.daemon.ports import Clock
from steward.model.error import ClusterReplaced, NotAuthorized, StewardError
from steward.model.redaction import sieved
from steward.model.unknown import Unknown, Why

_JITTER = 0.05
_LONGEST_PAUSE = 300.0
_STALE_INTERVALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """A cluster's state as published by its loop; replaced as a whole, so that readers in other threads see one moment.

    Units: ``began`` and ``seen`` (of the last successful poll) on the monotonic clock; counters since the start.
           ``cluster_id`` is None before the first poll, empty where the brokers report none.
    """

    cluster: str
    interval: float
    budget: int
    began: float
    seen: float | None = None
    cluster_id: str | None = None
    poll: ClusterPoll | None = None
    fault: Fault | None = None
    restored_polls: int = 0
    succeeded: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])
    requests: Counter[str] = field(default_factory=Counter[str])
    timestamp_queries: int = 0

    def staleness(self, now: float) -> float:
        """Return the seconds since the last success, or since the start."""
        return max(0.0, now - (self.began if self.seen is None else self.seen))

    def is_fresh(self, now: float) -> bool:
        """Return whether the last poll is recent enough to be served."""
        allowed = _STALE_INTERVALS * self.interval
        return self.poll is not None and self.staleness(now) <= allowed + self.poll.duration_seconds


class Watch:
    """Collects one cluster until stopped; errors do not leave the loop.

    ``open_observer`` connects, and may raise; ``tell`` receives the fault when a cluster fails, and None when it
    recovers; ``beside`` adds facts of other loops to those of a poll.
    """

    def __init__(
        self,
        cluster: str,
        open_observer: Callable[[], Observer],
        plan: CollectorPlan,
        store_writer: StoreWriter,
        *,
        clock: Clock | None = None,
        chance: Random | None = None,
        tell: Callable[[str, Fault | None], None] = lambda _c, _f: None,
        beside: Callable[[TickFacts], TickFacts] = lambda facts: facts,
    ) -> None:
        self._open = open_observer
        self._plan = plan
        self._store_writer = store_writer
        self._clock = clock or Clock()
        self._chance = chance or Random()  # noqa: S311 - spreads load, guards nothing
        self._tell = tell
        self._beside = beside
        self._observer: Observer | None = None
        self._collector: Collector | None = None
        self._ring: OffsetHistory | None = None
        self._recent = RecentSamples()
        self._diagnoser: Diagnoser | None = None
        self._failures = 0
        began = self._clock.monotonic()
        self.state = WatchState(
            cluster=cluster, interval=plan.interval, budget=plan.budget, began=began
        )

    def run(self, stop: threading.Event) -> None:
        """Repeat until stopped."""
        try:
            while not stop.is_set():
                began = self._clock.monotonic()
                self.poll_once()
                took = self._clock.monotonic() - began
                self._clock.wait(stop, max(0.0, self.pause() - took))
        finally:
            self._close()

    def pause(self) -> float:
        """Return the seconds between the starts of two polls, with some jitter.

        The interval; after consecutive failures increasingly longer, up to five minutes.
        """
        grown = self._plan.interval * 2 ** min(self._failures, 16)
        base = self._plan.interval if not self._failures else min(grown, _LONGEST_PAUSE)
        spread = _JITTER if not self._failures else 4 * _JITTER
        return base * (1 + self._chance.uniform(-spread, spread))

    def poll_once(self) -> None:
        """Do one check and publish its result, or why it failed."""
        try:
            poll = self._seen()
        except StewardError as fault:
            self._failed(fault_of(fault, self._plan.target), fault)
        except Exception as fault:  # noqa: BLE001 - the supervisor: one cluster's fault is not the others'
            summary = f"internal error: {type(fault).__name__}: {sieved(str(fault))}"
            self._failed(
                Fault(code="internal", summary=summary, remedy="please report this as a bug"), fault
            )
        else:
            self._succeeded(poll)

    def _seen(self) -> ClusterPoll:
        """Poll; if another cluster answers than before, start over with new connections and state."""
        try:
            return self._explained(self._connected())
        except ClusterReplaced:
            self._close()
            return self._explained(self._connected())

    def _history_of(self, cluster_id: str) -> OffsetHistory:
        """Return the offset history of the cluster with an id; that of another cluster is dropped."""
        if self._ring is None or self.state.cluster_id != cluster_id:
            self._ring = OffsetHistory(interval=self._plan.interval)
            self._recent.clear()
            restored = self._store_writer.restore(self.state.cluster, self._ring, cluster_id)
            self.state = replace(self.state, restored_polls=restored, cluster_id=cluster_id)
        return self._ring

    def _connected(self) -> Collector:
        if self._collector is None:
            self._observer = self._open()
            self._collector = Collector(
                self._observer,
                self._plan,
                monotonic=self._clock.monotonic,
                history_of=self._history_of,
            )
            self._diagnoser = Diagnoser(
                self._observer,
                self._recent,
                objective_of=self._plan.objective_of,
                clock=self._clock,
                target=self._plan.target,
            )
        return self._collector

    def _explained(self, collector: Collector) -> ClusterPoll:
        """Poll, keep the samples that diagnoses need, and diagnose lagging groups."""
        poll = collector.poll()
        poll = replace(poll, group_samples=self._recent.take(poll, collector.described))
        try:
            return (
                replace(poll, verdicts=self._diagnoser.verdicts(poll)) if self._diagnoser else poll
            )
        except Exception as fault:  # noqa: BLE001 - a poll is published without its diagnoses, too
            self._report_failed_diagnosis(fault)
            return poll

    def _report_failed_diagnosis(self, fault: Exception) -> None:
        """Report, once, that diagnosis fails."""
        self._diagnoser = None
        summary = f"internal error in diagnosis: {type(fault).__name__}: {sieved(str(fault))}"
        remedy = "please report this as a bug; lag is collected, alerts have no diagnosis"
        self._tell(self.state.cluster, Fault(code="internal", summary=summary, remedy=remedy))

    def _succeeded(self, poll: ClusterPoll) -> None:
        state = self.state
        was_broken = state.fault is not None or state.poll is None
        self._failures = 0
        self.state = replace(
            state,
            seen=self._clock.monotonic(),
            poll=poll,
            fault=None,
            succeeded=state.succeeded + 1,
            requests=state.requests + Counter(poll.requests),
            timestamp_queries=state.timestamp_queries + poll.timestamp_queries,
        )
        if was_broken:
            self._tell(state.cluster, None)
        facts = facts_of_poll(state.cluster, poll, self._plan.interval)
        self._store_writer.take(self._beside(facts), poll)

    def _failed(self, fault: Fault, error: Exception) -> None:
        state = self.state
        self._failures += 1
        self.state = replace(state, fault=fault, failed=state.failed + Counter({fault.code: 1}))
        self._close()
        if state.fault is None or state.fault.code != fault.code:
            self._tell(state.cluster, fault)
        why = Why.DENIED if isinstance(error, NotAuthorized) else Why.UNREACHABLE
        age = state.staleness(self._clock.monotonic())
        facts = facts_of_failure(
            state.cluster, self._clock.now_ms(), Unknown(why, fault.summary),
            interval=self._plan.interval, age=age, cluster_id=state.cluster_id or "",
        )  # fmt: skip
        self._store_writer.take(facts, None)

    def _close(self) -> None:
        """Close the connections: the next poll opens new ones."""
        observer, self._observer, self._collector = self._observer, None, None
        if observer is None:
            return
        try:
            observer.close()
        except Exception:  # noqa: BLE001 - it is given up anyway
            return
