"""What long work does now, and how far it is."""

from typing import Self

from steward.model.wording import duration

_SECONDS_ONLY = 100.0
"""A longer countdown is written with minutes."""


class ProgressStep(str):
    """A step of long work, as a text; ``number`` of ``total`` where it is counted, ``seconds`` left where it waits.

    ``done`` is the part of the work that is done, 0 to 1, where it is not the steps before ``number``; None: it is.
    ``changes_cluster``: also written where there is no terminal, with its time.
    """

    __slots__ = ("changes_cluster", "done", "number", "seconds", "total")

    number: int
    total: int
    seconds: float
    done: float | None
    changes_cluster: bool

    def __new__(
        cls,
        text: str,
        *,
        number: int = 0,
        total: int = 0,
        seconds: float = 0.0,
        done: float | None = None,
        changes_cluster: bool = False,
    ) -> Self:
        """Make a step; 0 where it is not counted, or does not wait."""
        made = super().__new__(cls, text)
        made.number, made.total, made.seconds = number, total, seconds
        made.done, made.changes_cluster = done, changes_cluster
        return made

    def at(self, elapsed: float) -> str:
        """Say how far it is, some seconds after it began: ``sample 2 of 3, 4 s left``."""
        counted = f" {self.number} of {self.total}" if self.total else ""
        left = self.seconds - elapsed
        return f"{self}{counted}" + (f", {_countdown(left)} left" if left >= 0.5 else "")

    def share(self, elapsed: float) -> float | None:
        """Return the part of the work that is done, 0 to 1; None where it is not known."""
        if self.done is None and not self.total and not self.seconds:
            return None
        before = self.done
        if before is None:
            before = max(self.number - 1, 0) / self.total if self.total else 0.0
        waited = min(elapsed / self.seconds, 1.0) if self.seconds else 0.0
        return min(before + (1 - before) * waited, 1.0)


def _countdown(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _SECONDS_ONLY else duration(seconds)
