"""Text from outside, made safe to print: characters that act on a terminal or are invisible are escaped."""

from collections.abc import Mapping

_SHORT: Mapping[str, str] = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
LONGEST_LINE = 2_000
"""Maximum length of a message, in characters."""


def is_printable(text: str) -> bool:
    """Return whether every character is visible and has no other effect: no controls, no bidirectional marks."""
    return text.isprintable()


def printable(text: str) -> str:
    r"""Write a text on one line with every character visible: ESC as ``\x1b``, a newline as ``\n``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def shortened(text: str) -> str:
    """Return a message, with the middle of a very long one removed."""
    if len(text) <= LONGEST_LINE:
        return text
    kept = LONGEST_LINE // 2
    return f"{text[:kept]}...({len(text) - 2 * kept:,} characters)...{text[-kept:]}"


def one_line(text: str) -> str:
    """Write a message on one line with every character visible; the middle of a very long one is removed."""
    return printable(shortened(text))


def printable_lines(text: str) -> str:
    """Write a text of several lines with every character visible; newlines stay."""
    return "\n".join(printable(line) for line in text.split("\n"))


def ansi_c_quoted(text: str) -> str:
    r"""Quote an argument for bash, ksh and zsh with every character visible: ``$'a\033b'``."""
    shown = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(c if c.isprintable() else _shell_escape(c) for c in shown)}'"


def _escape(character: str) -> str:
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else _unicode(code))


def _shell_escape(character: str) -> str:
    """Escape as shells read it: always three octal digits; C1 controls are two bytes of UTF-8."""
    code = ord(character)
    return _SHORT.get(character) or (f"\\{code:03o}" if code < 0x80 else _unicode(code))


def _unicode(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
