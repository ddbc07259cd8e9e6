"""Which moves may be stopped: those whose old replicas could carry the partition; the others had better arrive."""

from collections.abc import Callable, Mapping, Sequence

from steward.analysis.rebalance.moves.gates import cannot_stop
from steward.analysis.rebalance.moves.state import MoveState
from steward.change.execution.moves.move import Move
from steward.change.execution.moves.observation import MoveObservation

Least = Callable[[frozenset[str]], Mapping[str, int]]
"""From topics to their min.insync.replicas."""


def cancellable_moves(moves: Sequence[Move], sight: MoveObservation, min_isr: Least) -> list[Move]:
    """Return the moves to be stopped now: each of our own way out, and none that already goes back.

    Shape: of one that may not be, ``held`` says why.
    """
    found: list[Move] = []
    for move in moves:
        moving, partition = sight.moving.get(move.partition), sight.partitions.get(move.partition)
        if move.standing is not MoveState.MOVING or moving is None or partition is None:
            continue
        if move.goes_back and move.journey.hop is not None:
            continue
        need = min_isr(frozenset({move.partition.topic})).get(move.partition.topic, 1)
        why = cannot_stop(partition, moving, sight.alive, need)
        if why:
            move.held = f"it arrives first: {why}"
        else:
            found.append(move)
    return found
