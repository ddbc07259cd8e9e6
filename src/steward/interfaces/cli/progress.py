"""Progress of long work on a terminal."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steward.interfaces.terminal import visible

if TYPE_CHECKING:  # rich is imported only for a terminal
    from rich.console import Console
    from rich.text import Text


class TerminalProgress:
    """A spinner with the current step, on stderr; nothing where stderr is not a terminal."""

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
        """Remove the spinner until the next step."""
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


def _console() -> "Console":
    from steward.interfaces.views.text import console

    return console(sys.stderr)


def _step(step: str) -> "Text":
    """Return a step as text, without interpreting markup."""
    from rich.text import Text

    return Text(visible(step))
