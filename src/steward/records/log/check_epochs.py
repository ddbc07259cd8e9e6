"""Judge the leader-epoch checkpoint of a partition against the leader epochs in its batches."""

from collections.abc import Iterator

import numpy as np

from steward.records.batches import CURRENT_MAGIC
from steward.records.log.checkpoints import LeaderEpoch, Malformed
from steward.records.log.file_names import FileKind
from steward.records.log.problem import Found, LogProblem, ProblemKind
from steward.records.log.segment import SegmentScan

_MOST = 20
"""Batches reported of one segment: one wrong entry concerns all batches of its epoch."""


def malformed(name: str, fault: Malformed, kind: ProblemKind) -> LogProblem:
    """Return the problem of a text file that cannot be read."""
    detail = f"line {fault.line}: {fault.reason}"
    return LogProblem(file=name, position=None, offset=None, kind=kind, detail=detail)


def check_leader_epochs(epochs: tuple[LeaderEpoch, ...], scan: SegmentScan) -> Iterator[Found]:
    """Yield the first batch of each run whose epoch the checkpoint does not give for its offset.

    Batches before the first entry may have been deleted from the log already, and are not judged.
    """
    name = str(FileKind.LEADER_EPOCHS)
    rows = scan.rows[scan.rows["magic"] >= CURRENT_MAGIC]
    if not len(rows):
        return
    if not epochs:
        if (rows["leader_epoch"] >= 0).any():
            first = int(rows["base_offset"][0])
            detail = f"it has no entry; batches from {first} on have leader epochs"
            yield _disagrees(name, first, detail)
        return
    starts = np.array([e.start_offset for e in epochs])
    numbers = np.array([e.epoch for e in epochs])
    at = np.searchsorted(starts, rows["base_offset"], side="right") - 1
    expected = np.where(at >= 0, numbers[np.maximum(at, 0)], rows["leader_epoch"])
    wrong = rows["leader_epoch"] != expected
    changes = wrong & np.concatenate(([True], (expected[1:] != expected[:-1]) | ~wrong[:-1]))
    for i in np.flatnonzero(changes)[:_MOST].tolist():
        offset = int(rows["base_offset"][i])
        detail = f"it gives epoch {expected[i]} for offset {offset}, the batch has {rows['leader_epoch'][i]}"
        yield _disagrees(name, offset, detail)


def _disagrees(name: str, offset: int, detail: str) -> LogProblem:
    return LogProblem(
        file=name,
        position=None,
        offset=offset,
        kind=ProblemKind.LEADER_EPOCHS_DISAGREE,
        detail=detail,
    )
