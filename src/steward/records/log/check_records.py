"""Judge whether the records of a segment's intact batches can be decoded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.records.batch_table import BatchTable
from steward.records.batches import CODEC_BITS, CODECS, CURRENT_MAGIC, HEADER, stored_batches
from steward.records.log.problem import LogProblem, ProblemKind
from steward.records.record_check import payload_fault, record_fault


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
        names = ("position", "magic", "attributes", "record_count", "last_offset_delta")
        columns = zip(*(rows[name].tolist() for name in names), table.sizes.tolist(), strict=True)
        is_intact = intact.tolist()
        for i, (start, magic, attributes, count, last_delta, size) in enumerate(columns):
            codec = CODECS.get(attributes & CODEC_BITS)
            if codec is None or not is_intact[i]:
                continue  # reported already
            if magic >= CURRENT_MAGIC:
                payload = piece[start + HEADER.size : start + size]
                detail = payload_fault(codec, payload, count, last_delta)
            else:
                detail = record_fault(next(stored_batches(piece[start : start + size])))
            if detail:
                self.found.append(
                    LogProblem(
                        file=self.name,
                        position=at + start,
                        offset=int(rows["base_offset"][i]),
                        kind=ProblemKind.BATCH_UNREADABLE,
                        detail=detail,
                    )
                )
        return True
