"""Looks survive being kept; what is damaged is no look."""

import json
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.diagnosis.decide import diagnose
from steward.analysis.diagnosis.sample_codec import pack, unpack
from steward.model.topic import PartitionOffsets
from support.case_text import case_of

GIVEN: dict[str, Any] = {
    "group": {"type": "consumer", "epochs": [1, 2], "assignor": "uniform"},
    "members": {"m1": {"instance": "i1", "epoch": 2, "regex": "ord.*"}, "m2": {"host": "h"}},
    "partitions": {
        "orders-0..3": {"spread": ["m1", "m2"], "arrivals": 20, "consumed": 10, "rhythm": 2, "unread": 900, "age": 90},
        "pay-0": {"owner": "m1", "leader": -1},
    },
}  # fmt: skip


def test_a_look_comes_back() -> None:
    for look in case_of(GIVEN).group_samples:
        back = unpack(pack(look))
        assert back is not None
        assert back.at == look.at
        assert back.committed == look.committed
        assert back.topic_ids == look.topic_ids
        assert back.leaders == look.leaders
        known = {p: o for p, o in look.offsets.items() if isinstance(o, PartitionOffsets)}
        assert back.offsets == known
        assert back.state == look.state
        assert [(m.id, m.instance_id, m.assignment, m.epoch if isinstance(m.epoch, int) else None)
                for m in back.members] == [
            (m.id, m.instance_id, m.assignment, m.epoch if isinstance(m.epoch, int) else None)
            for m in look.members
        ]  # fmt: skip


def test_a_diagnosis_of_kept_looks_is_the_same() -> None:
    given = {**GIVEN, "partitions": {"orders-0..3": GIVEN["partitions"]["orders-0..3"]}}
    case = case_of(given)
    kept = tuple(look for look in (unpack(pack(k)) for k in case.group_samples) if look is not None)
    assert len(kept) == len(case.group_samples)
    assert diagnose(replace(case, group_samples=kept)).verdict == diagnose(case).verdict


@pytest.mark.parametrize("body", [b"", b"x", pack(case_of(GIVEN).group_samples[0])[:-9]])
def test_what_is_damaged_is_no_look(body: bytes) -> None:
    assert unpack(body) is None


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_survived(body: bytes) -> None:
    unpack(body)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON)
def test_any_json_is_survived(found: Any) -> None:
    body = {
        "v": 1,
        "at": 0,
        "group": found,
        "committed": found,
        "offsets": {},
        "ids": {},
        "leaders": {},
    }
    unpack(zlib.compress(json.dumps(body).encode()))


def test_a_look_at_another_group_is_no_look_at_this() -> None:
    look = next(k for k in case_of(GIVEN).group_samples if k.group is not None)
    assert look.group is not None
    assert unpack(pack(look), look.group.id) is not None
    assert unpack(pack(look), "another") is None
