"""Progress of copies: measured on disks now and then, reported at every poll."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from steward.analysis.rebalance.moves.progress import CopyRate, MoveProgress
from steward.analysis.rebalance.moves.state import MoveState
from steward.change.execution.moves.move import Move
from steward.change.execution.moves.observation import MoveObservation, measure_replicas
from steward.cluster.ports import Observer
from steward.model.names import TopicPartition

MEASURING_SECONDS = 2.0
"""Between measurements of ongoing copies."""

SIZES_SECONDS = 300.0
"""Between measurements of what has not started: producers write meanwhile, and retention deletes."""


class Meter:
    """Tracks the sizes of moves, and how much is copied."""

    def __init__(
        self, observer: Observer, clock: Callable[[], float], moves: Sequence[Move]
    ) -> None:
        self._observer = observer
        self._clock = clock
        self._moves = tuple(moves)
        self._weights = measure_replicas(observer, _topics(moves))
        self._size = {
            m.partition: self._weights.size(
                m.partition, {*m.partition_move.before, *m.partition_move.target}
            )
            for m in moves
        }
        self._total = sum((self._size[m.partition] or 0) * m.partition_move.copies for m in moves)
        self._there: dict[TopicPartition, int] = {}
        self._parts: dict[TopicPartition, int] = {}
        self._adding: dict[TopicPartition, int] = {}
        self._grown_at: dict[TopicPartition, float] = {}
        self._tempo = CopyRate()
        self._measured_at = self._sized_at = clock()

    def size(self, partition: TopicPartition) -> int | None:
        """Return the bytes of one copy; None if unknown."""
        return self._size[partition]

    def is_half_done(self, partition: TopicPartition) -> bool:
        """Return whether half of the observed ongoing copies is done; assumed so if sizes are unknown."""
        size, adding = self._size[partition], self._adding.get(partition, 0)
        return size is None or (adding > 0 and 2 * self._parts.get(partition, 0) >= size * adding)

    @property
    def free(self) -> Mapping[int, int]:
        """Each broker's free bytes on disk, where known."""
        return self._weights.free

    def look(self, observation: MoveObservation, moves: Sequence[Move]) -> None:
        """Measure ongoing copies if due."""
        under_way = [m for m in moves if m.state is MoveState.MOVING]
        for move in moves:
            self._note(move, observation)
        now = self._clock()
        if under_way and now - self._measured_at >= MEASURING_SECONDS:
            brokers = {b for m in under_way for b in observation.moving[m.partition].adding}
            found = measure_replicas(self._observer, _topics(under_way), frozenset(brokers))
            self._weights = found.over(self._weights)
            self._measured_at = now
            for move in under_way:
                self._note(move, observation)
        if now - self._sized_at >= SIZES_SECONDS:
            self._measure_again([m for m in moves if not m.partition_move.begun])
        self._tempo.note(now, sum(self._there.values()))

    def _measure_again(self, moves: Sequence[Move]) -> None:
        """Measure moves that have not started; an unknown size stays as it was."""
        self._sized_at = self._clock()
        if not moves:
            return
        found = measure_replicas(self._observer, _topics(moves))
        self._weights = found.over(self._weights)
        for move in moves:
            size = found.size(move.partition, {*move.partition_move.before})
            if size is not None:
                old = self._size[move.partition] or 0
                self._total += (size - old) * move.partition_move.copies
                self._size[move.partition] = size

    def _note(self, move: Move, observation: MoveObservation) -> None:
        """Record the bytes of a partition's copies, complete or partial."""
        found, moving = (
            observation.partitions.get(move.partition),
            observation.moving.get(move.partition),
        )
        size = self._size[move.partition]
        if found is None or size is None:
            return
        new = set(move.partition_move.target) - set(move.partition_move.before)
        adding = frozenset(() if moving is None else moving.adding)
        whole = len((new & set(found.replicas)) - adding) * size
        parts = [self._weights.copies.get((move.partition, b), 0) for b in adding]
        if moving is None or sum(parts) != self._parts.get(move.partition):
            self._grown_at[move.partition] = self._clock()
        self._parts[move.partition], self._adding[move.partition] = sum(parts), len(adding)
        self._there[move.partition] = whole + sum(min(part, size) for part in parts)

    def arrived(self, move: Move) -> None:
        """Record that a move is finished."""
        size = self._size[move.partition]
        self._there[move.partition] = (size or 0) * move.partition_move.copies

    def seconds_without_growth(self, move: Move) -> float | None:
        """Return for how many seconds a copy has not grown; None if its size is unknown."""
        if move.state is not MoveState.MOVING or self._size[move.partition] is None:
            return None
        return self._clock() - self._grown_at.get(move.partition, self._clock())

    def progress(
        self, open_: Sequence[Move], paused: str, stalled: tuple[str, ...]
    ) -> MoveProgress:
        """Return the progress of all moves."""
        there = sum(self._there.values())
        left = max(0, self._total - there)
        under_way = sum(m.is_under_way for m in open_)
        return MoveProgress(
            bytes_done=there,
            bytes_left=left,
            done=len(self._moves) - len(open_),
            in_flight=under_way,
            left=len(open_) - under_way,
            rate=self._tempo.rate,
            eta_seconds=self._tempo.seconds_for(left),
            paused_because=paused,
            stalled=stalled,
        )


def _topics(moves: Iterable[Move]) -> frozenset[str]:
    return frozenset(m.partition.topic for m in moves)
