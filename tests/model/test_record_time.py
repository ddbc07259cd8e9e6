"""What a sample and the largest timestamp prove of a record's timestamp holds for logs in any order."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from steward.model.batch import NO_TIMESTAMP, BatchHeader, BatchSample
from steward.model.record_time import RecordTime, record_time
from steward.model.topic import MaxTimestamp
from support.stored_logs import HOUR, KEY, NOW, Stored, logs, newest_of, records_of, sampled


@given(logs(), st.data())
@settings(max_examples=600, deadline=None)
def test_bounds_hold_whatever_the_timestamps(log: list[Stored], data: st.DataObject) -> None:
    start, end = log[0][0].base_offset, log[-1][0].last_offset + 1
    offset = data.draw(st.integers(start, end - 1))
    sample = sampled(log, data.draw(st.integers(start, end)), data.draw(st.integers(0, 8)))
    newest = newest_of(log) if data.draw(st.booleans()) else None
    found = record_time(offset, end, now_ms=NOW, sample=sample, newest=newest)
    stamp = next((t for o, t in records_of(log) if o >= offset), None)
    if found.nothing_left:
        assert stamp is None
    if stamp is None:
        return
    assert found.until_ms is None or stamp <= found.until_ms
    assert found.from_ms is None or found.from_ms <= stamp
    age = (NOW - stamp) / 1000
    at_least, at_most = found.at_least_seconds(NOW), found.at_most_seconds(NOW)
    assert at_least is None or at_least <= max(0.0, age)
    assert at_most is None or max(0.0, age) <= at_most


@given(logs(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_first_record_of_a_whole_batch_is_known(log: list[Stored], data: st.DataObject) -> None:
    header, left = data.draw(st.sampled_from(log))
    end = log[-1][0].last_offset + 1
    found = record_time(
        header.base_offset, end, now_ms=NOW, sample=sampled(log, header.base_offset, 8)
    )
    stamp = left.get(header.base_offset)
    if stamp is None or not header.is_dense or not NO_TIMESTAMP < stamp <= NOW + 5_000:
        return
    assert found.from_ms == stamp


def test_a_batch_beyond_the_offset_proves_nothing() -> None:
    header = BatchHeader(
        base_offset=100, size_bytes=100, magic=2, codec="none", is_log_append_time=False,
        is_transactional=False, is_control=False, producer_id=-1, producer_epoch=0, base_sequence=0,
        last_offset_delta=9, record_count=10, base_timestamp_ms=NOW - HOUR, max_timestamp_ms=NOW - HOUR,
    )  # fmt: skip
    sample = BatchSample(partition=KEY, from_offset=100, bytes_read=100, batches=(header,))
    assert record_time(50, 110, now_ms=NOW, sample=sample) == RecordTime()
    whole = replace(sample, from_offset=50)
    assert record_time(50, 110, now_ms=NOW, sample=whole).at_least_seconds(NOW) == 3600
    newest = MaxTimestamp(60, NOW - 5_000)
    assert record_time(50, 110, now_ms=NOW, newest=newest).at_least_seconds(NOW) == 5
