"""What a configuration key may hold: its type, its bounds, and the meaning of a value's text."""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from math import isnan


class ConfigType(StrEnum):
    """How Kafka parses the text of a value (ConfigDef.Type; DescribeConfigs names it since version 3)."""

    BOOLEAN = "boolean"
    STRING = "string"
    INT = "int"
    SHORT = "short"
    LONG = "long"
    DOUBLE = "double"
    LIST = "list"
    CLASS = "class"
    PASSWORD = "password"  # noqa: S105  the name of a type


_WHOLE = {ConfigType.SHORT: 15, ConfigType.INT: 31, ConfigType.LONG: 63}
_NAMED = {ConfigType.SHORT: "whole number", ConfigType.INT: "whole number", ConfigType.LONG: "whole number",
          ConfigType.DOUBLE: "number"}  # fmt: skip
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[dDfF]?", re.ASCII)
_COMMA = re.compile(r"\s*,\s*", re.ASCII)
_YES, _NO = frozenset({"yes", "y", "on", "1", "t"}), frozenset({"no", "n", "off", "0", "f"})
_LONGEST = 400
_NEAR = 0.5


class Malformed(ValueError):
    """A text that Kafka cannot parse as a value of its type; the message says what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a key may hold, according to Kafka's ConfigDef.

    ``least`` and ``most`` are inclusive bounds of a number; ``beside`` are allowed numbers outside them. ``choices``
    are the only allowed values of a string, or of each list item. ``prefixes`` are the allowed beginnings of each list
    item, or of a string that is none of the choices. The order of ``unordered`` lists has no meaning. ``is_required``:
    an empty text is refused.
    """

    type: ConfigType
    least: float | None = None
    most: float | None = None
    beside: tuple[int, ...] = ()
    choices: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    unordered: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongValue:
    """A value that cannot be set: what is allowed, and the nearest allowed value, empty where there is none."""

    key: str
    value: str
    allowed: str
    nearest: str = ""

    @property
    def message(self) -> str:
        """The value and what is allowed, in one line."""
        return f"{self.key} is {_shown(self.value)}; allowed: {self.allowed}"

    @property
    def remedy(self) -> str:
        """The nearest allowed value."""
        return f"did you mean {self.key}={self.nearest}?" if self.nearest else f"set {self.allowed}"

    def __str__(self) -> str:
        """Problem and nearest value in one line."""
        return f"{self.message}; nearest: {self.nearest}" if self.nearest else self.message


def meaning(definition: Definition | None, text: str) -> Hashable:
    """Return what a text means; two texts that Kafka parses to the same value are equal.

    A text that does not parse, or of an unknown key, means itself without surrounding blanks.
    """
    try:
        return _parsed(definition.type, text, definition) if definition else text.strip()
    except Malformed:
        return text.strip()


def canonical(definition: Definition | None, text: str) -> str:
    """Return the canonical spelling of a value: equal for texts of equal meaning."""
    found = meaning(definition, text)
    match found:
        case bool():
            return "true" if found else "false"
        case tuple():
            return ",".join(str(item) for item in found)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case float():
            return repr(found)
        case _:
            return str(found)


def same_value(definition: Definition | None, one: str | None, other: str | None) -> bool:
    """Return whether two texts mean the same value of a key; None (not set) equals only None."""
    if one is None or other is None:
        return one is other
    return one == other or meaning(definition, one) == meaning(definition, other)


def wrong_value(key: str, definition: Definition | None, text: str) -> WrongValue | None:
    """Return why a value cannot be set; None where Kafka's definition allows it or is unknown."""
    if definition is None:
        return None
    try:
        value = _parsed(definition.type, text, definition)
    except Malformed:
        value = None
    if value is not None and _is_within(definition, value):
        return None
    return WrongValue(
        key=key, value=text, allowed=allowed(definition), nearest=_nearest(definition, text, value)
    )


def allowed(definition: Definition) -> str:
    """Describe what a key may hold."""
    if definition.type is ConfigType.BOOLEAN:
        return "true or false"
    if definition.choices or definition.prefixes:
        words = ", ".join((*definition.choices, *(f"{p}..." for p in definition.prefixes)))
        return f"a list of {words}" if definition.type is ConfigType.LIST else f"one of {words}"
    noun = _NAMED.get(definition.type)
    if noun is None:
        return "a text that is not empty"
    return f"a {noun} {_bounds(definition)}".rstrip()


