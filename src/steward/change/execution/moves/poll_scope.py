"""Which moves a poll covers: with thousands of moves, those in progress and those that are next."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from steward.change.execution.moves.move import Move
from steward.model.names import TopicPartition

NEXT_MOVES = 2_000
"""Moves that are next: twice what may be in progress in a cluster. A plan of no more is polled as a whole."""

WHOLE_POLL_SECONDS = 5.0
"""Between polls of all moves: only they change which moves are next."""


class PollScope:
    """Chooses the moves that a poll covers, so that its cost follows what moves, not the size of the plan."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._whole_at = float("-inf")
        self._next: frozenset[TopicPartition] = frozenset()

    def moves(self, open_: Sequence[Move]) -> list[Move]:
        """Return the moves of the next poll: all, if that is due or few of those that are next remain."""
        if len(open_) <= NEXT_MOVES:
            return list(open_)
        near = [m for m in open_ if m.partition_move.begun or m.partition in self._next]
        waiting = sum(not m.is_under_way for m in near)
        is_due = self._clock() - self._whole_at >= WHOLE_POLL_SECONDS
        if not is_due and waiting >= NEXT_MOVES // 4:
            return near
        self._whole_at = self._clock()
        return list(open_)

    def learn(self, waiting: Iterable[TopicPartition]) -> None:
        """Take over which moves are next, in their order, after a poll of all moves."""
        self._next = frozenset(islice(waiting, NEXT_MOVES))
