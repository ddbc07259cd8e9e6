"""One move in progress: its state, what was requested, and its result."""

from dataclasses import dataclass, replace

from steward.analysis.rebalance.moves.gates import is_cured_by
from steward.analysis.rebalance.moves.hops import Hop, aim_of, next_hop
from steward.analysis.rebalance.moves.state import MoveState, PartitionMove, move_state
from steward.change.execution.moves.observation import MoveObservation
from steward.change.planning.moves import moving_text
from steward.model.change import ReassignPartition
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.plan import PlanStepStatus, Step, StepResult


@dataclass
class Move:
    """One step in progress.

    ``state`` is that of the last poll; ``seen_at`` when it was requested or last observed moving; ``sure_at`` when
    brokers' reports are certainly newer than a request that was sent without waiting for its end; ``doubt`` why the
    result of a request is unknown; ``held`` why nothing is requested now.
    """

    index: int
    step: Step
    journey: PartitionMove
    standing: MoveState = MoveState.READY
    seen_at: float = 0.0
    sure_at: float = 0.0
    doubt: StewardError | None = None
    held: str = ""

    @property
    def partition(self) -> TopicPartition:
        """The partition that moves."""
        return self.journey.partition

    @property
    def is_under_way(self) -> bool:
        """Whether a request has not finished."""
        return self.standing in (MoveState.MOVING, MoveState.UNCONFIRMED)

    @property
    def goes_back(self) -> bool:
        """Whether it was cancelled."""
        return self.journey.goal != self.journey.target

    def begin(self) -> None:
        """Record that it was requested."""
        self.journey = replace(self.journey, begun=True)

    def asked(self, hop: Hop, at: float, doubt: StewardError | None) -> None:
        """Record that a hop was requested."""
        self.journey = replace(self.journey, hop=hop)
        self.standing, self.seen_at, self.doubt, self.held = MoveState.UNCONFIRMED, at, doubt, ""

    def rest(self) -> None:
        """Record that the requested hop has finished."""
        self.journey = replace(self.journey, hop=None)

    def turn_back(self) -> None:
        """Make the original replicas the goal."""
        self.journey = self.journey.back()

    def stopped(self, sure_at: float) -> None:
        """Record that it was cancelled, and revert it from where it is."""
        self.turn_back()
        self.rest()
        self.sure_at = sure_at

    def stands(self, sight: MoveObservation, now: float) -> MoveState:
        """Update and return its state."""
        found, moving = sight.partitions.get(self.partition), sight.moving.get(self.partition)
        self.standing = move_state(self.journey, found, moving)
        if self.standing is MoveState.MOVING:
            self.seen_at = now
        elif found is not None and now < self.sure_at:
            self.standing = MoveState.UNCONFIRMED
        return self.standing

    def ended(
        self, status: PlanStepStatus, detail: str = "", fault: StewardError | None = None
    ) -> StepResult:
        """Return the step's result."""
        told = detail or (str(fault) if fault else "")
        return StepResult(
            index=self.index, status=status, detail=told, code=fault.code if fault else ""
        )

    def is_cure(self, sight: MoveObservation) -> bool:
        """Return whether it removes out-of-sync replicas."""
        found = sight.partitions.get(self.partition)
        return found is not None and is_cured_by(found, self.journey.goal)

    def hop_seen(self, sight: MoveObservation, size: int | None) -> Hop:
        """Return the ongoing hop, also if another run or another client requested it."""
        if self.journey.hop is not None:
            return self.journey.hop
        found, moving = sight.partitions[self.partition], sight.moving.get(self.partition)
        if moving is None:
            there = found.replicas
            return _hop(self.partition, there, (), (), there, found.leader, size)
        there = tuple(b for b in moving.replicas if b not in moving.adding)
        aim = aim_of(moving)
        return _hop(self.partition, aim, moving.adding, moving.removing, there, found.leader, size)

    def next_hop(self, sight: MoveObservation, size: int | None) -> Hop | str:
        """Return the next hop to request, or why there is none."""
        found = sight.partitions[self.partition]
        if found.leader < 0:
            return f"{self.partition} has no leader"
        hop = next_hop(
            self.partition,
            found.replicas,
            self.journey.goal,
            leader=found.leader,
            racks=sight.racks,
            size=size,
        )
        return hop or f"{self.partition} is complete"


def _hop(
    partition: TopicPartition,
    replicas: tuple[int, ...],
    adding: tuple[int, ...],
    removing: tuple[int, ...],
    sources: tuple[int, ...],
    leader: int,
    size: int | None,
) -> Hop:
    return Hop(
        partition=partition,
        replicas=replicas,
        adding=adding,
        removing=removing,
        sources=sources,
        leader=leader,
        bytes=size,
    )


def move_of(index: int, step: Step, *, begun: bool, now: float, lag_seconds: float) -> Move:
    """Return a step as a move to execute.

    ``begun`` if it was requested before; brokers may not report that for ``lag_seconds``.
    """
    change = step.change
    if not isinstance(change, ReassignPartition):
        raise TypeError(step.kind)
    before = tuple(int(b) for b in (step.before.get("replicas") or "").split(",") if b)
    journey = PartitionMove(
        partition=change.partition,
        before=before,
        target=change.replicas,
        goal=change.replicas,
        begun=begun,
    )
    return Move(index, step, journey, seen_at=now, sure_at=now + lag_seconds if begun else now)


def strayed_text(move: Move, sight: MoveObservation) -> str:
    """Describe a change of a partition by another client."""
    found, moving = sight.partitions.get(move.partition), sight.moving.get(move.partition)
    if found is None:
        return f"partition {move.partition} no longer exists"
    if moving is not None:
        return f"another reassignment is moving it ({moving_text(moving)})"
    was = ids_text(move.journey.before)
    return f"since the plan was created, replicas was {was} and is {ids_text(found.replicas)}"


def ids_text(replicas: tuple[int, ...]) -> str:
    """Format broker ids, ``1,2,3``."""
    return ",".join(map(str, replicas))
