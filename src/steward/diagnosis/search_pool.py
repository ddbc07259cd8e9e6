"""Many searches at once within a budget: one time a partition and round, every answer shared by all who wait."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from steward.diagnosis.search import Found, TimestampSearch
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which record's timestamp is wanted: the first surviving one at or after ``offset``."""

    partition: TopicPartition
    offset: int
    end: int
    compacted: bool = False
    hint_ms: int | None = None
    expected_ms: tuple[int, int] | None = None
    known_ms: tuple[int | None, int | None] = (None, None)


class SearchPool:
    """Runs searches over partitions.

    Shape:  call `round` for the times to ask and `absorb` with the answers until `round` is empty. A partition occurs
            once in a round, since ListOffsets takes it once. ``budget`` bounds the timestamp queries over all rounds;
            questions come in order of importance.
    """

    def __init__(
        self,
        questions: Iterable[Question],
        *,
        now_ms: int,
        budget: int,
        tolerance_ms: int = 500,
        tolerance_ratio: float = 0.01,
    ) -> None:
        self._left = budget
        self.asked = 0
        self.failed: dict[TopicPartition, Unknown] = {}
        self._searches: dict[TopicPartition, dict[int, TimestampSearch]] = {}
        for q in questions:
            self._searches.setdefault(q.partition, {})[q.offset] = TimestampSearch(
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

    def round(self) -> dict[TopicPartition, int]:
        """Return the next times to ask for, in epoch ms; empty when all is settled or the budget is spent."""
        times: dict[TopicPartition, int] = {}
        for partition, searches in self._searches.items():
            if len(times) >= self._left:
                break
            if partition in self.failed:
                continue
            probe = next((p for s in searches.values() if (p := s.probe()) is not None), None)
            if probe is not None:
                times[partition] = probe
        self._left -= len(times)
        self.asked += len(times)
        return times

    def absorb(
        self,
        times: Mapping[TopicPartition, int],
        answers: Mapping[TopicPartition, Found | Unknown | None],
    ) -> None:
        """Take a round's answers; a partition whose leader failed is given up, with the reason."""
        for partition, asked_ms in times.items():
            answer = answers.get(partition)
            if isinstance(answer, Unknown):
                self.failed[partition] = answer
                continue
            owner = True
            for search in self._searches[partition].values():
                own = owner and search.probe() == asked_ms
                owner = owner and not own
                search.absorb(asked_ms, answer, own=own)

    def result(self, partition: TopicPartition, offset: int) -> TimestampSearch | Unknown:
        """Return a question's search as far as it came."""
        if partition in self.failed:
            return self.failed[partition]
        return self._searches[partition][offset]
