"""Names as somebody would choose them to deceive who reads a terminal, and harmless ones of the same shape."""

import io
import random
import re

from support.results import Text

HOSTILE = (
    "a\x1b[2J\x1b[31mred",
    "title\x1b]0;owned\x07",
    "line\nerror: nothing is wrong",
    "over\rwritten",
    "bell\x07back\x08tab\tdel\x7f",
    "c1\x9b31m\x85\x90",
    "bidi\u202eevil\u202c\u2066x\u2069",
    "hidden\u200b\u200d\ufeff\u00ad",
    "lines\u2028two\u2029three",
    "[bold]x[/bold] [/] :smile: [link=file:x]y[/link]",
    "nul\x00 surrogate\udc9b tag\U000e0041",
)
"""Each kind of character that acts on a terminal or hides, and rich's markup."""
ACTING = frozenset(c for text in HOSTILE for c in text if not c.isprintable())
_SELECT = re.compile(r"\x1b\[[0-9;]*m")
_SPINNER = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def hostile_text(chance: random.Random) -> str:
    """Return one of the hostile names, a number before it so that they differ."""
    return f"{chance.choice('abc')}{chance.choice(HOSTILE)}"


def tame_text(chance: random.Random) -> str:
    """Return what is as long and differs as much, of letters: the same seed makes the same shape."""
    return "".join(c if c.isprintable() else "z" for c in hostile_text(chance))


BOTH: tuple[Text, Text] = (hostile_text, tame_text)


class Terminal(io.StringIO):
    """A stream that says that a person sees it."""

    def isatty(self) -> bool:
        return True


def without_styles(text: str) -> str:
    """Take away the colours that rich sets."""
    return _SELECT.sub("", text)


def without_spinner(text: str) -> str:
    """Take away what rich needs to redraw a line."""
    return _SPINNER.sub("", text)


def assert_visible(text: str) -> None:
    """Fail where anything but a newline would act on a terminal, or hide."""
    raw = {c for c in text if c != "\n" and not c.isprintable()}
    assert not raw, sorted(map(ascii, raw))
