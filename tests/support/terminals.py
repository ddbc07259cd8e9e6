"""Names as somebody would choose them to deceive who reads a terminal, and harmless ones of the same shape."""

import contextlib
import fcntl
import io
import os
import pty
import random
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

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


_OF_TERMINALS = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
_TESTS = Path(__file__).parent.parent


class OnTerminal:
    """A module of the tests, run by Python at a terminal of its own; a context that ends with the process."""

    def __init__(
        self,
        module: str,
        *words: str,
        columns: int = 80,
        rows: int = 24,
        environ: Mapping[str, str] | None = None,
        at_terminal: bool = True,
    ) -> None:
        self._seen = b""
        self._read, write = pty.openpty() if at_terminal else os.pipe()
        if at_terminal:
            fcntl.ioctl(write, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        clean = {k: v for k, v in os.environ.items() if k not in _OF_TERMINALS}
        paths = os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdin=write if at_terminal else subprocess.DEVNULL,
            stdout=write,
            stderr=write,
            env=clean | {"TERM": "xterm-256color", "PYTHONPATH": paths, **(environ or {})},
            start_new_session=True,
        )
        os.close(write)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._read)

    @property
    def seen(self) -> str:
        """What the terminal got so far, as sent."""
        return self._seen.decode(errors="replace").replace("\r\n", "\n")

    def until(self, text: str, times: int = 1, *, seconds: float = 120) -> str:
        """Wait until a text was shown so many times, and return all that was seen."""
        return self.until_it(lambda seen: seen.count(text) >= times, seconds=seconds)

    def until_it(self, is_shown: Callable[[str], object], *, seconds: float = 120) -> str:
        """Wait until something holds for all that was seen, and return that."""
        deadline = time.monotonic() + seconds
        while not is_shown(self.seen):
            assert self._more(deadline), self.seen
        return self.seen

    def type(self, text: str) -> None:
        """Type something, at a terminal."""
        os.write(self._read, text.encode())

    def interrupted(self, *, seconds: float = 120) -> int:
        """Send what Ctrl-C sends, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.ended(seconds=seconds)

    def ended(self, *, seconds: float = 120) -> int:
        """Wait for the end, and return the exit code."""
        deadline = time.monotonic() + seconds
        while self._more(deadline):
            pass
        return self.process.wait(max(deadline - time.monotonic(), 1))

    def _more(self, deadline: float) -> bool:
        """Read what comes; False at the end, or when the time is over."""
        ready, _, _ = select.select([self._read], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return False
        with contextlib.suppress(OSError):  # a terminal that nobody has open any more
            if found := os.read(self._read, 65536):
                self._seen += found
                return True
        return False
