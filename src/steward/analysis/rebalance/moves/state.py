"""State of a move, derived from the partition's replicas and from what was requested."""

from dataclasses import dataclass, replace
from enum import StrEnum

from steward.analysis.rebalance.moves.hops import Hop, aim_of, is_on_the_way
from steward.model.names import TopicPartition
from steward.model.topic import Partition, Reassignment


class MoveState(StrEnum):
    """Possible next step of a move."""

    ARRIVED = "arrived"
    READY = "resting"
    """the next hop may be requested"""
    MOVING = "moving"
    """a reassignment towards its goal is in progress, requested by any client"""
    UNCONFIRMED = "settling"
    """the request is not visible yet"""
    DIVERGED = "strayed"
    """another client moves or has moved the partition: leave it alone"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionMove:
    """One partition's move.

    ``goal`` is its present goal: ``target``, or ``before`` once it is cancelled. ``begun``: steward has requested a
    hop, in this run or an earlier one; then the partition may be anywhere in between, otherwise only at ``before``.
    ``hop`` was requested in this run and is not confirmed as done.
    """

    partition: TopicPartition
    before: tuple[int, ...]
    target: tuple[int, ...]
    goal: tuple[int, ...]
    begun: bool = False
    hop: Hop | None = None

    def back(self) -> "PartitionMove":
        """Return the move back to the original replicas."""
        return replace(self, goal=self.before)

    @property
    def copies(self) -> int:
        """Number of copies of the whole move."""
        return len(set(self.target) - set(self.before))


def move_state(
    move: PartitionMove, found: Partition | None, moving: Reassignment | None
) -> MoveState:
    """Return the state of a move.

    A reassignment that another client started is adopted if it has the same goal. A partition with more replicas than
    on any step of its move includes those of a move that has just finished: brokers learn of that later than the
    controller, which reports reassignments.
    """
    if found is None:
        return MoveState.DIVERGED
    if moving is not None:
        aim = aim_of(moving)
        ours = (
            is_on_the_way(aim, move.before, move.target)
            if move.begun
            else set(aim) == set(move.target)
        )
        return MoveState.MOVING if ours else MoveState.DIVERGED
    there = found.replicas
    if move.hop is not None and there != move.hop.replicas:
        return MoveState.UNCONFIRMED
    if there == move.goal:
        return MoveState.ARRIVED
    if not move.begun:
        return MoveState.READY if there == move.before else MoveState.DIVERGED
    if len(there) > max(len(move.before), len(move.target)):
        return MoveState.UNCONFIRMED
    on_the_way = is_on_the_way(there, move.before, move.target)
    return MoveState.READY if on_the_way else MoveState.DIVERGED
