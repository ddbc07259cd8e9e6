"""Progress of long work: a bar and a countdown on a terminal, lines with their time elsewhere."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steward.interfaces.terminal import visible, write_line
from steward.model.instant import Instant
from steward.model.progress import ProgressStep

if TYPE_CHECKING:  # rich is imported only for a terminal
    from rich.console import Console
    from rich.text import Text

_BAR = 20
_LINES_SECONDS = 10.0
"""Seconds between two lines of progress."""


class TerminalProgress:
    """The current step on stderr, with a bar and a countdown; nothing where stderr is not a terminal."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._status: Any = None

    def __call__(self, step: str) -> None:
        """Show a step."""
        if not self._enabled:
            return
        shown = _Shown(step)
        if self._status is None:
            self._status = _console().status(shown)
            self._status.start()
        self._status.update(shown)

    def pause(self) -> None:
        """Remove the step until the next one."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Restore the terminal."""
        self.pause()


class ProgressLines:
    """The steps that change a cluster, on stderr where that is no terminal: a line with its time, then one in 10 s."""

    def __init__(self, *, enabled: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._enabled = enabled
        self._clock = clock
        self._next = 0.0

    def __call__(self, step: str) -> None:
        """Write a step, where one is due."""
        if not isinstance(step, ProgressStep) or not step.changes_cluster:
            return
        if not self._enabled or self._clock() < self._next:
            return
        self._next = self._clock() + _LINES_SECONDS
        write_line(f"{Instant(time.time_ns() // 1_000_000)}  {step.at(0.0)}")

    def pause(self) -> None:
        """Do nothing: lines stay."""

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing: lines stay."""


ShownProgress = TerminalProgress | ProgressLines


def shown_progress(*, quiet: bool) -> ShownProgress:
    """Return what shows the progress of a command on stderr; ``quiet`` shows none."""
    if sys.stderr.isatty():
        return TerminalProgress(enabled=not quiet)
    return ProgressLines(enabled=not quiet)


def _console() -> "Console":
    from steward.interfaces.views.text import console

    return console(sys.stderr)


class _Shown:
    """A step that rich redraws while its countdown runs."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._began = time.monotonic()

    def __rich__(self) -> "Text":
        """Return its present state as text, without interpreting markup."""
        from rich.text import Text

        step, elapsed = self._step, time.monotonic() - self._began
        if not isinstance(step, ProgressStep):
            return Text(visible(step))
        share = step.share(elapsed)
        bar = "" if share is None else f"  {_bar(share)}"
        return Text(visible(step.at(elapsed)) + bar)


def _bar(share: float) -> str:
    done = int(share * _BAR)
    return "━" * done + "─" * (_BAR - done)
