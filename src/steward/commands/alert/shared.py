"""Rows of silences, shared by the alert commands."""

from dataclasses import dataclass
from typing import Annotated

from steward.analysis.alerting.silence import Silence
from steward.model.doc import Doc
from steward.model.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRow:
    """One silence."""

    id: str
    matchers: Annotated[tuple[str, ...], Doc("conditions, all of which must match")]
    starts: Instant
    ends: Instant
    author: str
    reason: str


def silence_row(silence: Silence) -> SilenceRow:
    """Return a silence as a row."""
    return SilenceRow(
        id=silence.id,
        matchers=tuple(str(m) for m in silence.matchers),
        starts=Instant(silence.starts_ms),
        ends=Instant(silence.ends_ms),
        author=silence.author,
        reason=silence.reason,
    )
