"""The records of one partition in one run, decoded: whether all can be read, digests, tombstones, null keys."""

from collections import Counter
from collections.abc import Iterator, Mapping
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from steward.model.unknown import Unknown
from steward.records.backup.manifest import Digest
from steward.records.batch_table import BatchTable
from steward.records.batches import stored_batches
from steward.records.record_digest import RecordDigest
from steward.records.stored_records import fields_of, records_of

MOST_SCHEMAS = 1_000
_FRAME = Struct(">bI")
_MAGIC_BYTE = 0


class RecordTally:
    """Decodes every batch; digests cover committed data records alone: no markers, nothing of aborted transactions."""

    def __init__(self) -> None:
        self._digest = RecordDigest()
        self.tombstones = 0
        """records without a value"""
        self.null_keys = 0
        self._schemas = Counter[int]()

    @property
    def schema_ids(self) -> Mapping[str, int]:
        """Records by the schema id in their value, the smallest ids first."""
        return {str(number): self._schemas[number] for number in sorted(self._schemas)}

    def _count_schema(self, value: bytes | None) -> None:
        """Count a value that begins as a schema registry's serializers write it: byte 0, then the id (u32)."""
        if value is None or len(value) < _FRAME.size or value[0] != _MAGIC_BYTE:
            return
        number = _FRAME.unpack_from(value)[1]
        if number in self._schemas or len(self._schemas) < MOST_SCHEMAS:
            self._schemas[number] += 1

    @property
    def digest(self) -> Digest:
        """The digests so far."""
        return Digest(records=self._digest.records, l1=self._digest.l1, l2=self._digest.l2)

    def add(
        self, table: BatchTable, data: memoryview, aborted: NDArray[np.bool_]
    ) -> Iterator[tuple[int, str]]:
        """Decode the batches of a table, whose bytes are ``data``; yield offset and reason where that fails."""
        is_data = ~(aborted | table.is_control)
        for batch, counts in zip(stored_batches(data), is_data.tolist(), strict=False):
            found = records_of(batch)
            if isinstance(found, Unknown):
                yield batch.header.base_offset, str(found)
            elif counts:
                self._digest.add(found)
                for record in found:
                    fields = fields_of(record.body)
                    self.tombstones += fields.value is None
                    self.null_keys += fields.key is None
                    self._count_schema(fields.value)
