"""A warning or an error, as answers carry it."""

from dataclasses import dataclass

from steward.model.command import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A warning or an error about one object, with what to do."""

    code: str
    message: str
    object: str = ""
    remedy: Phrase = ""
