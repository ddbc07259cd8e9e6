"""Where a position is meant to go: the words of ``--to``, read; what they come to in one partition is told elsewhere.

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
    """So many records after the log's start."""

    records: int = 0


@dataclass(frozen=True, slots=True)
class BeforeEnd:
    """So many records before the log's end."""

    records: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """So many records on from the committed offset, back where negative."""

    records: int


@dataclass(frozen=True, slots=True)
class AtOffset:
    """Exactly this offset."""

    offset: int


@dataclass(frozen=True, slots=True)
class AtTime:
    """The first record that is stamped at this time, epoch ms, or after it."""

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
    """Read where to go: ``start``, ``end``, ``start+N``, ``end-N``, ``+N``, ``-N``, ``N`` or ``@TIME``.

    Shape:  Kafka's words ``earliest`` and ``latest`` are start and end.
            Times given as a distance (``@-1h``) count from ``now``.
    Errors: UsageError.
    """
    word = text.strip()
    if word.startswith("@"):
        time_ms = time_of(word[1:], now)
        if time_ms > now.ms:
            raise UsageError(
                f"{word!r} lies in the future: no record is there",
                remedy="use --to end for what comes from now on",
            )
        return AtTime(time_ms)
    read = _PLACE.fullmatch(_KAFKA_WORDS.get(word, word))
    if read is None or (bool(read[2]) == (read[1] in ("start", "end"))):
        meant = _OTHER_NAMES.get(word.lower())
        raise UsageError(
            f"{text!r} says no place in a log",
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
        raise UsageError(f"{text!r} is more than an offset can be", remedy=f"use {_FORMS}")
    return number


def time_of(text: str, now: Instant) -> int:
    """Read a time as epoch milliseconds.

    Shape:  19 digits are nanoseconds, 13 milliseconds, 9 or 10 seconds; ``YYYY-MM-DD`` is the day's begin in UTC; RFC
            3339 has its zone; ``-1h`` or ``-1d12h`` is before ``now``.
    Errors: UsageError.
    """
    time_ms = _time(text.strip(), now)
    if time_ms is None:
        raise _no_time(text, now)
    if time_ms < 0:
        raise UsageError(
            f"{'@' + text!r} is before 1970, and records are not", remedy="use --to start"
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
    except ValueError:  # such as a 30th of February
        return None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def _no_time(text: str, now: Instant) -> UsageError:
    if _NO_ZONE.fullmatch(text):
        return UsageError(f"{'@' + text!r} has no time zone", remedy=f"write @{text}Z for UTC")
    if text.startswith("+") and _DURATION.fullmatch(text[1:]):
        return UsageError(
            f"{'@' + text!r} counts from the begin of a range, and there is none",
            remedy=f"for a time before now, write @-{text[1:]}",
        )
    if _is_range(text, now):
        return UsageError(
            f"{'@' + text!r} is a range of times, and a position is one", remedy=_TIMES
        )
    return UsageError(f"{'@' + text!r} is no time", remedy=_TIMES)


def _is_range(text: str, now: Instant) -> bool:
    """Tell whether a colon parts two times: RFC 3339 holds colons of its own."""
    ends = (match.start() for match in re.finditer(":", text))
    return any(
        (not text[:at] or _time(text[:at], now) is not None)
        and (text[at + 1 :] in ("", "end") or _time(text[at + 1 :], now) is not None)
        for at in ends
    )
