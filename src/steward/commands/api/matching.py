"""Select objects by name or pattern, and lags by comparison, as given on the command line."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from steward.model.command import Command, Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ObjectNotFound, UsageError

NumberComparison = Callable[[int], bool]

_PLAIN = re.compile(r"[\w.\-]+")
_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
    "=": operator.eq, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def selected_names(metavar: str, completes: Candidates) -> Doc:
    """Describe operands that `chosen` selects objects by."""
    text = "names, or regular expressions matched whole"
    return Doc(text, positional=True, metavar=metavar, completes=completes)


def is_plain(word: str) -> bool:
    """Return whether a word can only be a name; a dot in it counts as a dot."""
    return _PLAIN.fullmatch(word) is not None


def chosen(
    words: Iterable[str],
    known: Iterable[str],
    kind: str,
    *,
    hidden: frozenset[str] = frozenset(),
    complete: bool = True,
) -> frozenset[str]:
    """Return the names that the words select: exact names, else regular expressions anchored at both ends.

    Patterns skip ``hidden`` names; an exact name selects them.

    Errors: UsageError for an invalid regular expression; ObjectNotFound for a word that selects nothing, with the
            nearest name; it mentions an incomplete list.
    """
    names = frozenset(known)
    found: set[str] = set()
    for word in words:
        matches = {word} & names or _matching(word, names - hidden, kind)
        if not matches:
            raise _missing(word, names, kind, complete)
        found |= matches
    return frozenset(found)


LISTS: Mapping[str, Command] = {
    "topic": steward("topic list"),
    "group": steward("group list"),
    "transaction": steward("transaction list"),
}
"""The command that lists the objects of a kind."""


def _matching(word: str, names: frozenset[str], kind: str) -> set[str]:
    if is_plain(word) and "." not in word:
        return set()
    try:
        pattern = re.compile(word)
    except re.error as e:
        raise UsageError(
            f"{word!r} is neither a {kind} nor a regular expression: {e}",
            remedy=f"quote it for the shell, and use {_example(word)!r} for names that start so",
        ) from None
    return {name for name in names if pattern.fullmatch(name)}


def _example(word: str) -> str:
    """Return the regular expression that a shell pattern probably means."""
    return re.sub(r"(?<!\.)\*", ".*", word) or ".*"


def _missing(word: str, names: frozenset[str], kind: str, complete: bool) -> ObjectNotFound:
    if is_plain(word):
        close = get_close_matches(word, sorted(names), 1)
        hint = f"did you mean {close[0]}?" if close else Hint("list them: ", LISTS[kind])
        summary = f"{kind} {word} does not exist"
    else:
        hint = f"patterns are regular expressions, matched whole: {_example(word)!r}"
        summary = f"no {kind} matches {word!r}"
    if not complete:
        hint = Hint(hint, f"; it may exist but be hidden without DESCRIBE on the {kind}")
    return ObjectNotFound(summary, remedy=hint, object_name=word)


def comparison(text: str) -> NumberComparison:
    """Parse ``>0``, ``<=1000`` and similar.

    Errors: UsageError.
    """
    read = re.fullmatch(r"\s*(>=|<=|==|!=|>|<|=)?\s*(\d[\d_,]*)\s*", text)
    if read is None:
        raise UsageError(
            f"{text!r} is not a comparison", remedy="use '>0', '>=1000' or '=0', in quotes"
        )
    compare, number = _COMPARE[read[1] or "="], int(read[2].replace(",", "").replace("_", ""))
    return lambda value: compare(value, number)
