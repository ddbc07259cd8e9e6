"""Judge whether the records of a segment's intact batches can be decoded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.records.batch_table import BatchTable
from steward.records.batches import stored_batches
from steward.records.log.problem import LogProblem, ProblemKind
from steward.records.record_check import record_fault


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """Looks into each piece of a segment, and adds what it finds to ``found``, by position."""

    name: str
    found: list[LogProblem]

    def __call__(
        self, at: int, piece: memoryview, table: BatchTable, intact: NDArray[np.bool_]
    ) -> bool:
        """Check the batches of a piece whose checksums are right."""
        rows = table.rows
        starts, sizes = rows["position"].tolist(), table.sizes.tolist()
        for i in np.flatnonzero(intact).tolist():
            batch = next(stored_batches(piece[starts[i] : starts[i] + sizes[i]]), None)
            detail = record_fault(batch) if batch is not None else "the header is incomplete"
            if detail:
                self.found.append(
                    LogProblem(
                        file=self.name,
                        position=at + starts[i],
                        offset=int(rows["base_offset"][i]),
                        kind=ProblemKind.BATCH_UNREADABLE,
                        detail=detail,
                    )
                )
        return True
