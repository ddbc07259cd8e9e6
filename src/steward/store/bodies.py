"""Alerts and notifications as the JSON that rows hold."""

import msgspec

from steward.model.command import Command, Hint


def encode(value: object) -> str:
    """Return a value as JSON; a command is the line that a shell takes."""
    return msgspec.json.encode(value, enc_hook=_plain).decode()


def _plain(value: object) -> str:
    if isinstance(value, (Command, Hint)):
        return str(value)
    raise NotImplementedError(type(value))
