"""The mover: partitions carried to their replicas a hop at a time, many at once, as the cluster bears it."""

from collections.abc import Sequence
from typing import Protocol

from steward.model.names import TopicPartition
from steward.rebalancing.hops import Hop
from steward.rebalancing.progress import MoveProgress


class Throttles(Protocol):
    """Bounds what moves may use of the network."""

    def before(self, hops: Sequence[Hop]) -> None:
        """Bound these, before they are asked for: lists and rates are set and read back.

        Errors: StewardError, where that cannot be done: they are not asked for.
        """
        ...

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget partitions that rest: their entries go."""
        ...

    def end(self) -> tuple[str, ...]:
        """Put everything back as it was; return what could not be, as of a dead broker: that is owed."""
        ...


class Control(Protocol):
    """What a person asked for meanwhile."""

    def wanted(self) -> str:
        """Return ``go``, ``pause`` (what moves arrives, nothing is begun) or ``cancel`` (what moves goes back)."""
        ...


class ProgressSink(Protocol):
    """Who is told how far moves are."""

    def tell(self, progress: MoveProgress) -> None:
        """Take note; called after every look."""
        ...


class Unthrottled:
    """Bounds nothing."""

    def before(self, hops: Sequence[Hop]) -> None:
        """Do nothing."""

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Do nothing."""

    def end(self) -> tuple[str, ...]:
        """Owe nothing."""
        return ()


class Unattended:
    """Nobody asks for anything."""

    def wanted(self) -> str:
        """Go."""
        return "go"


class Untold:
    """Nobody is told."""

    def tell(self, progress: MoveProgress) -> None:
        """Do nothing."""
