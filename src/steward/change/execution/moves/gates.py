"""Whether moves may start: not while partitions are below min ISR that no move of the plan would fix."""

from collections.abc import Callable, Sequence

from steward.analysis.rebalance.moves.gates import (
    first_under_min_isr,
    is_cured_by,
    under_replicated_topics,
)
from steward.analysis.rebalance.moves.state import PartitionMove
from steward.change.execution.moves.observation import MoveObservation, least_in_sync, look
from steward.cluster.ports import Observer

WHOLE_LOOK_SECONDS = 30.0
"""Poll interval of topics that the plan does not change."""

LACKING_LOOK_SECONDS = 5.0
"""The same, while such a topic is below min ISR."""


class MinIsrGate:
    """Finds partitions below min.insync.replicas: the plan's at every poll, all others now and then.

    Configurations are read only for topics with an out-of-sync replica, and once.
    """

    def __init__(self, observer: Observer, clock: Callable[[], float]) -> None:
        self._observer = observer
        self._clock = clock
        self._least: dict[str, int] = {}
        self._whole_at = float("-inf")
        self._elsewhere = ""

    def closed(self, sight: MoveObservation, journeys: Sequence[PartitionMove]) -> str:
        """Return why nothing may start; empty if moves may."""
        due = LACKING_LOOK_SECONDS if self._elsewhere else WHOLE_LOOK_SECONDS
        if self._clock() - self._whole_at >= due:
            whole = look(self._observer, None)
            self._elsewhere = "" if isinstance(whole, str) else self._lacking(whole, journeys)
            self._whole_at = self._clock()
        return self._lacking(sight, journeys) or self._elsewhere

    def least(self, topics: frozenset[str]) -> dict[str, int]:
        """Return min.insync.replicas of topics, where known."""
        unknown = topics - self._least.keys()
        if unknown:
            self._least |= least_in_sync(self._observer, unknown)
        return self._least

    def _lacking(self, sight: MoveObservation, journeys: Sequence[PartitionMove]) -> str:
        thin = under_replicated_topics(sight.topics, sight.moving)
        if not thin:
            return ""
        cured = {
            j.partition
            for j in journeys
            if (p := sight.partitions.get(j.partition)) and is_cured_by(p, j.goal)
        }
        topics = [t for t in sight.topics if t.name in thin]
        found = first_under_min_isr(topics, self.least(thin), cured)
        return "" if found is None else f"{found} is below min.insync.replicas"
