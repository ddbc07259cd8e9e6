"""Alerts, notifications and silences as the JSON stored in rows."""

import msgspec

from steward.documents.json_writing import json_text
from steward.model.command import Command, Hint


def encode(value: object) -> str:
    """Return a value as JSON; a command is the line that a shell takes.

    Half of a surrogate pair, as in a group name that is not valid UTF-8, is written as U+FFFD.
    """
    return json_text(msgspec.to_builtins(value, enc_hook=_plain, str_keys=True))


def _plain(value: object) -> str:
    if isinstance(value, (Command, Hint)):
        return str(value)
    raise NotImplementedError(type(value))
