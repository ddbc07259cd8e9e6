"""Moves that may be cancelled: those whose original replicas can serve the partition; others must finish first."""

from collections.abc import Callable, Mapping, Sequence

from steward.analysis.rebalance.moves.gates import cannot_stop
from steward.analysis.rebalance.moves.state import MoveState
from steward.change.execution.moves.move import Move
from steward.change.execution.moves.observation import MoveObservation

Least = Callable[[frozenset[str]], Mapping[str, int]]
"""From topics to their min.insync.replicas."""


def cancellable_moves(
    moves: Sequence[Move], observation: MoveObservation, min_isr: Least
) -> list[Move]:
    """Return the moves to cancel now: those started by this plan that are not being reverted already.

    For a move that cannot be cancelled, ``hold_reason`` states why.
    """
    found: list[Move] = []
    for move in moves:
        moving, partition = (
            observation.moving.get(move.partition),
            observation.partitions.get(move.partition),
        )
        if move.state is not MoveState.MOVING or moving is None or partition is None:
            continue
        if move.goes_back and move.partition_move.hop is not None:
            continue
        need = min_isr(frozenset({move.partition.topic})).get(move.partition.topic, 1)
        why = cannot_stop(partition, moving, observation.alive, need)
        if why:
            move.hold_reason = f"must finish first: {why}"
        else:
            found.append(move)
    return found
