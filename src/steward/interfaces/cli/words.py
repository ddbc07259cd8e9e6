"""The words of a command line before parsing: text that can be processed and printed, or a refusal."""

from collections.abc import Sequence

MOST_BYTES = 128 * 1024
"""Linux's maximum for one word; more than a list of a thousand topics."""


def invalid_argument(words: Sequence[str]) -> str:
    """Return which word is not acceptable text, empty for none; the value itself is not shown."""
    for number, word in enumerate(words, 1):
        if wrong := _wrong(word):
            return f"{_named(words, number)} {wrong}"
    return ""


def _wrong(word: str) -> str:
    if "\0" in word:
        return "holds a NUL character"
    try:
        size = len(word.encode())
    except UnicodeEncodeError:
        return "is not text in UTF-8"
    return f"is longer than {MOST_BYTES:,} bytes" if size > MOST_BYTES else ""


def _named(words: Sequence[str], number: int) -> str:
    word = words[number - 1]
    option, equals, _ = word.partition("=")
    if equals and option.startswith("-") and option.isascii() and option.isprintable():
        return f"the value of {option}"
    return f"argument {number}"
