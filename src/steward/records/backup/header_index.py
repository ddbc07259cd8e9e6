"""The header index beside each object of batches: what is known of them without reading them.

Position and 13 header fields of every batch, as columns; the aborted transactions that the Fetches listed; the gaps
that retention caused before the copy reached them. The last two cannot be learned from the batches alone.

Stored as npz (a zip of numpy arrays): numpy is installed anyway and reads it in one call, where Arrow would add a
dependency of 100 MB for the same columns. Columns compress to about a sixth of the 61 bytes of a header.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steward.records.backup.manifest import AbortedTransaction
from steward.records.batch_table import ROW

_ABORTED, _RETENTION = "aborted_transactions", "retention_gaps"


@dataclass(frozen=True, slots=True, eq=False)
class HeaderIndex:
    """``rows`` have the fields of `ROW`; ``retention``: first and last missing offset of each gap."""

    rows: NDArray[np.void]
    aborted: tuple[AbortedTransaction, ...] = ()
    retention: tuple[tuple[int, int], ...] = ()


def write_header_index(index: HeaderIndex) -> bytes:
    """Return the stored form; equal indexes give equal bytes."""
    out = io.BytesIO()
    columns: dict[str, Any] = {
        name: np.ascontiguousarray(index.rows[name]) for name in ROW.names or ()
    }
    columns[_ABORTED] = _pairs((a.producer_id, a.first_offset) for a in index.aborted)
    columns[_RETENTION] = _pairs(index.retention)
    np.savez_compressed(out, allow_pickle=False, **columns)
    return out.getvalue()


def read_header_index(content: bytes, batches: int | None = None) -> HeaderIndex | None:
    """Return a stored index; None where it is damaged or does not have the expected number of batches."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            found = {name: stored[name] for name in (*(ROW.names or ()), _ABORTED, _RETENTION)}
    except (OSError, ValueError, LookupError, EOFError, zipfile.BadZipFile, NotImplementedError):
        return None
    number = len(found["position"]) if found["position"].ndim else -1
    if batches is not None and number != batches:
        return None
    if any(found[n].dtype != ROW[n] or found[n].shape != (number,) for n in ROW.names or ()):
        return None
    if any(
        found[n].dtype != np.int64 or found[n].shape[1:] != (2,) for n in (_ABORTED, _RETENTION)
    ):
        return None
    rows = np.zeros(number, ROW)
    for name in ROW.names or ():
        rows[name] = found[name]
    aborted = (
        AbortedTransaction(producer_id=p, first_offset=o) for p, o in _tuples(found[_ABORTED])
    )
    return HeaderIndex(rows, tuple(aborted), _tuples(found[_RETENTION]))


def _pairs(pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(list(pairs), dtype=np.int64).reshape(-1, 2)


def _tuples(pairs: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    found: Sequence[tuple[int, int]] = pairs.tolist()
    return tuple((first, second) for first, second in found)
