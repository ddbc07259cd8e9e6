"""A scan in pieces of any size finds what a scan at once finds, damaged or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.records.log import segment
from steward.records.log.segment import SegmentScan, scan_segment
from support.log_directories import partition


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = partition(tmp_path_factory.mktemp("log"), segments=1)
    return min(path.glob("*.log")).read_bytes()


def _scan(data: bytes, piece: int) -> SegmentScan:
    view = memoryview(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "PIECE_BYTES", piece)
        return scan_segment("a.log", 0, len(data), lambda at, count: view[at : at + count])


@given(data=st.data())
def test_pieces(log: bytes, data: st.DataObject) -> None:
    piece = data.draw(st.integers(64, len(log) + 10))
    changed = bytearray(log)
    for at in data.draw(st.lists(st.integers(0, len(log) - 1), max_size=2)):
        changed[at] ^= 1 << data.draw(st.integers(0, 7))
    tail = data.draw(st.sampled_from([b"", bytes(300), b"\0\1\2" * 40]))
    cut = data.draw(st.integers(0, len(log)))
    stored = bytes(changed[:cut]) + tail
    whole, pieces = _scan(stored, 1 << 20), _scan(stored, piece)
    assert pieces.rows.tolist() == whole.rows.tolist()
    assert pieces.intact.tolist() == whole.intact.tolist()
    assert pieces.markers == whole.markers
    assert pieces.breaks == whole.breaks


def test_a_file_that_shrinks_while_it_is_read_ends_the_scan(log: bytes) -> None:
    view = memoryview(log)[: len(log) // 2]
    scan = scan_segment("a.log", 0, len(log), lambda at, count: view[at : at + count])
    assert len(scan.rows) > 0
    assert scan.intact.all()
