"""What long work does now, and how far it is."""

from typing import Self


class ProgressStep(str):
    """A step of long work, as a text; ``number`` of ``total`` where it is counted, ``seconds`` left where it waits."""

    __slots__ = ("number", "seconds", "total")

    number: int
    total: int
    seconds: float

    def __new__(cls, text: str, *, number: int = 0, total: int = 0, seconds: float = 0.0) -> Self:
        """Make a step; 0 where it is not counted, or does not wait."""
        made = super().__new__(cls, text)
        made.number, made.total, made.seconds = number, total, seconds
        return made

    def at(self, elapsed: float) -> str:
        """Say how far it is, some seconds after it began: ``sample 2 of 3, 4 s left``."""
        counted = f" {self.number} of {self.total}" if self.total else ""
        left = self.seconds - elapsed
        return f"{self}{counted}" + (f", {left:.0f} s left" if left >= 0.5 else "")

    def share(self, elapsed: float) -> float | None:
        """Return the part of the work that is done, 0 to 1; None where it is not known."""
        if not self.total and not self.seconds:
            return None
        before = max(self.number - 1, 0) / self.total if self.total else 0.0
        waited = min(elapsed / self.seconds, 1.0) if self.seconds else 0.0
        return min(before + (1 - before) * waited, 1.0)
