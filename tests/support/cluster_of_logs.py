"""A cluster that holds logs of partitions, read as brokers answer Fetch; it can change while it is read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from struct import unpack_from
from typing import Any, Self

from steward.cluster.log_reading import LogSlice, ReadFrom, ReadOutcome
from steward.cluster.ports import EVERYTHING, Progress, Scope
from steward.model.error import ClusterUnreachable
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Observed
from steward.records.committed import Aborted
from support.cluster_text import snapshot_of
from support.fake_observer import FakeObserver
from support.partition_logs import PartitionLog, last_offset

TOPIC = "orders"
FIRST_ID = "AAAAAAAAAAAAAAAAAAAAAQ"


class ClusterOfLogs:
    """Observer and LogReader in one; ``on_read`` is called before each read, and may change anything."""

    def __init__(
        self, logs: Mapping[int, PartitionLog], *, limit: int = 1 << 30, **facts: Any
    ) -> None:
        self.logs = dict(logs)
        self.limit = limit
        self.topic_id = FIRST_ID
        self.exists = True
        self.leader = 1
        self.stable: dict[int, int] = {}
        self.follower: int | None = None
        """the broker that the leader names to be read instead; it has the same records"""
        self.reads: list[tuple[int, dict[int, ReadFrom]]] = []
        self.on_read: Callable[[ClusterOfLogs], None] = lambda _: None
        self.facts = facts

    # The observer

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        offsets = {
            TopicPartition(TOPIC, n): PartitionOffsets(
                log.start, log.end, self.stable.get(n, log.end)
            )
            for n, log in self.logs.items()
        }
        whole = snapshot_of(
            {"identity": {"version": "4.3"}, "topics": {TOPIC: ["1* 2 3"] * len(self.logs)}}
            | self.facts
        )
        assert isinstance(whole.topics, Observed)
        topics = tuple(self._marked(topic) for topic in whole.topics.value)
        whole = replace(
            whole,
            topics=replace(whole.topics, value=topics if self.exists else ()),
            offsets=Observed(offsets, 1),
        )
        return FakeObserver(whole).observe(parts, scope)

    def _marked(self, topic: Topic) -> Topic:
        leaders = tuple(replace(p, leader=self.leader) for p in topic.partitions)
        return replace(topic, id=self.topic_id, partitions=leaders)

    # The reader

    def topic(self, name: str) -> Topic | None:
        seen = self.observe(frozenset({Part.TOPICS})).topics
        assert isinstance(seen, Observed)
        return next((t for t in seen.value if t.name == name), None)

    def read(
        self, broker: int, topic: Topic, wanted: Mapping[int, ReadFrom], max_bytes: int
    ) -> Mapping[int, LogSlice]:
        self.on_read(self)
        self.reads.append((broker, dict(wanted)))
        if broker == self.leader and self.follower is not None:
            return {n: LogSlice(outcome=ReadOutcome.READ, read_at=self.follower) for n in wanted}
        if broker not in (self.leader, self.follower):
            raise ClusterUnreachable(f"broker {broker} is not reachable")
        left = min(max_bytes, self.limit)
        found: dict[int, LogSlice] = {}
        for number, place in wanted.items():
            found[number] = self._slice(number, topic, place, left, is_first=not found)
            left = max(0, left - len(found[number].records))
        return found

    def _slice(
        self, number: int, topic: Topic, place: ReadFrom, left: int, *, is_first: bool
    ) -> LogSlice:
        log = self.logs[number]
        if topic.id != self.topic_id or not self.exists:
            return LogSlice(outcome=ReadOutcome.GONE, detail="UNKNOWN_TOPIC_ID")
        end = _end_of_epoch(log, place.last_epoch)
        if place.last_epoch >= 0 and end < place.offset:
            return LogSlice(outcome=ReadOutcome.DIVERGED, diverged_at=end)
        if not log.start <= place.offset <= log.end:
            return LogSlice(outcome=ReadOutcome.OUT_OF_RANGE)
        stable = self.stable.get(number, log.end)
        batches = [b for b in log.batches if last_offset(b) >= place.offset and _base(b) < stable]
        data = b"".join(batches)
        if batches and len(batches[0]) > left and not is_first:
            data = b""
        data = data[: max(left, len(batches[0]) if batches and is_first else 0)]
        aborted = [Aborted(a.producer_id, a.first_offset) for a in log.aborted]
        return LogSlice(
            outcome=ReadOutcome.READ,
            records=memoryview(data),
            aborted=tuple(a for a in aborted if data and a.first_offset < log.end),
        )

    def requests_sent(self) -> Mapping[str, int]:
        return {}

    def close(self) -> None:
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return


def _base(written: bytes) -> int:
    return int(unpack_from(">q", written)[0])


def _end_of_epoch(log: PartitionLog, epoch: int) -> int:
    """Return the offset after the last batch of an epoch or an earlier one."""
    ends = [last_offset(b) + 1 for b in log.batches if unpack_from(">i", b, 12)[0] <= epoch]
    return log.end if not log.batches else max(ends, default=log.start)
