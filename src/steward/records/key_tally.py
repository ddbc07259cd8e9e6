"""Masked keys of one partition, counted over windows of its log, with bounds that allow for correlated neighbours."""

import hmac
from collections import Counter
from collections.abc import Sequence
from math import sqrt

from steward.model.names import TopicPartition
from steward.model.record_key import KeySample, KeyShare, Share
from steward.model.unknown import Unknown, Why
from steward.records.batches import StoredBatch, stored_batches
from steward.records.committed import Aborted, Skipped, committed_batches
from steward.records.record_heads import checked_heads

FREQUENT = 5
MOST_RECORDS = 200_000
"""Per partition: more give no new information, and cost memory and time."""
_DIGEST_CHARACTERS = 12
_NORMAL_95 = 1.96
_LEAST_WINDOWS = 4


class KeyTally:
    """Counts the keys of one partition. Raw keys stay inside: results are masked."""

    def __init__(self, partition: TopicPartition, secret: bytes) -> None:
        self._partition = partition
        self._secret = secret
        self._windows: list[list[Counter[bytes | None]]] = []
        """of each window, the keys of each batch"""
        self._offset_of: dict[bytes, int] = {}
        self._producers = set[int]()
        self._records = 0
        self._unread: dict[str, None] = {}
        self._first: int | None = None
        self._skipped = Skipped()
        self.next_offset = 0
        """where to continue reading: earlier records were counted"""
        self.bytes_read = 0

    def add(self, records: bytes | memoryview, aborted: Sequence[Aborted] = ()) -> None:
        """Count one Fetch as one window; windows have rising offsets, overlaps count once."""
        self.bytes_read += len(records)
        whole = [b for b in stored_batches(records) if b.is_whole]
        kept = committed_batches(whole, aborted, self._skipped)
        counted = [keys for batch in kept if (keys := self._keys_of(batch))]
        if counted:
            self._windows.append(counted)
        for batch in whole:
            end = batch.header.base_offset + batch.header.last_offset_delta + 1
            self.next_offset = max(self.next_offset, end)

    def _keys_of(self, batch: StoredBatch) -> Counter[bytes | None]:
        if batch.header.base_offset < self.next_offset or self._records >= MOST_RECORDS:
            return Counter()
        found = checked_heads(batch)
        if isinstance(found, Unknown):
            self._unread[str(found)] = None
            return Counter()
        if batch.header.producer_id >= 0:
            self._producers.add(batch.header.producer_id)
        self._records += len(found)
        if found and self._first is None:
            self._first = found[0].offset
        self._offset_of.update((r.key, r.offset) for r in found if r.key is not None)
        return Counter(r.key for r in found)

    def sample(self) -> KeySample | Unknown:
        """Return the counts; Unknown where no record could be read."""
        total = Counter[bytes | None]()
        for batches in self._windows:
            for keys in batches:
                total.update(keys)
        records = total.total()
        if not records or self._first is None:
            return Unknown(Why.REFUSED, self._why_nothing())
        keyless = total.pop(None, 0)
        return KeySample(
            partition=self._partition,
            first_offset=self._first,
            last_offset=max(self._first, self.next_offset - 1),
            windows=len(self._windows),
            bytes_read=self.bytes_read,
            records=records,
            keyless=keyless,
            keyless_share=self._share(None),
            distinct=len(total),
            frequent=tuple(self._frequent(k, n) for k, n in _most_common(total)),
            producers=len(self._producers),
            unread=tuple(self._unread),
        )

    def _why_nothing(self) -> str:
        if self._unread:
            return next(iter(self._unread))
        if self._skipped.control or self._skipped.aborted:
            return "the sample contains only markers and records of aborted transactions"
        return "the sample contains no records"

    def _frequent(self, key: bytes | None, records: int) -> KeyShare:
        return KeyShare(
            digest=_masked(key or b"", self._secret),
            share=self._share(key),
            records=records,
            offset=self._offset_of[key or b""],
        )

    def _share(self, key: bytes | None) -> Share:
        """Estimate by windows, since neighbours are correlated; by batches where there are too few windows."""
        batches = [[(keys[key], keys.total()) for keys in window] for window in self._windows]
        if len(batches) < _LEAST_WINDOWS:
            return share_of([counts for window in batches for counts in window])
        return share_of([_summed(window) for window in batches])


def _summed(counts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(hits for hits, _ in counts), sum(records for _, records in counts)


def _most_common(total: Counter[bytes | None]) -> list[tuple[bytes | None, int]]:
    return sorted(total.items(), key=lambda item: (-item[1], item[0] or b""))[:FREQUENT]


def _masked(key: bytes, secret: bytes) -> str:
    return hmac.digest(secret, key, "sha256").hex()[:_DIGEST_CHARACTERS]


def share_of(pieces: Sequence[tuple[int, int]]) -> Share:
    """Return the share of a key with its 95% interval, from its records and all records of each piece of the log.

    Source: ratio estimator over pieces, since records of a batch are correlated; Wilson's interval with the effective
            number of independent records.
    """
    hits, records = _summed(pieces)
    share = hits / records
    count = len(pieces)
    if count < 2:
        return _wilson(share, float(count), _NORMAL_95)
    mean = records / count
    squares = sum((h - share * n) ** 2 for h, n in pieces)
    variance = squares / (count * (count - 1) * mean * mean)
    binomial = share * (1 - share)
    telling = min(records, binomial / variance) if variance > 0 else float(records)
    return _wilson(share, telling, _student_95(count - 1))


def _student_95(freedom: int) -> float:
    """Return Student's quantile for 95% (Cornish-Fisher, two terms; within 1% from four degrees of freedom on)."""
    z = _NORMAL_95
    first = (z**3 + z) / (4 * freedom)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom * freedom)
    return z + first + second


def _wilson(share: float, records: float, z: float) -> Share:
    spread = z * z / records
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / records + spread / (4 * records))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Share(value=share, low=min(low, share), high=max(high, share))
