"""JSON that steward wrote itself comes back as its type, and what is damaged is a fault of the document."""

import pytest

from steward.documents.fault import DocumentError
from steward.documents.json_text import read_typed
from steward.model.command import Command, steward


def test_values_of_any_kind_are_read_as_objects():
    found = read_typed(b'{"a.jar": [1, 2.5, "x", null, [true]]}', dict[str, list[object]], "stamps")
    assert found == {"a.jar": [1, 2.5, "x", None, [True]]}


def test_a_command_is_read_as_the_line_that_a_shell_takes():
    (found,) = read_typed(b'["steward lag billing"]', list[Command], "row")
    assert isinstance(found, Command)
    assert str(found) == str(steward("lag", "billing"))


@pytest.mark.parametrize("body", [b"[1]", b"[null]", b"[{}]", b'["an open quote \'"]', b"[", b"3"])
def test_what_is_no_command_is_damage(body: bytes):
    with pytest.raises(DocumentError, match="damaged"):
        read_typed(body, list[Command], "row")
