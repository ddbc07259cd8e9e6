"""Target of an offset reset: the values of ``--to``, parsed; the offset in each partition is found elsewhere.

Source: the grammar is kcl's (`offsetparse`), which Kafka's own tool spreads over eight options.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from steward.model.error import UsageError
from steward.model.instant import Instant


@dataclass(frozen=True, slots=True)
class FromStart:
    """This many records after the log start."""

    records: int = 0


@dataclass(frozen=True, slots=True)
class BeforeEnd:
    """This many records before the log end."""

    records: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """This many records forward from the committed offset, back where negative."""

    records: int


@dataclass(frozen=True, slots=True)
class AtOffset:
    """Exactly this offset."""

    offset: int


@dataclass(frozen=True, slots=True)
class AtTime:
    """The first record with a timestamp (epoch ms) at or after this one."""

    time_ms: int


OffsetTarget = FromStart | BeforeEnd | Shift | AtOffset | AtTime

_FORMS = "start, end, start+N, end-N, +N, -N, N or @TIME"
_TIMES = "@2026-11-24, @2026-11-24T08:00:00Z, @-2h or epoch seconds, as in @1764000000"
_OTHER_NAMES: Mapping[str, str] = {
    "beginning": "start", "first": "start", "last": "end",
    "current": "+0", "now": "end",
}  # fmt: skip
_UNIT_MS: Mapping[str, int] = {
    "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
}  # fmt: skip
_KAFKA_WORDS: Mapping[str, str] = {"earliest": "start", "latest": "end"}
_PLACE = re.compile(r"(start\+|end-|start|end|\+|-|)(\d*)", re.ASCII)
_DURATION = re.compile(r"(?:\d+(?:ms|s|m|h|d|w))+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK = r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
_NO_ZONE = re.compile(_CLOCK, re.ASCII)
_RFC_3339 = re.compile(_CLOCK + r"(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_MAX_OFFSET = 2**63 - 1


def target_of(text: str, now: Instant) -> OffsetTarget:
    """Parse ``start``, ``end``, ``start+N``, ``end-N``, ``+N``, ``-N``, ``N`` or ``@TIME``.

    ``earliest`` and ``latest`` mean start and end. Relative times (``@-1h``) count back from ``now``.
    Errors: UsageError.
    """
    word = text.strip()
    if word.startswith("@"):
        time_ms = time_of(word[1:], now)
        if time_ms > now.ms:
            raise UsageError(
                f"{word!r} is in the future: no record has this timestamp",
                remedy="use --to end to start with new records",
            )
        return AtTime(time_ms)
    read = _PLACE.fullmatch(_KAFKA_WORDS.get(word, word))
    if read is None or (bool(read[2]) == (read[1] in ("start", "end"))):
        meant = _OTHER_NAMES.get(word.lower())
        raise UsageError(
            f"invalid offset {text!r}",
            remedy=f"did you mean --to {meant}?" if meant else f"use {_FORMS}",
        )
    number = _number(read[2] or "0", text)
    match read[1]:
        case "start" | "start+":
            return FromStart(number)
        case "end" | "end-":
            return BeforeEnd(number)
        case "+":
            return Shift(number)
        case "-":
            return Shift(-number)
        case _:
            return AtOffset(number)


def _number(digits: str, text: str) -> int:
    number = int(digits) if len(digits) <= 19 else _MAX_OFFSET + 1
    if number > _MAX_OFFSET:
        raise UsageError(f"{text!r} exceeds the largest offset", remedy=f"use {_FORMS}")
    return number


def time_of(text: str, now: Instant) -> int:
    """Parse a time as epoch milliseconds.

    19 digits are nanoseconds, 13 milliseconds, 9 or 10 seconds; ``YYYY-MM-DD`` is the start of that day in UTC; RFC
    3339 includes its zone; ``-1h`` or ``-1d12h`` is relative to ``now``.
    Errors: UsageError.
    """
    time_ms = _time(text.strip(), now)
    if time_ms is None:
        raise _no_time(text, now)
    if time_ms < 0:
        raise UsageError(
            f"{'@' + text!r} is before 1970; no record is that old", remedy="use --to start"
        )
    return time_ms


def _time(text: str, now: Instant) -> int | None:
    if text.isascii() and text.isdigit():
        divided = {19: (1, 1_000_000), 13: (1, 1), 10: (1_000, 1), 9: (1_000, 1)}.get(len(text))
        return int(text) * divided[0] // divided[1] if divided else None
    if text.startswith("-") and _DURATION.fullmatch(text[1:]):
        return now.ms - _duration_ms(text[1:])
    if _DATE.fullmatch(text):
        return _calendar(f"{text}T00:00:00+00:00")
    if _RFC_3339.fullmatch(text):
        return _calendar(text.upper().replace("Z", "+00:00"))
    return None


def _duration_ms(text: str) -> int:
    return sum(int(n) * _UNIT_MS[unit] for n, unit in re.findall(r"(\d+)(ms|s|m|h|d|w)", text))


def _calendar(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # for example 30 February
        return None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def _no_time(text: str, now: Instant) -> UsageError:
    if _NO_ZONE.fullmatch(text):
        return UsageError(f"{'@' + text!r} has no time zone", remedy=f"write @{text}Z for UTC")
    if text.startswith("+") and _DURATION.fullmatch(text[1:]):
        return UsageError(
            f"{'@' + text!r} is relative to the start of a range, but there is no range",
            remedy=f"for a time before now, write @-{text[1:]}",
        )
    if _is_range(text, now):
        return UsageError(
            f"{'@' + text!r} is a range of times; one time is expected", remedy=_TIMES
        )
    return UsageError(f"invalid time {'@' + text!r}", remedy=_TIMES)


def _is_range(text: str, now: Instant) -> bool:
    """Return whether a colon separates two times: RFC 3339 times contain colons too."""
    ends = (match.start() for match in re.finditer(":", text))
    return any(
        (not text[:at] or _time(text[:at], now) is not None)
        and (text[at + 1 :] in ("", "end") or _time(text[at + 1 :], now) is not None)
        for at in ends
    )
