"""Telling a person at a terminal what long work does now."""

from types import TracebackType
from typing import Any, Self


class Progress:
    """A spinner with the current step, on stderr; nothing at all where that is not a terminal."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._status: Any = None

    def __call__(self, step: str) -> None:
        """Show a step."""
        if not self._enabled:
            return
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status(step)
            self._status.start()
        self._status.update(step)

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
