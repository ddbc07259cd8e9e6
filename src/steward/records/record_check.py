"""Check that the records of a batch can be decoded, faster than decoding them.

Every length inside every record has to lead to the end of the record, and offsets have to rise; nothing is copied.
"""

from steward.model.unknown import Unknown
from steward.records.batches import CURRENT_MAGIC, StoredBatch
from steward.records.compression import PayloadError, expand
from steward.records.record_heads import signed_varint
from steward.records.stored_records import records_of


def record_fault(batch: StoredBatch) -> str:
    """Return why the records of a whole batch cannot be decoded, or nothing. The checksum is not looked at."""
    header = batch.header
    if header.magic < CURRENT_MAGIC:
        found = records_of(batch)
        return str(found) if isinstance(found, Unknown) else ""
    return payload_fault(header.codec, batch.payload, header.record_count, header.last_offset_delta)


def payload_fault(codec: str, payload: memoryview, count: int, last_delta: int) -> str:
    """Return why the payload of a batch of magic 2 is not ``count`` records, or nothing."""
    if not count and not payload:
        return ""
    try:
        return _fault(expand(codec, bytes(payload)), count, last_delta)
    except PayloadError as fault:
        return f"{codec} data cannot be expanded: {fault}"
    except (IndexError, ValueError):
        return "a record is longer than the batch"


def _fault(content: bytes, count: int, last_delta: int) -> str:
    """Walk the records. A varint of one byte, which most are, is read in place."""
    at, last = 0, -1
    view = memoryview(content)
    for _ in range(count):
        size, at = signed_varint(view, at) if content[at] > 0x7F else (content[at] >> 1, at + 1)
        end = at + size
        at += 1
        while content[at] > 0x7F:  # the timestamp's difference has no bounds
            at += 1
        at += 1
        byte = content[at]
        delta, at = signed_varint(view, at) if byte > 0x7F or byte & 1 else (byte >> 1, at + 1)
        if not last < delta <= last_delta:
            return "offsets do not rise inside the batch"
        last = delta
        for _ in range(2):
            byte = content[at]
            length, at = signed_varint(view, at) if byte > 0x7F or byte & 1 else (byte >> 1, at + 1)
            at += max(0, length)
        headers, at = signed_varint(view, at) if content[at] else (0, at + 1)
        if headers:
            at = _after_headers(view, at, headers)
        if at != end:
            return "the fields of a record do not fill it"
    return "" if at == len(content) else "bytes follow the last record"


def _after_headers(view: memoryview, at: int, count: int) -> int:
    if count < 0:
        raise ValueError
    for _ in range(2 * count):
        length, at = signed_varint(view, at)
        at += max(0, length)
    return at
