"""A cluster that moves in virtual time: records arrive, groups commit, and an Observer looks at it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any, Self

import numpy as np

from steward.analysis.lag.offset_table import ABSENT, OffsetTable
from steward.analysis.lag.timestamp_search import MAX_TIMESTAMP, TimestampAtOffset
from steward.cluster.ports import EVERYTHING, Progress, Scope
from steward.daemon.ports import Clock
from steward.model.change import Change
from steward.model.config import ConfigEntry, ConfigSource
from steward.model.error import BrokerRefused, StewardError
from steward.model.group import Group, GroupDetail, GroupOffsets, GroupType, Member
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Observed, Unknown, Why
from support.tables import offset_table

WALL = 1_700_000_000.0
_NONE = NotApplicable("classic groups have none")


@dataclass
class VirtualTime:
    """A clock that moves when somebody waits."""

    now: float = 1_000.0

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.now, now_ms=self.now_ms, wait=self.wait)

    def now_ms(self) -> int:
        return int((WALL + self.now) * 1000)

    def wait(self, event: Event, seconds: float) -> bool:
        self.now += seconds
        return event.is_set()


@dataclass
class MovingCluster:
    """Partitions of one topic into which records come at a rate, stamped with their time; groups that consume.

    ``consumed`` is each group's speed in records a second and partition; ``trouble`` is raised by every look.
    """

    time: VirtualTime
    partitions: int = 4
    arrivals: float = 5.0
    consumed: dict[str, float] = field(default_factory=lambda: {"app": 5.0})
    began: float = 0.0
    topic: str = "orders"
    topic_id: str = "one"
    cluster_id: str = ""
    trouble: StewardError | None = None
    blind: frozenset[int] = frozenset()
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    state: str = "Stable"
    protocol_type: str = "consumer"
    committed: dict[str, list[float]] = field(default_factory=dict)
    at: float = 0.0
    produced: float = 0.0
    times: list[float] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = self.began = self.time.now
        self.restart(0.0)

    def restart(self, produced: float) -> None:
        """Let the topic begin now, with so many records that all came at once."""
        self.produced, self.times, self.counts = produced, [self.time.now], [produced]

    def advance(self) -> None:
        seconds, self.at = self.time.now - self.at, self.time.now
        self.produced += self.arrivals * seconds
        self.times.append(self.at)
        self.counts.append(self.produced)
        for group, speed in self.consumed.items():
            rows = self.committed.setdefault(group, [0.0] * self.partitions)
            self.committed[group] = [min(self.produced, c + speed * seconds) for c in rows]

    @property
    def end(self) -> int:
        return int(self.produced)

    def born(self, offset: int) -> float:
        """The time at which the record at an offset came, on the monotonic clock."""
        return _between(offset + 1, self.counts, self.times)

    def first_at(self, time_ms: int) -> TimestampAtOffset | None:
        if time_ms == MAX_TIMESTAMP:
            return TimestampAtOffset(self.end - 1, self.stamp_ms(self.end - 1))
        count = _between(time_ms / 1000 - WALL, self.times, self.counts)
        offset = max(0, int(np.ceil(count - 1)))
        while offset < self.end and self.stamp_ms(offset) < time_ms:
            offset += 1
        return TimestampAtOffset(offset, self.stamp_ms(offset)) if offset < self.end else None

    def stamp_ms(self, offset: int) -> int:
        return int((WALL + self.born(offset)) * 1000)

    def table(self) -> OffsetTable:
        self.advance()
        keys = [TopicPartition(self.topic, n) for n in range(self.partitions)]
        ends = [ABSENT if n in self.blind else self.end for n in range(self.partitions)]
        commits = {
            g: dict(zip(keys, (int(c) for c in rows), strict=True))
            for g, rows in self.committed.items()
        }
        table = offset_table(
            {self.topic: ends}, commits, at=self.time.now, ids={self.topic: self.topic_id},
            clock_offset=WALL, state=self.state,
        )  # fmt: skip
        why = Unknown(Why.UNREACHABLE, "broker 2 is down")
        return replace(
            table, cluster_id=self.cluster_id, unknown=dict.fromkeys(sorted(self.blind), why)
        )


def _between(at: float, known: list[float], wanted: list[float]) -> float:
    """Read off a line through points, level beyond its ends."""
    place = bisect_left(known, at)
    if place == 0 or place == len(known):
        return wanted[min(place, len(known) - 1)]
    share = (at - known[place - 1]) / (known[place] - known[place - 1])
    return wanted[place - 1] + share * (wanted[place] - wanted[place - 1])


class MovingObserver:
    """Looks at a moving cluster and counts what it asks."""

    def __init__(self, cluster: MovingCluster) -> None:
        self.cluster = cluster
        self.sent: Counter[str] = Counter()
        self.closed = False
        self.queries = 0
        self.may_read = True

    def offset_table(self, *, with_start: bool = True, with_stable: bool = True) -> OffsetTable:
        if self.cluster.trouble is not None:
            raise self.cluster.trouble
        self.sent["ListOffsets"] += 1 + with_start + with_stable
        return self.cluster.table()

    def timestamps(
        self, times: Mapping[TopicPartition, int]
    ) -> Mapping[TopicPartition, TimestampAtOffset | Unknown | None]:
        self.sent["ListOffsets"] += 1
        self.queries += len(times)
        return {p: self.cluster.first_at(t) for p, t in times.items()}

    def first_records(
        self, wanted: Mapping[TopicPartition, range]
    ) -> Mapping[TopicPartition, TimestampAtOffset | Unknown | None]:
        self.sent["Fetch"] += 1
        self.queries += len(wanted)
        if not self.may_read:
            return {
                p: Unknown(Why.DENIED, "not authorized", f"READ on topic {p.topic}") for p in wanted
            }
        return {
            p: TimestampAtOffset(r.start, self.cluster.stamp_ms(r.start)) for p, r in wanted.items()
        }

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        self.sent["DescribeGroups"] += 1
        at_ms = self.cluster.time.now_ms()
        groups = tuple(
            Group(
                id=g, type=GroupType.CLASSIC, state=self.cluster.state, protocol_type=self.cluster.protocol_type,
                coordinator=1,
                detail=_detail(
                    self.cluster.topic, self.cluster.members.get(g, ("m1",)), self.cluster.partitions
                ),
            )
            for g in sorted(self.cluster.committed)
        )  # fmt: skip
        entry = ConfigEntry(
            name="min.insync.replicas", value="1", source=ConfigSource.DEFAULT, is_sensitive=False,
            is_read_only=False, synonyms=(),
        )  # fmt: skip
        configs: dict[str, Any] = {self.cluster.topic: {"min.insync.replicas": entry}}
        wanted = [g for g in groups if scope.groups is None or g.id in scope.groups]
        whole = ClusterSnapshot(
            groups=Observed(tuple(wanted), at_ms),
            topic_configs=Observed(configs, at_ms),
            **self._positions(at_ms),
        )
        kept: dict[str, Any] = {p.value: whole.part(p) for p in parts}
        return ClusterSnapshot(**kept)

    def _positions(self, at_ms: int) -> dict[str, Any]:
        table = self.cluster.table()
        commits = {
            g.group: GroupOffsets(
                group=g.group,
                committed={
                    table.partitions[r]: int(c)
                    for r, c in zip(g.partitions, g.committed, strict=True)
                },
            )
            for g in table.groups
        }
        ends = {
            p: PartitionOffsets(0, int(end), int(end))
            for p, end in zip(table.partitions, table.end, strict=True)
        }
        return {
            "group_offsets": Observed(commits, at_ms),
            "topics": Observed(table.states, at_ms),
            "offsets": Observed(ends, at_ms),
        }

    def validate(self, changes: Sequence[Change]) -> tuple[BrokerRefused | None, ...]:
        """Refuse nothing."""
        return (None,) * len(changes)

    def requests_sent(self) -> Mapping[str, int]:
        return dict(self.sent)

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _detail(topic: str, ids: tuple[str, ...], partitions: int) -> GroupDetail:
    """Describe members that share the topic's partitions in turn."""
    return GroupDetail(
        assignor="range", epoch=_NONE, assignment_epoch=_NONE,
        members=tuple(
            Member(
                id=id, instance_id=None, client_id="c", host="h", epoch=_NONE,
                subscribed_topics=(topic,), target=_NONE,
                assignment=tuple(
                    TopicPartition(topic, n) for n in range(number, partitions, len(ids))
                ),
            )
            for number, id in enumerate(ids)
        ),
    )  # fmt: skip