def _bounds(definition: Definition) -> str:
    least, most = _limits(definition)
    beside = "".join(f", or {number}" for number in definition.beside)
    if least is None and most is None:
        return beside.lstrip(", ")
    if most is None:
        return f"at least {_number(least)}{beside}"
    return f"from {_number(least)} to {_number(most)}{beside}"


def _limits(definition: Definition) -> tuple[float | None, float | None]:
    """Return the key's bounds, or those of its type."""
    bits = _WHOLE.get(definition.type)
    if bits is None:
        return definition.least, definition.most
    least = definition.least if definition.least is not None else -(2**bits)
    return least, definition.most if definition.most is not None else 2**bits - 1


def _number(value: float | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _parsed(kind: ConfigType, text: str, definition: Definition) -> Hashable:
    """Parse as ConfigDef.parseType does.

    Errors: Malformed.
    """
    trimmed = text.strip()
    match kind:
        case ConfigType.BOOLEAN:
            if trimmed.lower() not in ("true", "false"):
                raise Malformed("true or false")
            return trimmed.lower() == "true"
        case ConfigType.INT | ConfigType.SHORT | ConfigType.LONG:
            return _integer(trimmed)
        case ConfigType.DOUBLE:
            if not _REAL.fullmatch(trimmed) or len(trimmed) > _LONGEST:
                raise Malformed("a number")
            return float(trimmed.rstrip("dDfF"))
        case ConfigType.LIST:
            items = tuple(_COMMA.split(trimmed)) if trimmed else ()
            return tuple(sorted({*items})) if definition.unordered else items
        case ConfigType.STRING | ConfigType.CLASS | ConfigType.PASSWORD:
            return trimmed


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text) or len(text) > _LONGEST:
        raise Malformed("a whole number")
    return int(text)


def _is_within(definition: Definition, value: Hashable) -> bool:
    match value:
        case bool():
            return True
        case int() | float():
            least, most = _limits(definition)
            return value in definition.beside or not (
                isnan(value)
                or (least is not None and value < least)
                or (most is not None and value > most)
            )
        case tuple():
            items = [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            if not items:
                return not definition.is_required
            return all(_is_word(definition, item) for item in items)
        case _:
            return _is_word(definition, str(value))


def _is_word(definition: Definition, word: str) -> bool:
    if not (definition.choices or definition.prefixes):
        return bool(word) or not definition.is_required
    return word in definition.choices or any(
        word.startswith(p) and word != p for p in definition.prefixes
    )


def _nearest(definition: Definition, text: str, value: Hashable) -> str:
    """Return the allowed value that was probably meant."""
    word = text.strip()
    if definition.type is ConfigType.BOOLEAN:
        low = word.lower()
        if low in _YES | _NO:
            return "true" if low in _YES else "false"
        return next(iter(get_close_matches(low, ("true", "false"), 1, _NEAR)), "")
    if definition.choices:
        items = _COMMA.split(word) if definition.type is ConfigType.LIST else [word]
        near = [_nearest_word(definition.choices, item) for item in items if item]
        return ",".join(dict.fromkeys(near)) if near and all(near) else ""
    if definition.type in _NAMED:
        return _nearest_number(definition, word, value)
    return ""


def _nearest_word(choices: tuple[str, ...], word: str) -> str:
    by_small = {c.lower(): c for c in choices}
    if word.lower() in by_small:
        return by_small[word.lower()]
    close = get_close_matches(word.lower(), by_small, 1, _NEAR)
    return by_small[close[0]] if close else ""


def _nearest_number(definition: Definition, word: str, value: Hashable) -> str:
    """Return the number that was probably meant: without separators between digits, and within the bounds."""
    number = value if isinstance(value, int | float) else _as_number(word)
    if number is None or isnan(number):
        return ""
    least, most = _limits(definition)
    if least is not None and number < least:
        number = least
    elif most is not None and number > most:
        number = most
    if definition.type is not ConfigType.DOUBLE:
        number = int(number)
    return _number(number)


def _as_number(word: str) -> int | float | None:
    bare = re.sub(r"(?<=[0-9])[_', ](?=[0-9])", "", word)
    if len(bare) > _LONGEST:
        return None
    if _INTEGER.fullmatch(bare):
        return int(bare)
    found = float(bare) if _REAL.fullmatch(bare) and bare[-1].isdigit() else None
    return None if found is None or found in (float("inf"), float("-inf")) else found


def _shown(value: str) -> str:
    return repr(value if len(value) <= 80 else f"{value[:77]}...")
