"""Text from outside, made safe to print: what would act on a terminal, or hide, is written as an escape."""

from collections.abc import Mapping

_SHORT: Mapping[str, str] = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
LONGEST_LINE = 2_000
"""Characters that a message may have: more than any of ours needs, and few enough to be read."""


def is_printable(text: str) -> bool:
    """Tell whether every character shows itself, and does nothing else: no control, no bidirectional mark."""
    return text.isprintable()


def printable(text: str) -> str:
    r"""Write a text on one line so that every character shows: ESC as ``\x1b``, a newline as ``\n``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def shortened(text: str) -> str:
    """Return a message; of a very long one the middle is left out."""
    if len(text) <= LONGEST_LINE:
        return text
    kept = LONGEST_LINE // 2
    return f"{text[:kept]}...({len(text) - 2 * kept:,} characters)...{text[-kept:]}"


def one_line(text: str) -> str:
    """Write a message on one line where every character shows; of a very long one the middle is left out."""
    return printable(shortened(text))


def printable_lines(text: str) -> str:
    """Write a text of several lines so that every character shows; its newlines stay."""
    return "\n".join(printable(line) for line in text.split("\n"))


def ansi_c_quoted(text: str) -> str:
    r"""Quote an argument for bash, ksh and zsh with every character visible: ``$'a\033b'``."""
    shown = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(c if c.isprintable() else _shell_escape(c) for c in shown)}'"


def _escape(character: str) -> str:
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else _unicode(code))


def _shell_escape(character: str) -> str:
    """Escape as shells read it: three octal digits end by themselves, and C1 is two bytes of UTF-8."""
    code = ord(character)
    return _SHORT.get(character) or (f"\\{code:03o}" if code < 0x80 else _unicode(code))


def _unicode(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
