"""Whether moves may start: not while partitions are below min ISR that no move of the plan would fix."""

from collections.abc import Callable, Sequence

from steward.analysis.rebalance.moves.gates import (
    first_under_min_isr,
    is_cured_by,
    under_replicated_topics,
)
from steward.analysis.rebalance.moves.state import PartitionMove
from steward.change.execution.moves.observation import MoveObservation, look, min_isr_of
from steward.cluster.ports import Observer

FULL_POLL_SECONDS = 30.0
"""Poll interval of topics that the plan does not change."""

UNDER_MIN_ISR_POLL_SECONDS = 5.0
"""The same, while such a topic is below min ISR."""


class MinIsrGate:
    """Finds partitions below min.insync.replicas: the plan's at every poll, all others now and then.

    Configurations are read only once a replica is out of sync: of the plan's topics together, of others one by one.
    """

    def __init__(self, observer: Observer, clock: Callable[[], float]) -> None:
        self._observer = observer
        self._clock = clock
        self._least: dict[str, int] = {}
        self._whole_at = float("-inf")
        self._elsewhere = ""

    def closed(self, observation: MoveObservation, partition_moves: Sequence[PartitionMove]) -> str:
        """Return why nothing may start; empty if moves may."""
        due = UNDER_MIN_ISR_POLL_SECONDS if self._elsewhere else FULL_POLL_SECONDS
        if self._clock() - self._whole_at >= due:
            whole = look(self._observer, None)
            self._elsewhere = (
                "" if isinstance(whole, str) else self._under_min_isr(whole, partition_moves)
            )
            self._whole_at = self._clock()
        return self._under_min_isr(observation, partition_moves, reads_all=True) or self._elsewhere

    def least(self, topics: frozenset[str]) -> dict[str, int]:
        """Return min.insync.replicas of topics, where known."""
        unknown = topics - self._least.keys()
        if unknown:
            self._least |= min_isr_of(self._observer, unknown)
        return self._least

    def _under_min_isr(
        self,
        observation: MoveObservation,
        partition_moves: Sequence[PartitionMove],
        *,
        reads_all: bool = False,
    ) -> str:
        under_replicated = under_replicated_topics(observation.topics, observation.moving)
        if not under_replicated:
            return ""
        fixed = {
            j.partition
            for j in partition_moves
            if (p := observation.partitions.get(j.partition)) and is_cured_by(p, j.goal)
        }
        topics = [t for t in observation.topics if t.name in under_replicated]
        read = frozenset(t.name for t in observation.topics) if reads_all else under_replicated
        found = first_under_min_isr(topics, self.least(read), fixed)
        return "" if found is None else f"{found} is below min.insync.replicas"
