"""Requests of moves: recorded as one group, throttled where a copy needs it, sent in pieces the controller accepts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from steward.analysis.rebalance.moves.hops import Hop
from steward.change.execution.journal import Journal
from steward.change.execution.moves.dependencies import FaultTolerantThrottles
from steward.change.execution.moves.move import Move
from steward.change.execution.step_results import may_take_effect
from steward.cluster.ports import Changer
from steward.model.change import CancelReassignment, ReassignPartition
from steward.model.error import BrokerRefused, LeaseLost, NotAuthorized, StewardError
from steward.model.names import TopicPartition
from steward.model.plan import PlanStepStatus, StepResult

REQUEST_PARTITIONS = 200
"""Partitions per request: far below the controller's limit of 10,000 records, and few enough for a quick response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """The result of requesting hops: how many were sent, those that failed, and why the others were not sent."""

    sent: int = 0
    failed: tuple[StepResult, ...] = ()
    withheld_because: str = ""


@dataclass(frozen=True, kw_only=True)
class MoveRequests:
    """Sends the requests of one run's moves; every request follows the intent of its whole group in the journal.

    Errors: StoreUnavailable or LeaseLost, before any request that could not be recorded.
    """

    changer: Changer
    journal: Journal
    throttles: FaultTolerantThrottles
    clock: Callable[[], float]

    def intend(self, moves: Sequence[Move]) -> None:
        """Record the intent of a group of moves as one entry."""
        if moves:
            self.journal.intend([m.index for m in moves])
            for move in moves:
                move.begin()

    def request(self, hops: Sequence[Hop], moves: Mapping[TopicPartition, Move]) -> Requested:
        """Request hops: record, throttle, send, and process each result."""
        if not hops:
            return Requested()
        self.intend([m for h in hops if not (m := moves[h.partition]).partition_move.begun])
        throttled = self._throttled(hops, moves)
        if isinstance(throttled, Requested):
            return throttled
        failed: list[StepResult] = []
        for start in range(0, len(throttled), REQUEST_PARTITIONS):
            piece = throttled[start : start + REQUEST_PARTITIONS]
            errors = self.changer.perform([_request(hop) for hop in piece], {})
            for hop, error in zip(piece, errors, strict=True):
                move = moves[hop.partition]
                if may_take_effect(error):
                    move.request(hop, self.clock(), error)
                else:
                    failed.append(move.ended(PlanStepStatus.FAILED, "", error))
        return Requested(sent=len(throttled), failed=tuple(failed))

    def _throttled(
        self, hops: Sequence[Hop], moves: Mapping[TopicPartition, Move]
    ) -> Sequence[Hop] | Requested:
        """Throttle hops, as many as possible if not all can be; what is returned otherwise was not sent."""
        left = list(hops)
        while True:
            try:
                self.throttles.before(left)
            except (BrokerRefused, NotAuthorized) as fault:
                if len(left) == 1:
                    failed = moves[left[0].partition].ended(PlanStepStatus.FAILED, "", fault)
                    return Requested(failed=(failed,))
                left = left[: len(left) // 2]
            except LeaseLost:
                raise
            except StewardError as fault:
                return Requested(withheld_because=fault.summary)
            else:
                return left

    def cancel(self, moves: Sequence[Move], lag_seconds: float) -> None:
        """Cancel reassignments; one that cannot be cancelled finishes first."""
        for start in range(0, len(moves), REQUEST_PARTITIONS):
            piece = moves[start : start + REQUEST_PARTITIONS]
            changes = [CancelReassignment(partition=m.partition) for m in piece]
            for move, error in zip(piece, self.changer.perform(changes, {}), strict=True):
                if may_take_effect(error):
                    move.cancel(self.clock() + lag_seconds)
                else:
                    move.hold_reason = (
                        f"it must finish first, because it cannot be cancelled: {error}"
                    )


def _request(hop: Hop) -> ReassignPartition:
    return ReassignPartition(
        partition=hop.partition, replicas=hop.replicas, changes_factor=hop.changes_factor
    )
