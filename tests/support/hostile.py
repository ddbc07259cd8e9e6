"""Texts as somebody would name an object to harm who reads of it, and how each format has to take them."""

import random
import re
from html.parser import HTMLParser

FRAGMENTS = (
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\rb", "a\nb", "a\r\nb", "\x00\x08\x7f", "\x9b31m", "a\x85b",
    "\u202egnp.exe", "\u2066x\u2069", "zero\u200bwidth\ufeff", "\ufefffirst", "line\u2028sep\u2029", "\u00a0\u00ad",
    "\ufffe\uffff", "\udc80", "\U000e0001", "a\vb\fc", "\x1c\x1d\x1e\x1f",
    '=HYPERLINK("http://evil.example","x")', "=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1",
    "\n=1", "\uff1d1", "  =1", "-", "-1", "a;b,c\"d", '"', "'quoted'",
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script>", "]]>", "<!--", "</title>", "</pre>",
    "javascript:alert(1)", "{{ 7*7 }}", "{% x %}", "&lt;b&gt;", "${x}", "' onmouseover='x",
    "a|b|c", "`code`", "a ```` b", "```\nafter", "# heading", "- item", "1. item", "2) item", "+ item", "> quote",
    "[link](http://evil.example)", "![i](http://evil.example/x.png)", "<http://evil.example>", "[a]: http://evil",
    "http://evil.example", "www.evil.example", "~~~", "~~gone~~", "---", "===", "**bold**", "_em_", "    four",
    "| --- |", "a\\", "\\|", "@everyone", "<!here>", "<@U123>", "@channel",
    "no", "y", "on", "1_000", "1e5", "0o17", "0x1F", "12:30", "2001-01-01", "null", "~", "!!str x", "&a", "*a", "%x",
    "? x", "a: b", "a #b", "", " ", "x" * 300, "orders",
)  # fmt: skip


def hostile_text(chance: random.Random) -> str:
    """Return one of them, or two in a row."""
    return "".join(chance.choice(FRAGMENTS) for _ in range(chance.choice((1, 1, 2))))


def unseen(text: str) -> set[str]:
    """Return what a text holds that does not show itself; ends of lines are meant."""
    return {c for c in text if not c.isprintable() and c != "\n"}


def whole(value: object) -> object:
    """Return plain data as it is given back: half of a surrogate pair is no character."""
    match value:
        case str():
            return re.sub("[\ud800-\udfff]", "\ufffd", value)
        case dict():
            return {whole(k): whole(v) for k, v in value.items()}
        case list():
            return [whole(v) for v in value]
        case _:
            return value


class Tags(HTMLParser):
    """The tags of a page, and the names of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
