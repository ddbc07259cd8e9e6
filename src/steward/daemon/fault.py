"""Why a look failed, as the daemon tells it."""

from dataclasses import dataclass

from steward.model.command import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why the last look failed: a code, what and where, what to do."""

    code: str
    summary: str
    remedy: Phrase
