"""Control records, and records of the metadata log by Kafka's names, with secrets hidden."""

import struct

import pytest
from batch_writing import control
from hypothesis import given
from hypothesis import strategies as st

from steward.model.redaction import HIDDEN
from steward.records.compact_fields import fields_of
from steward.records.control_records import control_record
from steward.records.kraft_records import KraftRecord, control_value, kraft_record


@pytest.mark.parametrize(("commit", "label"), [(True, "COMMIT"), (False, "ABORT")])
def test_markers(commit: bool, label: str) -> None:
    found = control_record(memoryview(control(7, 60, commit=commit))[61:])
    assert found is not None
    assert (found.label, found.coordinator_epoch, found.is_abort) == (label, 0, not commit)


@given(st.binary(max_size=40))
def test_any_payload_of_a_control_batch_ends(data: bytes) -> None:
    found = control_record(memoryview(data))
    assert found is None or found.label


def _text(text: str) -> bytes:
    return bytes([len(text) + 1]) + text.encode()


def test_a_metadata_record_has_kafkas_names() -> None:
    value = b"\x01\x02\x00" + _text("orders") + bytes(15) + b"\x01" + b"\x00"
    found = kraft_record(value)
    assert isinstance(found, KraftRecord)
    assert (found.type, found.version) == ("TOPIC_RECORD", 0)
    assert found.data == {"name": "orders", "topicId": "AAAAAAAAAAAAAAAAAAAAAQ"}


def test_tagged_fields_are_read_and_unknown_ones_kept() -> None:
    head = struct.pack(">i", 3) + bytes(16)
    isr = b"\x00\x09\x03" + struct.pack(">ii", 1, 2)
    found = kraft_record(b"\x01\x05\x00" + head + b"\x02" + isr + b"\x63\x01\xff")
    assert isinstance(found, KraftRecord)
    assert found.data["isr"] == [1, 2]
    assert found.data["tag99"] == "ff"


def test_secrets_of_the_metadata_log_stay_hidden() -> None:
    salt = b"\x04abc"
    scram = b"\x01\x0b\x00" + _text("alice") + b"\x01" + salt * 3 + struct.pack(">i", 4096) + b"\0"
    found = kraft_record(scram)
    assert isinstance(found, KraftRecord)
    assert [found.data[k] for k in ("salt", "storedKey", "serverKey")] == [HIDDEN] * 3
    config = b"\x01\x04\x00\x04" + _text("1") + _text("ssl.keystore.password") + _text("pw") + b"\0"
    found = kraft_record(config)
    assert isinstance(found, KraftRecord)
    assert found.data["value"] == HIDDEN


@given(st.binary(max_size=60))
def test_any_value_is_decoded_or_refused(data: bytes) -> None:
    assert kraft_record(data)
    for kind in range(8):
        control_value(kind, data)


def test_a_newer_type_of_record_is_named_as_such() -> None:
    found = kraft_record(b"\x01\x7e\x00\x00")
    assert found == "the type of record 126 is unknown: a newer version of Kafka wrote it"


@pytest.mark.parametrize("text", ["a", "a:(b:int8", "a:int8)"])
def test_a_malformed_description_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"malformed|closed"):
        fields_of(text)
