"""Where restored records are: from offsets of the source partition to offsets of the target partition, exactly.

Restored records follow each other without gaps, so the map is a list of runs of consecutive offsets.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_typed
from steward.documents.json_writing import canonical_json
from steward.model.error import ConfigurationError

FORMAT = 1
"""Of maps that this version writes and reads."""

SourceRun = tuple[int, int]
"""First offset and number of records at consecutive offsets of the source."""


@dataclass(frozen=True, slots=True)
class OffsetRun:
    """``length`` records: at ``source`` and the following offsets, restored to ``target`` and the following ones."""

    source: int
    length: int
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetMap:
    """The runs of one partition, by source offset.

    ``source_end``: the offset after the last one that was read from the source, records or not; ``target_end``: the
    offset after the last restored record.
    """

    topic: str
    partition: int
    source_end: int
    target_end: int
    runs: tuple[OffsetRun, ...] = ()
    format: int = FORMAT

    def translate(self, committed: int) -> int:
        """Return the target offset of the first restored record at or after a source offset.

        It never falls as ``committed`` rises; at or after the last record's end it is ``target_end``.
        """
        i = bisect_right(self.runs, committed, key=lambda run: run.source) - 1
        if i >= 0 and committed < self.runs[i].source + self.runs[i].length:
            return self.runs[i].target + committed - self.runs[i].source
        return self.runs[i + 1].target if i + 1 < len(self.runs) else self.target_end

    @property
    def records(self) -> int:
        """How many records were restored."""
        return sum(run.length for run in self.runs)

    @property
    def is_identity(self) -> bool:
        """Whether every offset of the source is the same in the target."""
        return self.source_end == self.target_end and all(r.source == r.target for r in self.runs)


class OffsetMapBuilder:
    """Collects the runs of one partition in their order; ``target_start`` is where its first record is written."""

    def __init__(self, topic: str, partition: int, target_start: int = 0) -> None:
        self._topic = topic
        self._partition = partition
        self._runs: list[OffsetRun] = []
        self.next_target = target_start
        """where the next record is written"""

    def add(self, runs: Iterable[SourceRun]) -> None:
        """Add records that are written next to each other, in the order of their source offsets.

        Errors: ValueError where an offset does not rise.
        """
        for first, length in runs:
            last = self._runs[-1] if self._runs else None
            end = last.source + last.length if last else 0
            if length <= 0 or first < end:
                raise ValueError(f"source offset {first} follows {end - 1}")
            if last is not None and first == end:
                self._runs[-1] = OffsetRun(last.source, last.length + length, last.target)
            else:
                self._runs.append(OffsetRun(first, length, self.next_target))
            self.next_target += length

    def map(self, source_end: int) -> OffsetMap:
        """Return the map; ``source_end`` is the offset after the last one read from the source."""
        return OffsetMap(
            topic=self._topic,
            partition=self._partition,
            source_end=source_end,
            target_end=self.next_target,
            runs=tuple(self._runs),
        )


def encode(found: OffsetMap) -> bytes:
    """Return the canonical JSON of a map."""
    import msgspec

    return canonical_json(msgspec.to_builtins(found))


def read_offset_map(content: bytes, name: str) -> OffsetMap:
    """Return a stored map.

    Errors: DocumentError where it is damaged; ConfigurationError where a newer steward wrote it.
    """
    found = read_typed(content, OffsetMap, name)
    if found.format > FORMAT:
        raise ConfigurationError(
            f"{name} has format {found.format}; this version of steward reads up to {FORMAT}",
            remedy="use the version of steward that wrote it, or a newer one",
        )
    fault = _fault_of(found)
    if fault:
        raise DocumentError(name, f"damaged: {fault}")
    return found


def _fault_of(found: OffsetMap) -> str:
    runs = found.runs
    if any(r.length <= 0 or r.source < 0 or r.target < 0 for r in runs):
        return "a run is empty or has a negative offset"
    if any(b.source < a.source + a.length for a, b in pairwise(runs)):
        return "runs overlap"
    if any(b.target != a.target + a.length for a, b in pairwise(runs)):
        return "restored records do not follow each other"
    if runs and runs[-1].source + runs[-1].length > found.source_end:
        return "source_end lies before the last record"
    if runs and runs[-1].target + runs[-1].length != found.target_end:
        return "target_end is not the end of the last record"
    return ""
