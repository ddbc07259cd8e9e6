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
    brokers' reports are certainly newer than a request that was sent without waiting for its end; ``error`` why the
    result of a request is unknown; ``hold_reason`` why nothing is requested now.
    """

    index: int
    step: Step
    partition_move: PartitionMove
    state: MoveState = MoveState.READY
    seen_at: float = 0.0
    sure_at: float = 0.0
    error: StewardError | None = None
    hold_reason: str = ""

    @property
    def partition(self) -> TopicPartition:
        """The partition that moves."""
        return self.partition_move.partition

    @property
    def is_under_way(self) -> bool:
        """Whether a request has not finished."""
        return self.state in (MoveState.MOVING, MoveState.UNCONFIRMED)

    @property
    def goes_back(self) -> bool:
        """Whether it was cancelled."""
        return self.partition_move.goal != self.partition_move.target

    def begin(self) -> None:
        """Record that it was requested."""
        self.partition_move = replace(self.partition_move, begun=True)

    def request(self, hop: Hop, at: float, error: StewardError | None) -> None:
        """Record that a hop was requested."""
        self.partition_move = replace(self.partition_move, hop=hop)
        self.state, self.seen_at, self.error, self.hold_reason = (
            MoveState.UNCONFIRMED,
            at,
            error,
            "",
        )

    def finish_hop(self) -> None:
        """Record that the requested hop has finished."""
        self.partition_move = replace(self.partition_move, hop=None)

    def revert(self) -> None:
        """Make the original replicas the goal."""
        self.partition_move = self.partition_move.back()

    def cancel(self, sure_at: float) -> None:
        """Record that it was cancelled, and revert it from where it is."""
        self.revert()
        self.finish_hop()
        self.sure_at = sure_at

    def update(self, observation: MoveObservation, now: float) -> MoveState:
        """Update and return its state."""
        found, moving = (
            observation.partitions.get(self.partition),
            observation.moving.get(self.partition),
        )
        self.state = move_state(self.partition_move, found, moving)
        if self.state is MoveState.MOVING:
            self.seen_at = now
        elif found is not None and now < self.sure_at:
            self.state = MoveState.UNCONFIRMED
        return self.state

    def ended(
        self, status: PlanStepStatus, detail: str = "", fault: StewardError | None = None
    ) -> StepResult:
        """Return the step's result."""
        text = detail or (str(fault) if fault else "")
        return StepResult(
            index=self.index, status=status, detail=text, code=fault.code if fault else ""
        )

    def removes_out_of_sync(self, observation: MoveObservation) -> bool:
        """Return whether it removes out-of-sync replicas."""
        found = observation.partitions.get(self.partition)
        return found is not None and is_cured_by(found, self.partition_move.goal)

    def ongoing_hop(self, observation: MoveObservation, size: int | None) -> Hop:
        """Return the ongoing hop, also if another run or another client requested it."""
        if self.partition_move.hop is not None:
            return self.partition_move.hop
        found, moving = (
            observation.partitions[self.partition],
            observation.moving.get(self.partition),
        )
        if moving is None:
            there = found.replicas
            return _hop(self.partition, there, (), (), there, found.leader, size)
        there = tuple(b for b in moving.replicas if b not in moving.adding)
        aim = aim_of(moving)
        return _hop(self.partition, aim, moving.adding, moving.removing, there, found.leader, size)

    def next_hop(self, observation: MoveObservation, size: int | None) -> Hop | str:
        """Return the next hop to request, or why there is none."""
        found = observation.partitions[self.partition]
        if found.leader < 0:
            return f"{self.partition} has no leader"
        hop = next_hop(
            self.partition,
            found.replicas,
            self.partition_move.goal,
            leader=found.leader,
            racks=observation.racks,
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
    partition_move = PartitionMove(
        partition=change.partition,
        before=before,
        target=change.replicas,
        goal=change.replicas,
        begun=begun,
    )
    return Move(
        index, step, partition_move, seen_at=now, sure_at=now + lag_seconds if begun else now
    )


def diverged_text(move: Move, observation: MoveObservation) -> str:
    """Describe a change of a partition by another client."""
    found, moving = (
        observation.partitions.get(move.partition),
        observation.moving.get(move.partition),
    )
    if found is None:
        return f"partition {move.partition} no longer exists"
    if moving is not None:
        return f"another reassignment is moving it ({moving_text(moving)})"
    was = ids_text(move.partition_move.before)
    return f"since the plan was created, replicas was {was} and is {ids_text(found.replicas)}"


def ids_text(replicas: tuple[int, ...]) -> str:
    """Format broker ids, ``1,2,3``."""
    return ",".join(map(str, replicas))
