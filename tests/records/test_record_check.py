"""Checking records finds a fault exactly where decoding them fails."""

import pytest
from batch_writing import CODECS, batch, with_payload
from hypothesis import given
from hypothesis import strategies as st

from steward.model.unknown import Unknown
from steward.records.batches import HEADER, stored_batches
from steward.records.record_check import record_fault
from steward.records.stored_records import fields_of, records_of

RECORDS = st.lists(
    st.tuples(
        st.integers(0, 2**41),
        st.none() | st.binary(max_size=200),
        st.none() | st.binary(max_size=200),
        st.lists(st.tuples(st.text(max_size=3), st.binary(max_size=3)), max_size=2),
    ),
    min_size=1,
    max_size=8,
)


def _decodes(data: bytes) -> bool:
    found = records_of(next(stored_batches(data)))
    if isinstance(found, Unknown):
        return False
    try:
        for record in found:
            fields_of(record.body)
    except (IndexError, ValueError):
        return False
    return True


@pytest.mark.parametrize("codec", CODECS)
@given(records=RECORDS)
def test_what_is_written_can_be_decoded(codec: str, records: list) -> None:
    data = batch(records, codec=codec)
    assert record_fault(next(stored_batches(data))) == ""
    assert _decodes(data)


@given(records=RECORDS, data=st.data())
def test_a_changed_payload_is_a_fault_exactly_where_it_cannot_be_decoded(
    records: list, data: st.DataObject
) -> None:
    written = batch(records)
    payload = bytearray(written[HEADER.size :])
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([0, 0, 1, 5]))
    changed = with_payload(written, bytes(payload[: len(payload) - cut]), 0)
    fault = record_fault(next(stored_batches(changed)))
    assert bool(fault) != _decodes(changed), fault
