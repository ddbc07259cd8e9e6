"""Where a move stands, told by what the cluster shows of its partition and by what was asked for."""

from dataclasses import dataclass, replace
from enum import StrEnum

from steward.analysis.rebalance.moves.hops import Hop, aim_of, is_on_the_way
from steward.model.names import TopicPartition
from steward.model.topic import Partition, Reassignment


class MoveState(StrEnum):
    """What can be done about a move now."""

    ARRIVED = "arrived"
    READY = "resting"
    """the next hop may be asked for"""
    MOVING = "moving"
    """towards where it shall go, whoever asked for that"""
    UNCONFIRMED = "settling"
    """what was asked for is not to be seen yet"""
    DIVERGED = "strayed"
    """somebody else moves or has moved it: hands off"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionMove:
    """One partition's move.

    Shape: ``goal`` is where it goes now: ``target``, or ``before`` once it is cancelled. ``begun`` tells that we have
           asked for something, in this run or one before; then it may be anywhere between, and otherwise nowhere but at
           ``before``. ``hop`` was asked for in this run and is not seen to be done.
    """

    partition: TopicPartition
    before: tuple[int, ...]
    target: tuple[int, ...]
    goal: tuple[int, ...]
    begun: bool = False
    hop: Hop | None = None

    def back(self) -> "PartitionMove":
        """Return the journey back to where it was."""
        return replace(self, goal=self.before)

    @property
    def copies(self) -> int:
        """How many copies the whole of it takes."""
        return len(set(self.target) - set(self.before))


def move_state(
    journey: PartitionMove, found: Partition | None, moving: Reassignment | None
) -> MoveState:
    """Tell where a move stands.

    Shape: one that somebody else began is taken over where it ends where we want to go. A partition that has more
           replicas than on any stage of its way is seen with those of a move that has just ended: brokers learn of
           that later than the controller, which tells what moves.
    """
    if found is None:
        return MoveState.DIVERGED
    if moving is not None:
        aim = aim_of(moving)
        ours = (
            is_on_the_way(aim, journey.before, journey.target)
            if journey.begun
            else set(aim) == set(journey.target)
        )
        return MoveState.MOVING if ours else MoveState.DIVERGED
    there = found.replicas
    if journey.hop is not None and there != journey.hop.replicas:
        return MoveState.UNCONFIRMED
    if there == journey.goal:
        return MoveState.ARRIVED
    if not journey.begun:
        return MoveState.READY if there == journey.before else MoveState.DIVERGED
    if len(there) > max(len(journey.before), len(journey.target)):
        return MoveState.UNCONFIRMED
    on_the_way = is_on_the_way(there, journey.before, journey.target)
    return MoveState.READY if on_the_way else MoveState.DIVERGED
