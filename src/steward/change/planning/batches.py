"""Batch a plan's steps into requests: neighbours of one kind, below the controller's limit per request."""

from collections.abc import Iterator, Sequence

from steward.model.change import ReassignPartition
from steward.model.plan import Step
from steward.model.request_size import MAX_OBJECTS, MAX_RECORDS, metadata_records


def batches(steps: Sequence[Step], first: int = 0) -> Iterator[range]:
    """Yield ranges of step indexes, counted from ``first``; each range is one request.

    Shape: consecutive steps. No object occurs twice in a request.
    """
    start, records = first, 0
    seen: set[tuple[str, str]] = set()
    for index in range(first, len(steps)):
        step = steps[index]
        cost = metadata_records(step.change)
        key = (step.object.kind, step.object.name)
        fits = (
            index > start
            and type(step.change) is type(steps[start].change)
            and key not in seen
            and records + cost <= MAX_RECORDS
            and index - start < MAX_OBJECTS
        )
        if index > start and not fits:
            yield range(start, index)
            start, records = index, 0
            seen.clear()
        records += cost
        seen.add(key)
    if start < len(steps):
        yield range(start, len(steps))


def moves_and_others(steps: Sequence[Step]) -> Iterator[tuple[bool, range]]:
    """Yield groups of neighbouring steps: moves of partitions together, of any number, all others by request.

    Shape: whether the steps are moves, and their indexes. No partition occurs twice in a group of moves.
    """
    start = 0
    while start < len(steps):
        end, seen = start, set[str]()
        while end < len(steps) and _is_move(steps[end]) and steps[end].object.name not in seen:
            seen.add(steps[end].object.name)
            end += 1
        if end > start:
            yield True, range(start, end)
        else:
            while end < len(steps) and not _is_move(steps[end]):
                end += 1
            for piece in batches(steps[:end], start):
                yield False, piece
        start = end


def _is_move(step: Step) -> bool:
    return isinstance(step.change, ReassignPartition)
