"""Telling a person at a terminal what long work does now."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steward.interfaces.terminal import visible

if TYPE_CHECKING:  # rich is imported only where a person watches
    from rich.console import Console
    from rich.text import Text


class TerminalProgress:
    """A spinner with the current step, on stderr; nothing at all where that is not a terminal."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._status: Any = None

    def __call__(self, step: str) -> None:
        """Show a step."""
        if not self._enabled:
            return
        if self._status is None:
            self._status = _console().status(_step(step))
            self._status.start()
        self._status.update(_step(step))

    def pause(self) -> None:
        """Take the spinner away until the next step."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        self.pause()


def _console() -> "Console":
    from steward.interfaces.views.text import console

    return console(sys.stderr)


def _step(step: str) -> "Text":
    """Return a step as text, in which no markup is read."""
    from rich.text import Text

    return Text(visible(step))
