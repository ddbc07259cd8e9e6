"""Remedies as a plan keeps them: read back, their commands name the cluster; mere texts read as before."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.documents.json_writing import canonical_json
from steward.documents.plan import DAMAGED, decode, encode
from steward.model.addressing import addressed
from steward.model.command import ClusterTarget, Hint, kafka, steward
from steward.model.finding import ObjectRef
from steward.model.plan import Impossible

TARGET = ClusterTarget(bootstrap="b1:9092", cluster="prod", command_config="client.properties")


@given(st.text(), st.text())
def test_commands_are_completed_after_they_were_kept(name: str, said: str) -> None:
    remedy = Hint(
        said, steward("topic describe", name), said, kafka("topics", "--describe", topic=name)
    )
    one = Impossible(object=ObjectRef("topic", "t"), reason="r", remedy=remedy)
    kept = json.loads(json.dumps(encode(one)))
    read = decode(Impossible, kept)
    assert addressed(read, TARGET).remedy == remedy.at(TARGET)
    assert "--cluster prod" in addressed(read, TARGET).remedy
    assert encode(read) == kept


def test_a_text_of_before_is_taken_as_it_is_and_damage_is_damage() -> None:
    plain = encode(Impossible(object=ObjectRef("topic", "t"), reason="r", remedy="make it anew"))
    assert decode(Impossible, plain).remedy == "make it anew"
    for wrong in ([5], [{"args": "x"}], [{"args": [1], "reach": "steward", "old_option": "x"}], 7):
        with pytest.raises(DAMAGED):
            decode(Impossible, {**plain, "remedy": wrong})


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters())))
def test_a_hash_is_made_of_the_same_bytes_before_and_after_keeping(value: dict[str, str]) -> None:
    written = canonical_json(value)
    assert canonical_json(json.loads(written)) == written
