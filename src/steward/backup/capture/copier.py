"""Copies the partitions of one topic side by side: few requests in flight, a byte rate, leaders that move."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice

from steward.backup.capture.partition_capture import CaptureThreads, PartitionCapture
from steward.cluster.log_reading import LogReader, LogSlice, ReadFrom, ReadOutcome
from steward.cluster.ports import Progress
from steward.model.error import ClusterUnreachable, DeadlineExceeded, StewardError
from steward.model.progress import ProgressStep
from steward.model.topic import Topic
from steward.model.wording import duration, rate, size

REQUEST_BYTES = 8 * 1024 * 1024
"""kafka-python holds an answer several times while it is decoded: three of 16 MiB would take 200 MiB."""
_LEAST_REQUEST_BYTES = 64 * 1024
_IN_FLIGHT = 3
_OPEN_PARTITIONS = 6
"""Objects being written at one time: each has buffers of its own."""
_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 300.0
"""How long a partition may give nothing, such as during a restart of its brokers, until the run goes on without it."""
_EMPTY_PATIENCE_SECONDS = 30.0


_Running = dict[Future[Mapping[int, LogSlice]], tuple[int, tuple[int, ...]]]
"""Requests in flight, each with its broker and partitions."""


@dataclass(frozen=True, slots=True)
class Truncation:
    """A log that was truncated: from ``offset`` on it is another one than what was copied before."""

    partition: int
    offset: int


@dataclass(slots=True)
class _State:
    capture: PartitionCapture
    broker: int
    quiet_since: float
    empty_since: float | None = None
    follower: int | None = None


@dataclass(slots=True)
class CopyResult:
    """What the copy met: truncated partitions, and why the topic is gone, if it is."""

    truncated: list[Truncation] = field(default_factory=list[Truncation])
    gone: str = ""


class TopicCopier:
    """Copies until every partition is complete, or cannot be."""

    def __init__(
        self,
        reader: LogReader,
        topic: Topic,
        captures: Iterable[PartitionCapture],
        *,
        bytes_per_second: float | None = None,
        progress: Progress,
        log_starts: Callable[[], Mapping[int, int]],
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._reader = reader
        self._topic = topic
        leaders = {p.partition: p.leader for p in topic.partitions}
        self._started = self._shown = now()
        self._states = {
            c.partition: _State(c, leaders.get(c.partition, -1), self._started) for c in captures
        }
        self._left = sorted(self._states)
        """partitions that may not be complete yet"""
        self._first = {n: s.capture.next_offset for n, s in self._states.items()}
        self._rate = bytes_per_second
        self._progress = progress
        self._log_starts = log_starts
        self._now, self._sleep = now, sleep
        self._bytes = 0
        self._stale = False
        self._pause = _PAUSE_SECONDS
        self._result = CopyResult()

    def run(self) -> CopyResult:
        """Copy; the captures hold what was stored.

        Errors: ObjectStoreFault; NotSupported for brokers before Kafka 3.1.
        """
        for state in self._states.values():
            if (
                state.capture.offsets.end < state.capture.next_offset
                and state.capture.last_epoch < 0
            ):
                self._truncated(state, state.capture.offsets.end)
        running: _Running = {}
        with (
            ThreadPoolExecutor(_IN_FLIGHT, thread_name_prefix="steward-fetch") as pool,
            ThreadPoolExecutor(1, thread_name_prefix="steward-hash") as hasher,
            ThreadPoolExecutor(1, thread_name_prefix="steward-commit") as committer,
        ):
            threads = CaptureThreads(hasher, committer)
            while True:
                if not running and self._stale:
                    self._refresh()
                self._start(pool, running)
                if not running:
                    if self._is_over():
                        return self._finished(threads)
                    self._wait()
                    continue
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    broker, numbers = running.pop(future)
                    self._take(future, broker, numbers)
                self._start(pool, running)
                for number in self._left:
                    self._states[number].capture.flush(threads)
                self._close_complete(threads)
                self._show()

    def _active(self) -> list[int]:
        """Return the partitions being copied now: those that have begun first, then the next ones."""
        begun = [n for n in self._left if self._states[n].capture.is_begun and not self._is_done(n)]
        fresh = (
            n for n in self._left if not self._states[n].capture.is_begun and not self._is_done(n)
        )
        return [*begun, *islice(fresh, max(0, _OPEN_PARTITIONS - len(begun)))]

    def _is_done(self, number: int) -> bool:
        return self._states[number].capture.is_done

    def _is_over(self) -> bool:
        return all(self._is_done(n) for n in self._left)

    def _finished(self, threads: CaptureThreads) -> CopyResult:
        for state in self._states.values():
            state.capture.flush(threads)
            state.capture.close(threads)
        for state in self._states.values():
            state.capture.finish()
        return self._result

    def _close_complete(self, threads: CaptureThreads) -> None:
        complete = [n for n in self._left if self._is_done(n)]
        for number in complete:
            self._states[number].capture.close(threads)
        if complete:
            self._left = [n for n in self._left if n not in set(complete)]

    # Requests

    def _start(
        self,
        pool: ThreadPoolExecutor,
        running: _Running,
    ) -> None:
        """Send a request to each broker that has none in flight, as far as the rate allows."""
        if self._stale:
            return
        busy = {broker for broker, _ in running.values()}
        by_broker: dict[int, list[int]] = {}
        for number in self._active():
            by_broker.setdefault(self._broker_of(number), []).append(number)
        for broker, numbers in by_broker.items():
            if broker in busy or broker < 0 or len(running) >= _IN_FLIGHT:
                continue
            self._keep_rate()
            numbers.sort(key=lambda n: self._states[n].quiet_since)
            wanted = {n: self._place(n) for n in numbers}
            future = pool.submit(
                self._reader.read, broker, self._topic, wanted, self._request_bytes()
            )
            running[future] = (broker, tuple(numbers))
        if any(broker < 0 for broker in by_broker) and not running:
            self._stale = True
            self._expire(by_broker.get(-1, ()), "the partition has no leader")

    def _broker_of(self, number: int) -> int:
        state = self._states[number]
        return state.broker if state.follower is None else state.follower

    def _place(self, number: int) -> ReadFrom:
        capture = self._states[number].capture
        return ReadFrom(capture.next_offset, capture.last_epoch)

    def _request_bytes(self) -> int:
        if self._rate is None:
            return REQUEST_BYTES
        return max(_LEAST_REQUEST_BYTES, min(REQUEST_BYTES, round(self._rate / 2)))

    def _keep_rate(self) -> None:
        if self._rate is not None:
            ahead = self._bytes / self._rate - (self._now() - self._started)
            if ahead > 0:
                self._sleep(ahead)

    def _wait(self) -> None:
        self._sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)

    # Answers

    def _take(
        self, future: Future[Mapping[int, LogSlice]], broker: int, numbers: tuple[int, ...]
    ) -> None:
        try:
            slices = future.result()
        except StewardError as fault:
            if not _may_pass(fault):
                raise
            self._stale = True
            for number in numbers:
                self._states[number].follower = None
            self._expire(numbers, fault.summary)
            return
        for number in numbers:
            found = slices.get(number)
            if found is None:
                self._stale = True
            else:
                self._take_slice(self._states[number], found, broker)
        is_waiting = any(not self._states[n].capture.is_done for n in numbers)
        if is_waiting and not any(found.records for found in slices.values()):
            self._sleep(_PAUSE_SECONDS / 10)  # a follower that has not caught up yet

    def _take_slice(self, state: _State, found: LogSlice, broker: int) -> None:
        match found.outcome:
            case ReadOutcome.READ:
                self._take_records(state, found, broker)
            case ReadOutcome.MOVED:
                state.follower = None
                self._stale = True
                self._expire((state.capture.partition,), found.detail)
            case ReadOutcome.DIVERGED:
                self._truncated(state, found.diverged_at or 0)
            case ReadOutcome.OUT_OF_RANGE:
                self._out_of_range(state)
            case ReadOutcome.GONE:
                self._stale = True
                self._expire((state.capture.partition,), found.detail)
            case ReadOutcome.DENIED | ReadOutcome.FAILED:
                state.capture.stop(found.detail)

    def _take_records(self, state: _State, found: LogSlice, broker: int) -> None:
        now = self._now()
        if found.read_at is not None and found.read_at != broker:
            state.follower = found.read_at
            return
        self._bytes += len(found.records)
        if state.capture.accept(found.records, found.aborted) or state.capture.is_done:
            state.quiet_since, state.empty_since = now, None
            self._pause = _PAUSE_SECONDS
            return
        state.empty_since = now if state.empty_since is None else state.empty_since
        state.quiet_since = min(state.quiet_since, state.empty_since)
        if now - state.empty_since > _EMPTY_PATIENCE_SECONDS:
            where = state.capture.next_offset
            state.capture.stop(f"the broker sends no batch from offset {where} on")

    def _out_of_range(self, state: _State) -> None:
        """Find out whether retention deleted what was to be read, or the log ends earlier now."""
        capture = state.capture
        start = self._log_starts().get(capture.partition)
        if start is None:
            self._stale = True
            self._expire((capture.partition,), "the log start offset is unknown")
        elif start > capture.next_offset:
            capture.lost(start)
        elif capture.offsets.end < capture.next_offset:
            self._truncated(state, capture.offsets.end)
        else:
            state.follower = None
            self._expire((capture.partition,), "the offset to continue from is out of range")
            if self._now() - state.quiet_since > _EMPTY_PATIENCE_SECONDS:
                self._truncated(state, capture.next_offset)
            self._wait()

    def _truncated(self, state: _State, offset: int) -> None:
        capture = state.capture
        capture.stop(f"the log was truncated at offset {offset}; a fork of the backup continues")
        self._result.truncated.append(Truncation(capture.partition, offset))

    # Leaders

    def _refresh(self) -> None:
        """Read the leaders again; a topic of another id is another topic."""
        self._wait()
        try:
            topic = self._reader.topic(self._topic.name)
        except StewardError as fault:
            if not _may_pass(fault):
                raise
            self._expire(tuple(self._states), fault.summary)
            return
        if topic is None or topic.id != self._topic.id:
            event = "deleted" if topic is None else "deleted and created again"
            self._result.gone = f"topic {self._topic.name} was {event} while it was copied"
            for state in self._states.values():
                if not state.capture.is_done:
                    state.capture.stop(self._result.gone)
            return
        self._topic = topic
        self._stale = False
        for partition in topic.partitions:
            if partition.partition in self._states:
                self._states[partition.partition].broker = partition.leader

    def _expire(self, numbers: Iterable[int], why: str) -> None:
        """Stop partitions that have given nothing for too long."""
        for number in numbers:
            state = self._states[number]
            if self._now() - state.quiet_since > PATIENCE_SECONDS:
                state.capture.stop(f"nothing was read for {duration(PATIENCE_SECONDS)}: {why}")

    # Progress

    def _show(self) -> None:
        now = self._now()
        if now - self._shown < 1:
            return
        self._shown = now
        total = copied = 0
        for number, state in self._states.items():
            first = self._first[number]
            total += max(0, state.capture.target - first)
            copied += max(0, min(state.capture.next_offset, state.capture.target) - first)
        speed = self._bytes / max(now - self._started, 0.001)
        text = f"{self._topic.name}: {size(self._bytes)} copied at {rate(speed)}"
        if copied:
            left = (now - self._started) * (total - copied) / copied
            text += f", {duration(left)} left"
        self._progress(ProgressStep(text))


def _may_pass(fault: StewardError) -> bool:
    """Return whether a fault of a request may be gone at the next try."""
    return isinstance(fault, ClusterUnreachable | DeadlineExceeded)
