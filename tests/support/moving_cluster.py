"""An Observer over a cluster that goes on while it is looked at, in virtual time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.cluster.ports import EVERYTHING, Progress, Scope
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed, Unknown
from support.cluster_text import NOW_MS, snapshot_of
from support.fake_observer import FakeObserver


class Clock:
    """Virtual time, which sleeping passes."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return NOW_MS + round(self.seconds * 1000)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class MovingCluster(FakeObserver):
    """Shows what ``at`` says of each second; records arrived evenly at ``rates`` a second."""

    def __init__(
        self, clock: Clock, at: Callable[[float], Mapping[str, Any]], rates: Mapping[str, float]
    ) -> None:
        super().__init__(ClusterSnapshot())
        self._clock = clock
        self._at = at
        self._rates = rates
        self.timestamp_queries = 0

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        self._clock.seconds += 0.1
        self.snapshot = snapshot_of(self._at(self._clock.seconds), self._clock.now_ms())
        seen = super().observe(parts, scope, progress)
        if scope.sample_at is not None and isinstance(seen.samples, Observed):
            wanted = {k: v for k, v in seen.samples.value.items() if k in scope.sample_at}
            seen = replace(seen, samples=replace(seen.samples, value=wanted))
        return seen

    def timestamps(
        self, times: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, TimestampAtOffset | Unknown | None]:
        self.timestamp_queries += len(times)
        assert isinstance(self.snapshot.offsets, Observed)
        found: dict[TopicPartition, TimestampAtOffset | Unknown | None] = {}
        for partition, time_ms in times.items():
            offsets = self.snapshot.offsets.value[partition]
            assert isinstance(offsets, PartitionOffsets)
            rate = self._rates[str(partition)]
            behind = round((self._clock.now_ms() - time_ms) / 1000 * rate)
            offset = max(offsets.start, offsets.end - behind)
            stamp = self._clock.now_ms() - round((offsets.end - offset) / rate * 1000)
            found[partition] = TimestampAtOffset(offset, stamp) if offset < offsets.end else None
        return found

    def first_records(
        self, wanted: Mapping[TopicPartition, range]
    ) -> dict[TopicPartition, TimestampAtOffset | Unknown | None]:
        self.timestamp_queries += len(wanted)
        assert isinstance(self.snapshot.offsets, Observed)
        found: dict[TopicPartition, TimestampAtOffset | Unknown | None] = {}
        for partition, offsets in wanted.items():
            known = self.snapshot.offsets.value[partition]
            assert isinstance(known, PartitionOffsets)
            behind = (known.end - offsets.start) / self._rates[str(partition)]
            found[partition] = TimestampAtOffset(
                offsets.start, self._clock.now_ms() - round(behind * 1000)
            )
        return found
