"""Many searches at once within a budget: records are read first, and times requested if that is not possible."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from steward.analysis.lag.timestamp_search import MAX_TIMESTAMP, TimestampAtOffset, TimestampSearch
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown, Why

TimestampAnswers = Mapping[TopicPartition, TimestampAtOffset | Unknown | None]
Reads = Mapping[TopicPartition, range]
"""By partition, the range of offsets whose first record is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampQuestion:
    """A record whose timestamp is wanted: the first remaining one at or after ``offset``."""

    partition: TopicPartition
    offset: int
    end: int
    compacted: bool = False
    hint_ms: int | None = None
    expected_ms: tuple[int, int] | None = None
    known_ms: tuple[int | None, int | None] = (None, None)


class SearchPool:
    """Runs searches over partitions.

    Call `reads` and `take_reads` until `reads` is empty, then `round` and `absorb` likewise. Times are requested if
    the record could not be read, and finally the record with the largest timestamp, which shows whether the log is in
    order. A partition occurs once in a round, because Fetch and ListOffsets accept it once. ``budget`` bounds reads
    and timestamp queries over all rounds; the queries come in order of importance.
    """

    def __init__(
        self,
        questions: Iterable[TimestampQuestion],
        *,
        now_ms: int,
        budget: int,
        tolerance_ms: int = 500,
        tolerance_ratio: float = 0.01,
    ) -> None:
        self._left = budget
        self.asked = 0
        self.failed: dict[TopicPartition, Unknown] = {}
        self._denied: dict[str, Unknown] = {}
        self._newest: set[TopicPartition] = set()
        self._searches: dict[TopicPartition, dict[int, TimestampSearch]] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._unread: dict[TopicPartition, list[TimestampSearch]] = {}
        for q in questions:
            search = TimestampSearch(
                q.offset,
                now_ms=now_ms,
                end_offset=q.end,
                compacted=q.compacted,
                tolerance_ms=tolerance_ms,
                tolerance_ratio=tolerance_ratio,
                hint_ms=q.hint_ms,
                expected_ms=q.expected_ms,
                known_ms=q.known_ms,
            )
            self._searches.setdefault(q.partition, {})[q.offset] = search
            self._unread.setdefault(q.partition, []).append(search)
            self._ends[q.partition] = q.end

    def reads(self) -> dict[TopicPartition, range]:
        """Return where to read next; empty if every record was requested or the budget is spent."""
        found: dict[TopicPartition, range] = {}
        for partition, waiting in self._unread.items():
            if len(found) >= self._left:
                break
            if waiting and partition.topic not in self._denied:
                found[partition] = range(waiting[0].offset, self._ends[partition])
        self._spend(len(found))
        return found

    def take_reads(self, reads: Reads, answers: TimestampAnswers) -> None:
        """Process read results; a topic that may not be read is not requested again."""
        for partition in reads:
            search = self._unread[partition].pop(0)
            answer = answers.get(partition, _NOT_ANSWERED)
            search.take_read(answer)
            if isinstance(answer, Unknown) and answer.why is Why.DENIED:
                self._denied[partition.topic] = answer
        for partition, waiting in self._unread.items():
            if waiting and (why := self._denied.get(partition.topic)) is not None:
                for search in waiting:
                    search.take_read(why)
                waiting.clear()

    def round(self) -> dict[TopicPartition, int]:
        """Return the next times to request, in epoch ms; empty if all searches are finished or the budget is spent."""
        times: dict[TopicPartition, int] = {}
        for partition, time_ms in self._wanted():
            if len(times) >= self._left:
                break
            times[partition] = time_ms
        self._spend(len(times))
        return times

    def _wanted(self) -> Iterator[tuple[TopicPartition, int]]:
        for partition, searches in self._searches.items():
            if partition in self.failed:
                continue
            probe = next((p for s in searches.values() if (p := s.probe()) is not None), None)
            if probe is not None:
                yield partition, probe
            elif partition not in self._newest and any(s.is_open for s in searches.values()):
                yield partition, MAX_TIMESTAMP

    def _spend(self, queries: int) -> None:
        self._left -= queries
        self.asked += queries

    def absorb(self, times: Mapping[TopicPartition, int], answers: TimestampAnswers) -> None:
        """Process a round's responses; a partition whose leader failed is abandoned, with the reason."""
        for partition, asked_ms in times.items():
            answer = answers.get(partition)
            if isinstance(answer, Unknown):
                self.failed[partition] = answer
            elif asked_ms == MAX_TIMESTAMP:
                self._newest.add(partition)
                for search in self._searches[partition].values():
                    search.take_newest(answer)
            else:
                self._take(partition, asked_ms, answer)

    def _take(
        self, partition: TopicPartition, asked_ms: int, answer: TimestampAtOffset | None
    ) -> None:
        owner = True
        for search in self._searches[partition].values():
            own = owner and search.probe() == asked_ms
            owner = owner and not own
            search.absorb(asked_ms, answer, own=own)

    def result(self, partition: TopicPartition, offset: int) -> TimestampSearch | Unknown:
        """Return a query's search in its present state."""
        search = self._searches[partition][offset]
        if partition in self.failed and search.is_open:
            return self.failed[partition]
        return search


_NOT_ANSWERED = Unknown(Why.REFUSED, "the leader's response does not contain the partition")
