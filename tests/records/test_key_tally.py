"""Keys counted over windows: null and empty keys, markers, aborted transactions, overlaps, masks, and true bounds."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.batch_writing import Written, batch, control
from steward.model.names import TopicPartition
from steward.model.record_key import KeySample
from steward.model.unknown import Unknown
from steward.records.committed import Aborted
from steward.records.key_tally import KeyTally, share_of

PARTITION = TopicPartition("orders", 3)


def _tally() -> KeyTally:
    return KeyTally(PARTITION, b"secret")


def _with_keys(*keys: bytes | None) -> list[Written]:
    return [(0, key, b"v", []) for key in keys]


def _sample(tally: KeyTally) -> KeySample:
    found = tally.sample()
    assert isinstance(found, KeySample), found
    return found


def test_null_is_no_key_and_empty_is_one() -> None:
    tally = _tally()
    tally.add(batch(_with_keys(None, None, b"", b"a", b"a"), base_offset=10))
    found = _sample(tally)
    assert (found.records, found.keyless, found.distinct) == (5, 2, 2)
    assert [(k.records, k.offset) for k in found.frequent] == [(2, 14), (1, 12)]
    assert (found.first_offset, found.last_offset) == (10, 14)


def test_raw_keys_do_not_come_out() -> None:
    tally = _tally()
    tally.add(batch(_with_keys(*[b"alice@example.org"] * 3)))
    assert "alice" not in repr(_sample(tally))
    other = KeyTally(PARTITION, b"another")
    other.add(batch(_with_keys(b"alice@example.org")))
    assert _sample(other).frequent[0].digest != _sample(tally).frequent[0].digest


def test_what_two_windows_share_counts_once() -> None:
    first, second = batch(_with_keys(b"a", b"b")), batch(_with_keys(b"c"), base_offset=2)
    tally = _tally()
    tally.add(first + second)
    tally.add(second)
    assert _sample(tally).records == 3
    assert tally.next_offset == 3


def test_a_batch_that_is_cut_waits_for_its_whole() -> None:
    written = batch(_with_keys(*[b"a"] * 10))
    tally = _tally()
    tally.add(written[:-5])
    assert tally.next_offset == 0
    tally.add(written)
    assert _sample(tally).records == 10


def test_markers_and_aborted_records_count_for_nothing() -> None:
    log = b"".join([
        batch(_with_keys(b"gone"), base_offset=0, producer_id=7, transactional=True),
        batch(_with_keys(b"kept"), base_offset=1, producer_id=8, transactional=True),
        control(7, 2, commit=False),
        batch(_with_keys(b"later"), base_offset=3, producer_id=7, transactional=True),
        control(8, 4, commit=True),
        control(7, 5, commit=True),
    ])  # fmt: skip
    tally = _tally()
    tally.add(log, [Aborted(7, 0)])
    found = _sample(tally)
    assert (found.records, found.distinct, found.producers) == (2, 2, 2)
    assert {k.offset for k in found.frequent} == {1, 3}


def test_only_markers_are_no_sample() -> None:
    tally = _tally()
    tally.add(control(7, 0, commit=False), [Aborted(7, 0)])
    found = tally.sample()
    assert isinstance(found, Unknown)
    assert "markers" in found.detail


def test_damage_says_why() -> None:
    written = bytearray(batch(_with_keys(b"a")))
    written[-1] ^= 1
    tally = _tally()
    tally.add(bytes(written))
    found = tally.sample()
    assert isinstance(found, Unknown)
    assert "checksum" in found.detail


_transactions = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.booleans()), min_size=1, max_size=12
)


@settings(max_examples=200)
@given(_transactions)
def test_it_counts_what_read_committed_consumers_read(
    transactions: list[tuple[int, int, bool]],
) -> None:
    log, aborted, offset, read = b"", list[Aborted](), 0, 0
    for producer, records, commits in transactions:
        if not commits:
            aborted.append(Aborted(producer, offset))
        log += batch(
            _with_keys(*[b"k"] * records), base_offset=offset, producer_id=producer, transactional=True,
        )  # fmt: skip
        log += control(producer, offset + records, commit=commits)
        offset += records + 1
        read += records if commits else 0
    tally = _tally()
    tally.add(log, aborted)
    found = tally.sample()
    assert (found.records if isinstance(found, KeySample) else 0) == read


@pytest.mark.parametrize("burst", [1, 20])
def test_bounds_hold_in_nineteen_of_twenty_runs(burst: int) -> None:
    """A key with 30 % of the records, evenly spread or in bursts, in eight windows of 400 records."""
    inside = 0
    for run in range(400):
        source = random.Random(run)
        pieces = [
            (sum(burst for _ in range(400 // burst) if source.random() < 0.3), 400)
            for _ in range(8)
        ]
        found = share_of(pieces)
        assert 0 <= found.low <= found.value <= found.high <= 1
        inside += found.low <= 0.3 <= found.high
    assert inside >= 0.94 * 400


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 60)), min_size=1, max_size=9))
def test_bounds_surround_the_share(pieces: list[tuple[int, int]]) -> None:
    found = share_of(pieces)
    assert 0 <= found.low <= found.value <= found.high <= 1
