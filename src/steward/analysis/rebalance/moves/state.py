"""Where a move stands, told by what the cluster shows of its partition and by what was asked for."""

from dataclasses import dataclass, replace
from enum import StrEnum

from steward.analysis.rebalance.moves.hops import Hop, aim_of, is_on_the_way
from steward.model.names import TopicPartition
from steward.model.topic import Partition, Reassignment


class Standing(StrEnum):
    """What can be done about a move now."""

    ARRIVED = "arrived"
    RESTING = "resting"
    """the next hop may be asked for"""
    MOVING = "moving"
    """towards where it shall go, whoever asked for that"""
    SETTLING = "settling"
    """what was asked for is not to be seen yet"""
    STRAYED = "strayed"
    """somebody else moves or has moved it: hands off"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
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

    def back(self) -> "Journey":
        """Return the journey back to where it was."""
        return replace(self, goal=self.before)

    @property
    def copies(self) -> int:
        """How many copies the whole of it takes."""
        return len(set(self.target) - set(self.before))


def standing_of(journey: Journey, found: Partition | None, moving: Reassignment | None) -> Standing:
    """Tell where a move stands.

    Shape: one that somebody else began is taken over where it ends where we want to go. A partition that has more
           replicas than on any stage of its way is seen with those of a move that has just ended: brokers learn of
           that later than the controller, which tells what moves.
    """
    if found is None:
        return Standing.STRAYED
    if moving is not None:
        aim = aim_of(moving)
        ours = (
            is_on_the_way(aim, journey.before, journey.target)
            if journey.begun
            else set(aim) == set(journey.target)
        )
        return Standing.MOVING if ours else Standing.STRAYED
    there = found.replicas
    if journey.hop is not None and there != journey.hop.replicas:
        return Standing.SETTLING
    if there == journey.goal:
        return Standing.ARRIVED
    if not journey.begun:
        return Standing.RESTING if there == journey.before else Standing.STRAYED
    if len(there) > max(len(journey.before), len(journey.target)):
        return Standing.SETTLING
    on_the_way = is_on_the_way(there, journey.before, journey.target)
    return Standing.RESTING if on_the_way else Standing.STRAYED
