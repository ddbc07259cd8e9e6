"""What the mover works with besides a cluster: what bounds it, who steers it, who is told, and how long it waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.progress import MoveProgress
from steward.cluster.ports import Changer, Progress
from steward.model.error import LeaseLost, StewardError, StoreUnavailable
from steward.model.names import TopicPartition


class MoveThrottles(Protocol):
    """Bounds what moves may use of the network."""

    @property
    def share(self) -> float:
        """The share of what may be under way that brokers bear now, above 0, at most 1."""
        ...

    def watch(self) -> None:
        """Let bounds follow how brokers bear it; called at every look."""
        ...

    def before(self, hops: Sequence[Hop]) -> None:
        """Bound these, before they are asked for: lists and rates are set and read back.

        Errors: StewardError, where that cannot be done: they are not asked for.
        """
        ...

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget partitions that rest: their entries go."""
        ...

    def end(self) -> tuple[str, ...]:
        """Put everything back as it was, but for what still moves; return what could not be: that is owed.

        Shape: called before the first move, too, for what earlier runs owe.
        """
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


class NullThrottles:
    """Bounds nothing."""

    share = 1.0

    def watch(self) -> None:
        """Do nothing."""

    def before(self, hops: Sequence[Hop]) -> None:
        """Do nothing."""

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Do nothing."""

    def end(self) -> tuple[str, ...]:
        """Owe nothing."""
        return ()


class NullControl:
    """Nobody asks for anything."""

    def wanted(self) -> str:
        """Go."""
        return "go"


class NullSink:
    """Nobody is told."""

    def tell(self, progress: MoveProgress) -> None:
        """Do nothing."""


class FaultTolerantThrottles:
    """Throttles whose faults stop nothing but what would go unbounded: what moves, moves on, and the rest is owed.

    Errors: StoreUnavailable and LeaseLost, always.
    """

    def __init__(self, throttles: MoveThrottles, progress: Progress) -> None:
        self._throttles = throttles
        self._progress = progress

    @property
    def share(self) -> float:
        """The share of what may be under way that brokers bear now."""
        return self._throttles.share

    def watch(self) -> None:
        """Let bounds follow how brokers bear it, or stand where that cannot be told."""
        try:
            self._throttles.watch()
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError as fault:
            self._progress(f"throttles stay as they are: {fault}")

    def before(self, hops: Sequence[Hop]) -> None:
        """Bound these.

        Errors: StewardError.
        """
        self._throttles.before(hops)

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget partitions that rest, or leave them to the end."""
        try:
            self._throttles.after(partitions)
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError as fault:
            self._progress(f"throttles of {len(partitions)} partitions stay until the end: {fault}")

    def end(self) -> tuple[str, ...]:
        """Put everything back; a fault is what is owed."""
        try:
            return self._throttles.end()
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError as fault:
            return (f"throttles could not be put back: {fault}",)


@dataclass(frozen=True, kw_only=True)
class MoverDependencies:
    """Those around a run of moves; without them nothing bounds it, nobody steers it, and nobody is told."""

    throttles: Callable[[Changer], MoveThrottles] = field(default=lambda _: NullThrottles())
    control: Control = field(default_factory=NullControl)
    sink: ProgressSink = field(default_factory=NullSink)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoverTimeouts:
    """How long the mover waits, in seconds.

    ``settling``: for what was accepted to be seen. ``lag``: until brokers tell what the controller has decided.
    ``idle``: for anything to be possible again, while nothing is under way. ``slow`` and ``stalled``: for a copy to
    grow, until that is said and until the run ends. ``pause``: between looks while something happens,
    ``longest_pause`` while nothing does.
    """

    settling: float = 15.0
    lag: float = 2.0
    idle: float = 300.0
    slow: float = 60.0
    stalled: float = 600.0
    pause: float = 0.1
    longest_pause: float = 1.0
