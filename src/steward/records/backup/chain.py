"""The chain over a partition's objects: what is stored, in which order, and whose it is.

c(0) is a hash of format, cluster, topic id, fork and partition, so that no chain passes for another's.
c(n) = SHA-256(c(n-1), SHA-256 of object n, its first and last offset, its batches, its records), fixed width,
big endian.
"""

import hashlib
from collections.abc import Iterable
from struct import Struct

from steward.records.backup.layout import Lineage
from steward.records.backup.manifest import ObjectEntry

_FIELDS = Struct(">qqqq")
_LENGTH = Struct(">I")
_SEED = b"steward backup chain 1"


def chain_seed(lineage: Lineage, partition: int) -> str:
    """Return c(0) of a partition, in hex."""
    words = (lineage.cluster_id, lineage.topic_id, str(lineage.fork), str(partition))
    parts = (_SEED, *(word.encode() for word in words))
    return hashlib.sha256(b"".join(_LENGTH.pack(len(p)) + p for p in parts)).hexdigest()


def chained(before: str, objects: Iterable[ObjectEntry]) -> str:
    """Return the chain after some objects, in hex."""
    link = bytes.fromhex(before)
    for entry in objects:
        facts = _FIELDS.pack(entry.base, entry.last, entry.batches, entry.records)
        link = hashlib.sha256(link + bytes.fromhex(entry.sha256) + facts).digest()
    return link.hex()
