"""Digests of records that do not depend on batches, compression or offsets: equal before a backup and after a restore.

L1 depends on the order of records: SHA-256 over their canonical forms, one after the other. L2 does not: the sum of
their SHA-256 modulo 2^256, so that the digests of partitions add up to that of a topic. Against forgery only a
signature helps.

The canonical form of a record, big-endian: effective timestamp in ms (i64), key, value, number of headers (i32), then
name and value of each header in stored order. Every field is its length (i32) and its bytes; null is the length -1.
"""

import hashlib
from collections.abc import Iterable
from struct import Struct

from steward.records.stored_records import NULL, StoredRecord, fields_of

_TIMESTAMP = Struct(">q")
_NUMBER = Struct(">i")
_NULL_FIELD = _NUMBER.pack(NULL)
_MODULUS_BITS = 256
_DIGEST_BYTES = _MODULUS_BITS // 8


class RecordDigest:
    """Adds up committed data records in their order."""

    def __init__(self) -> None:
        self._ordered = hashlib.sha256()
        self._sum = 0
        self.records = 0
        """how many were added"""

    def add(self, records: Iterable[StoredRecord]) -> None:
        """Add records."""
        for record in records:
            form = canonical(record)
            self._ordered.update(form)
            self._sum += int.from_bytes(hashlib.sha256(form).digest(), "big")
            self.records += 1
        self._sum %= 1 << _MODULUS_BITS

    @property
    def l1(self) -> str:
        """The digest that depends on order, in hex."""
        return self._ordered.hexdigest()

    @property
    def l2(self) -> str:
        """The digest that does not depend on order, in hex."""
        return self._sum.to_bytes(_DIGEST_BYTES, "big").hex()


def canonical(record: StoredRecord) -> bytes:
    """Return the canonical form of a record."""
    key, value, headers = fields_of(record.body)
    parts = [_TIMESTAMP.pack(record.timestamp_ms), _form(key), _form(value)]
    parts.append(_NUMBER.pack(len(headers)))
    for name, content in headers:
        parts += (_form(name), _form(content))
    return b"".join(parts)


def summed(digests: Iterable[str]) -> str:
    """Return the L2 of a topic from those of its partitions, in hex."""
    total = sum(int(digest, 16) for digest in digests) % (1 << _MODULUS_BITS)
    return total.to_bytes(_DIGEST_BYTES, "big").hex()


def _form(field: bytes | None) -> bytes:
    return _NULL_FIELD if field is None else _NUMBER.pack(len(field)) + field
