"""The mover: moves partitions to their replicas hop by hop, many at once, within the cluster's capacity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from steward.analysis.rebalance.moves.gates import unreachable_target
from steward.analysis.rebalance.moves.hops import Hop
from steward.analysis.rebalance.moves.progress import progress_step
from steward.analysis.rebalance.moves.scheduler import HopCandidate, MoveLimits, choose
from steward.analysis.rebalance.moves.state import MoveState
from steward.analysis.rebalance.throttles.unthrottled import UnthrottledBudget, needs_no_throttle
from steward.change.execution.journal import Journal
from steward.change.execution.moves.cancellable import cancellable_moves
from steward.change.execution.moves.dependencies import (
    FaultTolerantThrottles,
    MoverDependencies,
    MoverTimeouts,
)
from steward.change.execution.moves.gates import MinIsrGate
from steward.change.execution.moves.meter import Meter
from steward.change.execution.moves.move import Move, diverged_text, ids_text, move_of
from steward.change.execution.moves.observation import MoveObservation, look, ongoing_moves
from steward.change.execution.moves.poll_scope import PollScope
from steward.change.execution.moves.requests import MoveRequests
from steward.cluster.ports import Changer, Observer, Progress
from steward.model.names import TopicPartition
from steward.model.plan import PlanStepStatus, Step, StepResult
from steward.model.wording import duration

MANY_MOVES = 20
"""Moves in progress from which a poll waits until a quarter of them has finished."""


@dataclass(kw_only=True)
class Mover:
    """Executes steps that move partitions.

    It relies only on the steps, which of them were begun, and the cluster's state; so another run can continue after a
    kill. ``pending`` are throttles that could not be removed.
    Errors: StoreUnavailable or LeaseLost, before any request that could not be recorded.
    """

    observer: Observer
    changer: Changer
    journal: Journal
    dependencies: MoverDependencies
    progress: Progress
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    caps: MoveLimits = field(default_factory=MoveLimits)
    patience: MoverTimeouts = field(default_factory=MoverTimeouts)
    cancelled: bool = False
    pending: tuple[str, ...] = ()

    def run(self, steps: Mapping[int, Step], begun: frozenset[int]) -> dict[int, StepResult]:
        """Execute steps, by their index in the plan; ``begun`` were requested before."""
        self._results: dict[int, StepResult] = {}
        now, lag = self.clock(), self.patience.lag
        self._open = {
            i: move_of(i, step, begun=i in begun, now=now, lag_seconds=lag)
            for i, step in steps.items()
        }
        self._throttles = FaultTolerantThrottles(
            self.dependencies.throttles(self.changer), self.progress
        )
        self._throttles.end()
        self._requests = MoveRequests(
            changer=self.changer,
            journal=self.journal,
            throttles=self._throttles,
            clock=self.clock,
        )
        self._meter = Meter(self.observer, self.clock, list(self._open.values()))
        self._gate = MinIsrGate(self.observer, self.clock)
        self._scope = PollScope(self.clock)
        self._budget: UnthrottledBudget | None = None
        self._paused = ""
        self._is_blind = False
        self._busy_at = self.clock()
        pause = self.patience.pause
        while True:
            is_busy = self._poll_once()
            if not self._open or self._give_up():
                break
            pause = self.patience.pause if is_busy else min(pause * 2, self.patience.longest_pause)
            self._wait(pause)
        return self._results

    def _wait(self, seconds: float) -> None:
        """Wait before the next poll.

        With many moves in progress it asks the controller for them until a quarter has finished: that costs brokers
        much less than reporting all their partitions.
        """
        waiting = {m.partition for m in self._open.values() if m.is_under_way}
        if len(waiting) < MANY_MOVES:
            self.sleep(seconds)
            return
        deadline = self.clock() + self.patience.refill
        while self.clock() < deadline:
            self.sleep(self.patience.pause)
            left = ongoing_moves(self.observer)
            if left is None or len(waiting - left) * 4 >= len(waiting):
                return

    def _poll_once(self) -> bool:
        """Poll, record what is complete, request more, report progress; return whether anything happened."""
        moves = self._scope.moves(list(self._open.values()))
        observation = look(self.observer, frozenset(m.partition.topic for m in moves))
        is_busy, self._is_blind = False, isinstance(observation, str)
        if isinstance(observation, str):
            self._paused = f"the cluster cannot be observed: {observation}"
        else:
            is_busy = self._update(observation, moves)
            moves = [m for m in moves if m.index in self._open]
            self._meter.look(observation, moves)
            self._throttles.watch()
            is_busy |= self._apply_control(observation, moves)
        if is_busy:
            self._busy_at = self.clock()
        self._tell()
        return is_busy

    # Results of requests

    def _update(self, observation: MoveObservation, moves: Sequence[Move]) -> bool:
        """Record the state of moves; return whether one finished."""
        ended: list[StepResult] = []
        rested: list[TopicPartition] = []
        adopted: list[Move] = []
        for move in moves:
            was_under_way = move.is_under_way
            state = move.update(observation, self.clock())
            if state is MoveState.MOVING and not move.partition_move.begun:
                adopted.append(move)
            elif was_under_way and not move.is_under_way:
                rested.append(move.partition)
                move.finish_hop()
            result = self._end_of(move, observation)
            if result is not None:
                ended.append(result)
        self._requests.intend(adopted)
        if rested:
            self._throttles.after(rested)
        self._close(ended)
        return bool(ended or rested)

    def _end_of(self, move: Move, observation: MoveObservation) -> StepResult | None:
        match move.state:
            case MoveState.ARRIVED if move.goes_back:
                text = f"cancelled: back on {ids_text(move.partition_move.before)}"
                return move.ended(PlanStepStatus.SKIPPED, text)
            case MoveState.ARRIVED:
                self._meter.arrived(move)
                return move.ended(
                    PlanStepStatus.DONE if move.partition_move.begun else PlanStepStatus.ALREADY
                )
            case MoveState.DIVERGED:
                return move.ended(PlanStepStatus.STALE, diverged_text(move, observation))
            case MoveState.UNCONFIRMED if self.clock() - move.seen_at > self.patience.settling:
                text = "" if move.error else "requested, but not observed at its target"
                return move.ended(PlanStepStatus.UNSURE, text, move.error)
            case _:
                return None

    def _close(self, ended: Sequence[StepResult]) -> None:
        """Record results of moves; their throttles are removed first, so that a kill leaves none behind."""
        if not ended:
            return
        if len(ended) == len(self._open):
            self.pending = self._throttles.end()
        self.journal.record(ended)
        for result in ended:
            self._results[result.index] = result
            del self._open[result.index]

    # The next requests

    def _apply_control(self, observation: MoveObservation, moves: Sequence[Move]) -> bool:
        """Follow control requests within the cluster's capacity; return whether anything was requested."""
        wanted = self.dependencies.control.wanted()
        self.cancelled |= wanted == "cancel"
        is_busy = self._revert(observation, moves) if self.cancelled else False
        if wanted == "pause" and not self.cancelled:
            self._paused = "paused on request"
            return is_busy
        moves = [m for m in moves if m.index in self._open]
        self._paused = self._gate.closed(observation, [m.partition_move for m in moves])
        return self._start_moves(observation, moves, fixes_only=bool(self._paused)) or is_busy

    def _start_moves(
        self, observation: MoveObservation, moves: Sequence[Move], *, fixes_only: bool
    ) -> bool:
        """Request what may start; while partitions are below min ISR, only moves that fix them."""
        candidates: list[HopCandidate] = []
        under_way: list[HopCandidate] = []
        for move in moves:
            size = self._meter.size(move.partition)
            if move.is_under_way:
                is_half = self._meter.is_half_done(move.partition)
                seen = _candidate(move, move.ongoing_hop(observation, size), observation)
                under_way.append(replace(seen, is_half_done=is_half))
                continue
            hop = move.next_hop(observation, size)
            move.hold_reason = (
                hop
                if isinstance(hop, str)
                else unreachable_target(hop, observation.alive, observation.known)
            )
            may_begin = not fixes_only or move.removes_out_of_sync(observation)
            if not isinstance(hop, str) and not move.hold_reason and may_begin:
                candidates.append(_candidate(move, hop, observation))
        caps = self.caps.scaled(self._throttles.share)
        budget = self._refilled_budget([one.hop for one in under_way], observation)
        choice = choose(candidates, under_way, caps, self._meter.free, budget)
        if len(moves) == len(self._open):
            self._scope.learn(hop.partition for hop in choice.waiting)
        if choice.crowded and not choice.hops and not under_way:
            self._paused = choice.crowded[0]
        small = [h for h in choice.hops if needs_no_throttle(h, budget.rate)]
        large = [h for h in choice.hops if not needs_no_throttle(h, budget.rate)]
        return self._ask(small) | self._ask(large)

    def _refilled_budget(
        self, under_way: Sequence[Hop], observation: MoveObservation
    ) -> UnthrottledBudget:
        if self._budget is None:
            moves = [m.partition_move for m in self._open.values()]
            brokers = observation.alive & {b for m in moves for b in (*m.before, *m.target)}
            self._budget = UnthrottledBudget(self._throttles.unthrottled_rate(brokers))
        throttled = [h for h in under_way if not needs_no_throttle(h, self._budget.rate)]
        self._budget.refill(self.clock(), self._throttles.share, throttled)
        return self._budget

    def _ask(self, hops: Sequence[Hop]) -> bool:
        """Request hops; return whether any was sent."""
        found = self._requests.request(hops, {m.partition: m for m in self._open.values()})
        self._paused = found.withheld_because or self._paused
        self._close(found.failed)
        return found.sent > 0

    def _revert(self, observation: MoveObservation, moves: Sequence[Move]) -> bool:
        """Start nothing more, and revert what was started where that is safe."""
        self._close([
            m.ended(PlanStepStatus.SKIPPED, "cancelled before it started")
            for m in self._open.values()
            if not m.partition_move.begun
        ])  # fmt: skip
        left = [m for m in moves if m.index in self._open]
        for move in left:
            if move.state is MoveState.READY:
                move.revert()
        stopped = cancellable_moves(left, observation, self._gate.least)
        if not stopped:
            return False
        self._requests.cancel(stopped, self.patience.lag)
        return True

    # Progress and end

    def _stalled(self, seconds: float) -> tuple[Move, ...]:
        still = ((m, self._meter.seconds_without_growth(m)) for m in self._open.values())
        return tuple(m for m, s in still if s is not None and s >= seconds)

    def _tell(self) -> None:
        slow = tuple(str(m.partition) for m in self._stalled(self.patience.slow))
        found = self._meter.progress(list(self._open.values()), self._paused, slow)
        self.dependencies.sink.tell(found)
        self.progress(progress_step(found))

    def _give_up(self) -> bool:
        """End the run when nothing progresses: another run continues from the cluster's state."""
        under_way = [m for m in self._open.values() if m.is_under_way]
        idle = self.clock() - self._busy_at
        is_asked = self._paused and self.dependencies.control.wanted() == "pause"
        if self._is_blind and idle > self.patience.stalled:
            why = self._paused
        elif under_way and len(self._stalled(self.patience.stalled)) == len(under_way):
            why = f"no copy has grown for {duration(self.patience.stalled)}"
        elif not under_way and idle > self.patience.idle and not is_asked:
            why = self._paused
        else:
            return False
        self._close([_left(move, why) for move in self._open.values()])
        return True


def _left(move: Move, why: str) -> StepResult:
    """Return for an unfinished move why nothing more is done."""
    text = move.hold_reason or why or "nothing could be started"
    if not move.partition_move.begun:
        return move.ended(PlanStepStatus.SKIPPED, text)
    where = "still moving" if move.is_under_way else "in progress"
    return move.ended(PlanStepStatus.UNSURE, f"{where}: {text}")


def _candidate(move: Move, hop: Hop, observation: MoveObservation) -> HopCandidate:
    found = observation.partitions[move.partition]
    return HopCandidate(
        hop=hop,
        copies_left=len(set(move.partition_move.goal) - set(hop.sources)),
        begun=move.partition_move.begun,
        at_risk=not set(hop.sources) <= set(found.isr),
        is_internal=move.partition.topic in observation.internal,
    )
