"""Compares a backup with the cluster: batches at the same offsets have the same checksums, byte for byte.

A log that is never compacted is immutable. A compacted one is rewritten: it is not compared.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from steward.backup.lineages import LineageStore
from steward.backup.verification.objects import check_header
from steward.cluster.log_reading import LogReader, ReadFrom, ReadOutcome
from steward.model.error import BrokerRefused, ClusterUnreachable
from steward.model.topic import Topic
from steward.records.backup.header_index import read_header_index
from steward.records.backup.manifest import Manifest, ObjectEntry
from steward.records.backup.problems import Problem, ProblemKind
from steward.records.batch_table import batch_table

_REQUEST_BYTES = 8 * 1024 * 1024
_TRIES = 20
_PAUSE_SECONDS = 0.25


@dataclass(slots=True)
class LiveComparison:
    """What was compared; ``why_not``: why nothing was."""

    problems: list[Problem] = field(default_factory=list[Problem])
    batches: int = 0
    why_not: str = ""


class LiveCheck:
    """Reads a topic again and compares its batches with the header indexes of a backup."""

    def __init__(
        self,
        folder: LineageStore,
        reader: LogReader,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._reader = reader
        self._sleep = sleep

    def run(self, runs: Sequence[Manifest]) -> LiveComparison:
        """Compare all runs of a lineage, the first run first.

        Errors: BrokerRefused, ClusterUnreachable.
        """
        lineage = self._folder.lineage
        topic = self._reader.topic(lineage.topic)
        if topic is None or topic.id != lineage.topic_id:
            return LiveComparison(why_not="the cluster has no topic with this id")
        if any(run.compacted for run in runs):
            return LiveComparison(why_not="the topic is compacted: its log is rewritten")
        result = LiveComparison()
        for partition in topic.partitions:
            entries = [e for run in runs if (p := run.of(partition.partition)) for e in p.objects]
            for entry in entries:
                self._compare(topic, partition.partition, entry, result)
        return result

    def _compare(
        self, topic: Topic, partition: int, entry: ObjectEntry, result: LiveComparison
    ) -> None:
        content, _ = check_header(self._folder, entry)
        index = read_header_index(content, entry.batches) if content is not None else None
        if index is None:
            return  # a lower level reports it
        stored = index.rows
        live = self._read(topic, partition, entry)
        if live is None:  # retention deleted all of it
            return
        if len(live):
            first = int(live["base_offset"][0])
            stored = stored[stored["base_offset"] >= first]
        result.batches += len(stored)
        result.problems += self._differences(entry, stored, live)

    def _differences(
        self, entry: ObjectEntry, stored: NDArray[np.void], live: NDArray[np.void]
    ) -> Iterator[Problem]:
        found = {int(row["base_offset"]): row for row in live}
        for row in stored:
            other = found.pop(int(row["base_offset"]), None)
            if other is None or any(other[n] != row[n] for n in ("crc", "length", "magic")):
                yield self._problem(entry, row, other)
                return
        for offset, row in sorted(found.items()):
            yield Problem(
                kind=ProblemKind.LIVE,
                object=self._folder.key(entry.key),
                offset=offset,
                expected="no batch",
                found=f"CRC-32C {row['crc']:08x} in the cluster",
            )
            return

    def _problem(
        self, entry: ObjectEntry, row: NDArray[np.void], other: NDArray[np.void] | None
    ) -> Problem:
        there = "no batch" if other is None else f"CRC-32C {other['crc']:08x}"
        return Problem(
            kind=ProblemKind.LIVE,
            object=self._folder.key(entry.key),
            offset=int(row["base_offset"]),
            expected=f"CRC-32C {row['crc']:08x}",
            found=f"{there} in the cluster",
        )

    def _read(self, topic: Topic, partition: int, entry: ObjectEntry) -> NDArray[np.void] | None:
        """Return the headers that the cluster holds for the offsets of an object; None: retention deleted them."""
        offset, tables = entry.base, list[NDArray[np.void]]()
        tries = 0
        while offset <= entry.last:
            broker = next(p.leader for p in topic.partitions if p.partition == partition)
            found = None
            try:
                wanted = {partition: ReadFrom(offset, -1)}
                found = self._reader.read(broker, topic, wanted, _REQUEST_BYTES).get(partition)
            except ClusterUnreachable:
                if tries >= _TRIES:
                    raise
            if found is not None and found.outcome is ReadOutcome.OUT_OF_RANGE and not tables:
                later = self._later_start(topic, partition, entry)
                if later is None:
                    return None
                offset = later
                continue
            table = batch_table(found.records) if found is not None else None
            if table is None or not len(table):
                tries += 1
                if tries > _TRIES:
                    why = found.detail if found is not None and found.detail else "no batch comes"
                    raise BrokerRefused(
                        f"partition {topic.name}-{partition} cannot be read from offset {offset}: {why}",
                        kafka_error="FETCH_FAILED",
                        object_name=topic.name,
                    )
                self._sleep(_PAUSE_SECONDS)
                topic = self._reader.topic(topic.name) or topic
                continue
            rows = table.rows[table.rows["base_offset"] <= entry.last]
            tables.append(rows)
            offset = int(table.last_offsets[-1]) + 1
        return np.concatenate(tables) if tables else None

    def _later_start(self, topic: Topic, partition: int, entry: ObjectEntry) -> int | None:
        """Return the first offset of the object that the log still holds, by halving; None where it holds none."""
        broker = next(p.leader for p in topic.partitions if p.partition == partition)
        low, high = entry.base, entry.last + 1
        while low < high:
            middle = (low + high) // 2
            answer = self._reader.read(broker, topic, {partition: ReadFrom(middle, -1)}, 1)
            slice_ = answer.get(partition)
            is_there = slice_ is not None and slice_.outcome is ReadOutcome.READ
            low, high = (low, middle) if is_there else (middle + 1, high)
        return low if low <= entry.last else None
