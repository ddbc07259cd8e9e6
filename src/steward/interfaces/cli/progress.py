"""Progress of long work on a terminal, with a bar and a countdown."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steward.interfaces.terminal import visible
from steward.model.progress import ProgressStep

if TYPE_CHECKING:  # rich is imported only for a terminal
    from rich.console import Console
    from rich.text import Text

_BAR = 20


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
