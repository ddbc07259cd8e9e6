"""One step of a plan on its way: where it stands, what was asked for, and how it ended."""

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
    """One step on its way.

    Shape: ``standing`` is as of the last look; ``seen_at`` when it was asked for or last seen moving; ``sure_at`` from
           when on what brokers tell is later than what was asked for without waiting for its end; ``doubt`` why the
           answer to that is not known; ``held`` why nothing is asked for now.
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
        """What moves."""
        return self.journey.partition

    @property
    def is_under_way(self) -> bool:
        """Whether something was asked for that has not come to rest."""
        return self.standing in (MoveState.MOVING, MoveState.UNCONFIRMED)

    @property
    def goes_back(self) -> bool:
        """Whether it was cancelled."""
        return self.journey.goal != self.journey.target

    def begin(self) -> None:
        """Know that it was asked for."""
        self.journey = replace(self.journey, begun=True)

    def asked(self, hop: Hop, at: float, doubt: StewardError | None) -> None:
        """Know that a hop was asked for."""
        self.journey = replace(self.journey, hop=hop)
        self.standing, self.seen_at, self.doubt, self.held = MoveState.UNCONFIRMED, at, doubt, ""

    def rest(self) -> None:
        """Know that what was asked for has come to rest."""
        self.journey = replace(self.journey, hop=None)

    def turn_back(self) -> None:
        """Go back to where it was."""
        self.journey = self.journey.back()

    def stopped(self, sure_at: float) -> None:
        """Know that it was stopped, and goes back from wherever it rests."""
        self.turn_back()
        self.rest()
        self.sure_at = sure_at

    def stands(self, sight: MoveObservation, now: float) -> MoveState:
        """Take note of where it stands."""
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
        """Return how it ended."""
        told = detail or (str(fault) if fault else "")
        return StepResult(
            index=self.index, status=status, detail=told, code=fault.code if fault else ""
        )

    def is_cure(self, sight: MoveObservation) -> bool:
        """Tell whether it takes replicas away that are out of sync."""
        found = sight.partitions.get(self.partition)
        return found is not None and is_cured_by(found, self.journey.goal)

    def hop_seen(self, sight: MoveObservation, size: int | None) -> Hop:
        """Return the hop that is under way, where another run or somebody else asked for it."""
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
        """Return what to ask for next, or why nothing can be."""
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
        return hop or f"{self.partition} has arrived"


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
    """Return a step as a move that is to be carried out.

    Shape: ``begun`` if something was asked for before, which brokers may not tell of for ``lag_seconds``.
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
    """Say what somebody else did to a partition."""
    found, moving = sight.partitions.get(move.partition), sight.moving.get(move.partition)
    if found is None:
        return f"partition {move.partition} does not exist any more"
    if moving is not None:
        return f"another reassignment moves it ({moving_text(moving)})"
    was = ids_text(move.journey.before)
    return f"since the plan was made, replicas was {was} and is {ids_text(found.replicas)}"


def ids_text(replicas: tuple[int, ...]) -> str:
    """Write broker ids, ``1,2,3``."""
    return ",".join(map(str, replicas))
