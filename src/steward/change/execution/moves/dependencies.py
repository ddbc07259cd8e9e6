"""What the mover needs besides a cluster: throttles, control, progress reporting, and timeouts."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.progress import MoveProgress
from steward.cluster.ports import Changer, Progress
from steward.model.error import LeaseLost, StewardError, StoreUnavailable
from steward.model.names import TopicPartition
from steward.model.wording import count


class MoveThrottles(Protocol):
    """Limits the network use of moves."""

    @property
    def share(self) -> float:
        """The share of the concurrency limit that brokers can take now, above 0, at most 1."""
        ...

    def unthrottled_rate(self, brokers: Collection[int], /) -> int:
        """Return the bytes per second that copies without a throttle must keep to; 0: every copy is throttled."""
        ...

    def watch(self) -> None:
        """Adapt limits to brokers' load; called at every poll."""
        ...

    def before(self, hops: Sequence[Hop]) -> None:
        """Throttle these hops before they are requested: set lists and rates, and read them back.

        Hops that need no throttle at the `unthrottled_rate` are left out.
        Errors: StewardError, if that fails: the hops are not requested.
        """
        ...

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Remove the throttles of finished partitions."""
        ...

    def end(self) -> tuple[str, ...]:
        """Restore everything, except for partitions that still move; return what is pending.

        Also called before the first move, for what earlier runs left pending.
        """
        ...


class Control(Protocol):
    """A person's requests while the plan runs."""

    def wanted(self) -> str:
        """Return ``go``, ``pause`` (started moves finish, none is started) or ``cancel`` (moves are reverted)."""
        ...


class ProgressSink(Protocol):
    """Receives the progress of moves."""

    def tell(self, progress: MoveProgress) -> None:
        """Receive progress; called after every poll."""
        ...


class NullThrottles:
    """Sets no limits."""

    share = 1.0

    def unthrottled_rate(self, _: Collection[int], /) -> int:
        """Return 0: nothing is throttled, nothing is limited."""
        return 0

    def watch(self) -> None:
        """Do nothing."""

    def before(self, hops: Sequence[Hop]) -> None:
        """Do nothing."""

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Do nothing."""

    def end(self) -> tuple[str, ...]:
        """Return nothing pending."""
        return ()


class NullControl:
    """Never requests a change."""

    def wanted(self) -> str:
        """Return ``go``."""
        return "go"


class NullSink:
    """Discards progress."""

    def tell(self, progress: MoveProgress) -> None:
        """Do nothing."""


class FaultTolerantThrottles:
    """Throttles whose faults stop only moves that would be unthrottled: ongoing moves continue, the rest is pending.

    Errors: StoreUnavailable and LeaseLost, always.
    """

    def __init__(self, throttles: MoveThrottles, progress: Progress) -> None:
        self._throttles = throttles
        self._progress = progress

    @property
    def share(self) -> float:
        """The share of the concurrency limit that brokers can take now."""
        return self._throttles.share

    def unthrottled_rate(self, brokers: Collection[int]) -> int:
        """Return what copies without a throttle must keep to; 0, if that is unknown: every copy is throttled."""
        try:
            return self._throttles.unthrottled_rate(brokers)
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError:
            return 0

    def watch(self) -> None:
        """Adapt limits to brokers' load, or leave them if that is unknown."""
        try:
            self._throttles.watch()
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError as fault:
            self._progress(f"throttles are unchanged: {fault}")

    def before(self, hops: Sequence[Hop]) -> None:
        """Throttle these hops.

        Errors: StewardError.
        """
        self._throttles.before(hops)

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        """Remove the throttles of finished partitions, or postpone that to the end."""
        try:
            self._throttles.after(partitions)
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError as fault:
            self._progress(
                f"throttles of {count(len(partitions), 'partition')} stay until the end: {fault}"
            )

    def end(self) -> tuple[str, ...]:
        """Restore everything; a fault is returned as pending."""
        try:
            return self._throttles.end()
        except (StoreUnavailable, LeaseLost):
            raise
        except StewardError as fault:
            return (f"throttles could not be removed: {fault}",)


@dataclass(frozen=True, kw_only=True)
class MoverDependencies:
    """Dependencies of a run of moves; by default there is no throttle, no control and no progress report."""

    throttles: Callable[[Changer], MoveThrottles] = field(default=lambda _: NullThrottles())
    control: Control = field(default_factory=NullControl)
    sink: ProgressSink = field(default_factory=NullSink)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoverTimeouts:
    """Timeouts of the mover, in seconds.

    ``settling``: until an accepted request is visible. ``lag``: until brokers report what the controller decided.
    ``idle``: until anything is possible again, while nothing is in progress. ``slow`` and ``stalled``: without growth
    of a copy, until it is reported and until the run ends. ``pause``: between polls during activity,
    ``longest_pause`` otherwise. ``refill``: between polls while many moves are in progress and few of them finish.
    """

    settling: float = 15.0
    lag: float = 2.0
    idle: float = 300.0
    slow: float = 60.0
    stalled: float = 600.0
    pause: float = 0.1
    longest_pause: float = 1.0
    refill: float = 2.0
