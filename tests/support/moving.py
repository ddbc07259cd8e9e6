"""Moves of a cluster in memory, carried out with a journal in memory, interrupted and taken up again."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, cast

from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.progress import MoveProgress
from steward.analysis.rebalance.moves.scheduler import MoveLimits
from steward.analysis.rebalance.throttles.unthrottled import needs_no_throttle
from steward.change.execution.moves.dependencies import MoverDependencies, MoverTimeouts
from steward.change.execution.moves.mover import Mover
from steward.model.change import ReassignPartition
from steward.model.finding import ObjectRef
from steward.model.names import TopicPartition
from steward.model.plan import Risk, Step, StepResult, is_final
from support.reassigning_cluster import Killed, ReassigningCluster, Switch


class NotedJournal:
    """Remembers what was meant and how it ended; may end the process before and after each line."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.meant: list[int] = []
        self.groups: list[tuple[int, ...]] = []
        self.results: dict[int, StepResult] = {}

    def intend(self, indices: Sequence[int]) -> None:
        self.switch.point()
        self.meant.extend(indices)
        self.groups.append(tuple(indices))
        self.switch.point()

    def record(self, results: Sequence[StepResult]) -> None:
        self.switch.point()
        self.results |= {r.index: r for r in results}
        self.switch.point()


class NotedThrottles:
    """Knows which partitions are held back, and what was wrong about that; ``rate`` is what others keep to."""

    share = 1.0

    def __init__(self, cluster: ReassigningCluster) -> None:
        self._cluster = cluster
        self.rate = 0
        self.held: set[TopicPartition] = set()
        self.wrongs: list[str] = []
        self.most = 0

    def unthrottled_rate(self, _: Collection[int], /) -> int:
        return self.rate

    def watch(self) -> None:
        pass

    def before(self, hops: Sequence[Hop]) -> None:
        hops = [h for h in hops if not needs_no_throttle(h, self.rate)]
        for hop in hops:
            if self._cluster.partitions[hop.partition].target is not None:
                self.wrongs.append(f"{hop.partition} is held back when it moves already")
        self.held |= {h.partition for h in hops}
        self.most = max(self.most, len(self.held))

    def after(self, partitions: Sequence[TopicPartition]) -> None:
        self.held -= set(partitions)

    def end(self) -> tuple[str, ...]:
        moving = {k for k, p in self._cluster.partitions.items() if p.target is not None}
        self.held &= moving
        return ()


class Person:
    """Asks for something at a time."""

    def __init__(self, cluster: ReassigningCluster, *asked: tuple[float, str]) -> None:
        self._cluster = cluster
        self._asked = asked

    def wanted(self) -> str:
        found = [what for when, what in self._asked if when <= self._cluster.seconds]
        return found[-1] if found else "go"


class Told:
    """Keeps what was told."""

    def __init__(self) -> None:
        self.all: list[MoveProgress] = []

    def tell(self, progress: MoveProgress) -> None:
        self.all.append(progress)


class Moves:
    """The moves of one plan: run them as often as it takes."""

    def __init__(
        self,
        cluster: ReassigningCluster,
        targets: Mapping[TopicPartition, tuple[int, ...]],
        **patience: float,
    ) -> None:
        self.cluster = cluster
        self.journal = NotedJournal(cluster.switch)
        self.throttles = NotedThrottles(cluster)
        self.told = Told()
        self.shown: list[str] = []
        self.patience = MoverTimeouts(**patience)
        self.caps = MoveLimits()
        self.control: Any = Person(cluster)
        self.pending: tuple[str, ...] = ()
        self.steps = {
            i: step_of(key, cluster.partitions[key].replicas, target)
            for i, (key, target) in enumerate(sorted(targets.items()))
            if cluster.partitions[key].replicas != target
        }

    def run(self) -> dict[int, StepResult]:
        left = {i: s for i, s in self.steps.items() if not is_final(self.journal.results.get(i))}
        mover = Mover(
            observer=cast("Any", self.cluster),
            changer=cast("Any", self.cluster),
            journal=cast("Any", self.journal),
            dependencies=MoverDependencies(
                throttles=lambda _: self.throttles, control=self.control, sink=self.told
            ),
            progress=self.shown.append,
            sleep=self.cluster.sleep,
            clock=self.cluster.clock,
            caps=self.caps,
            patience=self.patience,
        )
        if left:
            mover.run(left, frozenset(self.journal.meant))
            self.pending = mover.pending
        return self.journal.results

    def run_killed(self, before_next: Callable[[], None] = lambda: None) -> dict[int, StepResult]:
        """Run until the switch ends the process, and then once more, in a process of its own."""
        try:
            self.run()
        except Killed:
            before_next()
        self.cluster.switch = self.journal.switch = Switch()
        return self.run()

    @property
    def statuses(self) -> list[str]:
        return [self.journal.results[i].status.value for i in self.steps]


def step_of(key: TopicPartition, before: tuple[int, ...], target: tuple[int, ...]) -> Step:
    """Return the step that moves a partition."""

    def state(ids: tuple[int, ...]) -> dict[str, str | None]:
        return {"replicas": ",".join(map(str, ids)), "moving": ""}

    change = ReassignPartition(
        partition=key, replicas=target, changes_factor=len(before) != len(target)
    )
    return Step(
        change=change, object=ObjectRef("partition", str(key)), before=state(before),
        after=state(target), risk=Risk.DISRUPTIVE,
    )  # fmt: skip
