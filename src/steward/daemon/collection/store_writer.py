"""The one thread that writes: alerts first, then offset history, history and events; a failed store delays no poll."""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from steward.analysis.alerting.facts import TickFacts
from steward.analysis.lag.offset_history import OffsetHistory
from steward.daemon.collection.facts import points_of_poll
from steward.daemon.collection.offset_history_shards import OffsetHistoryShards, is_from_the_future
from steward.daemon.collection.poll import ClusterPoll
from steward.daemon.ports import AlertJudge, Clock, DaemonStore
from steward.model.error import StewardError
from steward.model.redaction import sieved

_WAITING = 64
_MAINTAIN_MS = 600_000
_FIRST_PAUSE_MS = 5_000
_LONGEST_PAUSE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """State of the store. ``trouble`` is why it is unavailable, else empty."""

    trouble: str = ""
    errors: int = 0
    lost_writes: int = 0
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    facts: TickFacts
    poll: ClusterPoll | None


class StoreWriter:
    """Takes polls from the collecting threads, in order, and stores their results.

    `restore` may be called by any thread before the cluster's first poll. ``tell`` receives the reason when the store
    becomes unavailable, and an empty text when it is available again.
    """

    def __init__(
        self,
        open_store: Callable[[], DaemonStore],
        judge: AlertJudge | None = None,
        *,
        clock: Clock | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._open = open_store
        self._judge = judge
        self._clock = clock or Clock()
        self._tell = tell
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_WAITING)
        self._shards: dict[str, OffsetHistoryShards] = {}
        self._learned: dict[str, str] = {}
        self._store: DaemonStore | None = None
        self._not_before_ms = 0
        self._pause_ms = _FIRST_PAUSE_MS
        self._maintained_ms: int | None = None
        self._thread = threading.Thread(target=self._run, name="steward-store-writer", daemon=True)
        self._opening = threading.Lock()
        self.state = StoreState()

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Write what is queued, as far as the time allows, and close the store."""
        if not self._thread.is_alive():
            return
        try:
            self._jobs.put(None, timeout=timeout)
        except queue.Full:
            return
        self._thread.join(timeout)

    def restore(self, cluster: str, history: OffsetHistory, cluster_id: str = "") -> int:
        """Fill a cluster's offset history with what is stored under its id; return the number of polls.

        ``cluster`` is the profile's name, used while the id is unknown.
        """
        key = cluster_id or cluster
        shards = self._shards[key] = OffsetHistoryShards()
        try:
            store = self._opened()
            self._learn(store, cluster, cluster_id)
            stored = store.offset_history.load(key)
        except StewardError as fault:
            self._away(fault)
            return 0
        now_ms = self._clock.now_ms()
        if is_from_the_future(stored, now_ms):
            shards.restore(dict.fromkeys(stored, b""), OffsetHistory(), 0.0)
            return 0
        return shards.restore(stored, history, now_ms / 1000 - self._clock.monotonic())

    def take(self, facts: TickFacts, poll: ClusterPoll | None) -> None:
        """Queue a successful poll, or the facts of a failed one; if the queue is full, drop and count it."""
        try:
            self._jobs.put_nowait(_Job(facts, poll))
        except queue.Full:
            self.state = replace(self.state, lost_writes=self.state.lost_writes + 1)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self.keep(job.facts, job.poll)
            except Exception as fault:  # noqa: BLE001 - an internal error must not stop all later writes
                self._failed(fault)
        if self._store is not None:
            self._store.close()

    def _failed(self, fault: Exception) -> None:
        """Report an internal error once, and count the lost write."""
        text = f"internal error (please report): {type(fault).__name__}: {sieved(str(fault))}"
        if not self.state.trouble:
            self._tell(text)
        state = self.state
        self.state = replace(
            state, trouble=text, errors=state.errors + 1, lost_writes=state.lost_writes + 1
        )

    def keep(self, facts: TickFacts, poll: ClusterPoll | None) -> None:
        """Process one poll, on the calling thread."""
        if self._judge is not None:
            self._judge.tick(facts)
        now_ms = self._clock.now_ms()
        if poll is None:
            self._check(now_ms)
            return
        key = facts.key
        shards = self._shards.setdefault(key, OffsetHistoryShards())
        put, drop = shards.changes(
            poll.history_added, poll.history_dropped, poll.table.clock_offset
        )
        if now_ms < self._not_before_ms:
            self._lost(shards, put)
            return
        try:
            store = self._opened()
            self._learn(store, facts.cluster, facts.cluster_id)
            store.offset_history.save(key, put, drop)
            shards.written(drop)
            store.history.append(key, poll.at_ms, points_of_poll(poll))
            store.events.append(key, poll.events)
            store.group_samples.append(key, poll.at_ms, poll.group_samples)
            store.loads.append(key, poll.loads)
            self._back()
            self._maintain(store, now_ms)
        except StewardError as fault:
            self._away(fault)
            self._lost(shards, put)

    def _check(self, now_ms: int) -> None:
        """Check the store when a poll brings nothing to write: it may fail together with every cluster."""
        if now_ms < self._not_before_ms:
            return
        try:
            self.state = replace(self.state, size_bytes=self._opened().size_bytes())
            self._back()
        except StewardError as fault:
            self._away(fault)

    def _learn(self, store: DaemonStore, cluster: str, cluster_id: str) -> None:
        """Tell the store which cluster answers under a name, when that has changed."""
        if cluster_id and self._learned.get(cluster) != cluster_id:
            store.clusters.learn(cluster, cluster_id)
            self._learned[cluster] = cluster_id

    def _opened(self) -> DaemonStore:
        with self._opening:
            if self._store is None:
                self._store = self._open()
            return self._store

    def _maintain(self, store: DaemonStore, now_ms: int) -> None:
        if self._maintained_ms is not None and now_ms - self._maintained_ms < _MAINTAIN_MS:
            return
        self._maintained_ms = now_ms
        store.maintain(now_ms)
        self.state = replace(self.state, size_bytes=store.size_bytes())

    def _lost(self, shards: OffsetHistoryShards, put: Mapping[str, bytes]) -> None:
        shards.failed(put)
        self.state = replace(self.state, lost_writes=self.state.lost_writes + 1)

    def _away(self, fault: StewardError) -> None:
        """Leave the store alone for a while, increasingly long, so that polls do not queue up behind its timeouts."""
        if not self.state.trouble:
            self._tell(fault.summary)
        self._not_before_ms = self._clock.now_ms() + self._pause_ms
        self._pause_ms = min(_LONGEST_PAUSE_MS, self._pause_ms * 2)
        self.state = replace(self.state, trouble=fault.summary, errors=self.state.errors + 1)

    def _back(self) -> None:
        self._pause_ms = _FIRST_PAUSE_MS
        if self.state.trouble:
            self.state = replace(self.state, trouble="")
            self._tell("")
