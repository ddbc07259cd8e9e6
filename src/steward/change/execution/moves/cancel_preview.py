"""What cancelling a plan would do to each of its moves: stop it and return it, let it finish, or leave it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from steward.analysis.rebalance.moves.gates import cannot_stop
from steward.analysis.rebalance.moves.state import MoveState
from steward.change.execution.moves.move import Move, move_of
from steward.change.execution.moves.observation import MoveObservation, look, min_isr_of
from steward.cluster.ports import Observer
from steward.model.change import ReassignPartition
from steward.model.names import TopicPartition
from steward.model.plan import Plan
from steward.model.topic import Partition


class CancelEffect(StrEnum):
    """What becomes of a move when its plan is cancelled."""

    RETURNS = "returns"
    """it is stopped, and goes back to the replicas that it had"""
    FINISHES = "finishes"
    """the replicas that it had could not carry the partition: it arrives first"""
    STAYS = "stays"
    """it has arrived, and is not touched"""
    NOT_STARTED = "not_started"
    OTHERS = "others"
    """others moved the partition since: it is not touched"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledMove:
    """One move of a plan, and what becomes of it; broker ids, the preferred leader first."""

    partition: TopicPartition
    now: tuple[int, ...]
    original: tuple[int, ...]
    effect: CancelEffect
    reason: str = ""


def cancelled_moves(
    plan: Plan, begun: Collection[int], observer: Observer
) -> tuple[CancelledMove, ...] | str:
    """Return what cancelling does to each move, those that are stopped first; in words why that cannot be observed.

    ``begun`` are the places of steps that were requested, in this run or an earlier one.
    Errors: those of observing.
    """
    moves = [
        move_of(place, step, begun=place in begun, now=0.0, lag_seconds=0.0)
        for place, step in enumerate(plan.steps)
        if isinstance(step.change, ReassignPartition)
    ]
    topics = frozenset(m.partition.topic for m in moves)
    seen = look(observer, topics)
    if isinstance(seen, str):
        return seen
    min_isr = min_isr_of(observer, frozenset(p.topic for p in seen.moving) & topics)
    found = [_cancelled(m, seen, min_isr) for m in moves]
    order = list(CancelEffect)
    return tuple(sorted(found, key=lambda m: (order.index(m.effect), m.partition)))


def _cancelled(move: Move, seen: MoveObservation, min_isr: Mapping[str, int]) -> CancelledMove:
    partition = seen.partitions.get(move.partition)
    effect, reason = _effect(move, partition, seen, min_isr)
    return CancelledMove(
        partition=move.partition,
        now=partition.replicas if partition else (),
        original=move.partition_move.before,
        effect=effect,
        reason=reason,
    )


def _effect(
    move: Move, partition: Partition | None, seen: MoveObservation, min_isr: Mapping[str, int]
) -> tuple[CancelEffect, str]:
    state = move.update(seen, 0.0)
    moving = seen.moving.get(move.partition)
    if partition is None:
        return CancelEffect.OTHERS, "the partition does not exist any more"
    if state is MoveState.DIVERGED:
        return CancelEffect.OTHERS, "others moved it since"
    if state is MoveState.ARRIVED:
        return CancelEffect.STAYS, "it has arrived"
    if not move.partition_move.begun and state is MoveState.READY:
        return CancelEffect.NOT_STARTED, ""
    if moving is not None:
        need = min_isr.get(move.partition.topic, 1)
        why = cannot_stop(partition, moving, seen.alive, need)
        if why:
            return CancelEffect.FINISHES, why
    return CancelEffect.RETURNS, ""
