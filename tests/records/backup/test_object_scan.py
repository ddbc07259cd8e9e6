"""Batches of a partition give the same facts in whatever pieces they come; every damage is seen."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from struct import pack_into

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steward.records.backup.batch_facts import BatchFacts
from steward.records.backup.header_index import read_header_index, write_header_index
from steward.records.backup.manifest import AbortedTransaction, GapClass, ObjectEntry
from steward.records.backup.object_scan import ObjectScan
from steward.records.backup.problems import Problem, ProblemKind
from support.partition_logs import PartitionLog, last_offset, partition_logs

KEY = "p00000/00000000000000000000.log"


def _facts(log: PartitionLog) -> BatchFacts:
    return BatchFacts(log.start, compacted=True, is_first=True)


def _scan(
    data: bytes,
    facts: BatchFacts,
    cuts: list[int],
    aborted: Sequence[AbortedTransaction] = (),
    retention: Sequence[tuple[int, int]] = (),
) -> tuple[ObjectScan, list[Problem], ObjectEntry, bytes]:
    scan, problems = ObjectScan(KEY, facts), list[Problem]()
    scan.expect(aborted, retention)
    places = sorted({0, *(c % (len(data) + 1) for c in cuts), len(data)})
    for start, end in pairwise(places):
        problems += scan.feed(data[start:end]).problems
    problems += scan.end()
    return scan, problems, *scan.finish(KEY)


def _summary(facts: BatchFacts) -> tuple[object, ...]:
    return (
        facts.counts, facts.timestamps, facts.codecs, facts.magics, facts.leader_epochs,
        facts.gaps.listed, facts.gaps.counts, facts.next_offset, facts.base,
    )  # fmt: skip


@given(partition_logs(), st.lists(st.integers(0, 1 << 20), max_size=8))
def test_any_pieces_give_the_same_table_and_facts(log: PartitionLog, cuts: list[int]) -> None:
    whole, split = _facts(log), _facts(log)
    one, problems, entry, index = _scan(log.data, whole, [], log.aborted)
    two, others, again, index_again = _scan(log.data, split, cuts, log.aborted)
    assert problems == others == []
    assert (entry, index) == (again, index_again)
    assert np.array_equal(one.rows, two.rows)
    assert _summary(whole) == _summary(split)


@given(partition_logs())
def test_counts_are_those_of_the_batches(log: PartitionLog) -> None:
    facts = _facts(log)
    _, _, entry, _ = _scan(log.data, facts, [], log.aborted)
    counts = facts.counts
    assert counts.batches == entry.batches == len(log.batches)
    assert counts.bytes == entry.size == len(log.data)
    assert counts.records == counts.data + counts.control + counts.aborted == entry.records
    missing = sum(facts.gaps.counts.values())
    assert entry.last + 1 - log.start == counts.records + missing
    assert facts.next_offset == log.end == last_offset(log.batches[-1]) + 1


@given(partition_logs(), st.data())
def test_every_flipped_bit_is_seen_without_the_hash(log: PartitionLog, data: st.DataObject) -> None:
    rows = _scan(log.data, _facts(log), [])[0].rows
    damaged = bytearray(log.data)
    at = data.draw(st.integers(0, len(damaged) - 1))
    damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    scan, problems, _, _ = _scan(bytes(damaged), _facts(log), [])
    assert problems or not np.array_equal(
        scan.rows, rows
    )  # the hash of the object is not even needed


def test_aborted_and_control_records_are_counted_apart() -> None:
    log = PartitionLog()
    log.write([(1, b"k", b"v", [])] * 3)
    log.transaction(7, [(2, b"k", b"gone", [])] * 4, commit=False)
    log.transaction(7, [(3, b"k", b"kept", [])] * 2, commit=True)
    facts = _facts(log)
    _scan(log.data, facts, [], log.aborted)
    counts = facts.counts
    assert (counts.data, counts.control, counts.aborted, counts.producer_ids) == (5, 2, 4, 1)


def test_gaps_are_classified() -> None:
    log = PartitionLog()
    log.write([(1, b"k", b"v", [])])
    log.skip(3)
    log.transaction(7, [(2, b"k", b"v", [])], commit=True)
    log.batches.pop()  # the marker
    log.write([(1, b"k", b"v", [])])
    found = {}
    for compacted in (True, False):
        facts = BatchFacts(0, compacted=compacted)
        _scan(log.data, facts, [], retention=[(1, 3)])
        found[compacted] = [(g.first, g.last, g.kind) for g in facts.gaps.listed]
    assert found[True] == [
        (1, 3, GapClass.RETENTION_BEFORE_REACH),
        (5, 5, GapClass.TXN_MARKER_REMOVED),
    ]
    assert found[False][1] == (5, 5, GapClass.UNKNOWN)


def test_a_first_batch_may_begin_below_the_offset_asked_for() -> None:
    log = PartitionLog()
    log.write([(1, b"k", b"v", [])] * 10)
    facts = BatchFacts(4, compacted=False, is_first=True)
    _, problems, _, _ = _scan(log.data, facts, [], log.aborted)
    assert problems == []
    assert (facts.base, facts.next_offset) == (0, 10)
    later = BatchFacts(4, compacted=False)
    assert [p.kind for p in _scan(log.data, later, [])[1]] == [ProblemKind.BATCH_ORDER]


def test_a_batch_twice_or_swapped_is_out_of_order() -> None:
    log = PartitionLog()
    for _ in range(3):
        log.write([(1, b"k", b"v", [])] * 2)
    one, two, three = log.batches
    for data in (one + one + two + three, two + one + three):
        problems = _scan(data, BatchFacts(0, compacted=True), [])[1]
        assert ProblemKind.BATCH_ORDER in {p.kind for p in problems}


def test_a_torn_object_does_not_end_with_a_batch() -> None:
    log = PartitionLog()
    log.write([(1, b"k", b"v", [])] * 2)
    problems = _scan(log.data[:-1], _facts(log), [])[1]
    assert [(p.kind, p.offset) for p in problems] == [(ProblemKind.BATCH_LENGTH, 0)]
    assert _scan(b"", _facts(log), [])[1][0].found == "no batch"


def test_a_length_that_claims_too_much_is_damage_at_once() -> None:
    log = PartitionLog()
    log.write([(1, b"k", b"v", [])])
    data = bytearray(log.data)
    pack_into(">i", data, 8, 0)
    scan = ObjectScan(KEY, _facts(log))
    scan.feed(bytes(data))
    assert scan.has_damaged_length


@given(partition_logs())
def test_the_header_index_is_read_as_written(log: PartitionLog) -> None:
    scan, _, entry, index = _scan(log.data, _facts(log), [], log.aborted, [(3, 4)])
    found = read_header_index(index, entry.batches)
    assert found is not None
    assert np.array_equal(found.rows, scan.rows)
    assert (found.aborted, found.retention) == (tuple(log.aborted), ((3, 4),))
    assert write_header_index(found) == index
    assert read_header_index(index, entry.batches + 1) is None


@given(st.binary(max_size=300))
def test_no_bytes_confuse_the_reader_of_an_index(content: bytes) -> None:
    assert read_header_index(content, 1) is None


def test_an_entry_names_all_that_the_chain_covers() -> None:
    log = PartitionLog()
    log.write([(1, b"k", b"v", [])] * 2)
    entry = _scan(log.data, _facts(log), [])[2]
    assert replace(entry, key="") != entry
    assert (entry.base, entry.last, entry.records, entry.batches) == (0, 1, 2, 1)
