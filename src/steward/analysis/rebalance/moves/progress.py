"""How far moves are: bytes, counts, rate, and when they will have arrived."""

from collections import deque
from dataclasses import dataclass, field

from steward.model.wording import bytes_text, few, span


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveProgress:
    """Where the moves of a plan stand.

    Units: bytes of copies, bytes a second. ``rate`` and ``eta_seconds`` are None until something was measured;
           ``paused_because`` is empty while moves are begun; ``stalled`` names partitions whose copies do not grow.
    """

    bytes_done: int
    bytes_left: int
    done: int
    in_flight: int
    left: int
    rate: float | None = None
    eta_seconds: float | None = None
    paused_because: str = ""
    stalled: tuple[str, ...] = ()


WINDOW_SECONDS = 60.0
"""How far a rate looks back."""


@dataclass
class CopyRate:
    """How fast copies grow, measured over the last minute."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])

    def note(self, at_seconds: float, bytes_done: int) -> None:
        """Take note of what is there at a time of the caller's clock."""
        self._seen.append((at_seconds, bytes_done))
        while len(self._seen) > 2 and self._seen[1][0] <= at_seconds - WINDOW_SECONDS:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Return bytes a second; None before the second note."""
        if len(self._seen) < 2:
            return None
        (began, first), (ended, last) = self._seen[0], self._seen[-1]
        return max(0.0, (last - first) / (ended - began)) if ended > began else None

    def seconds_for(self, bytes_left: int) -> float | None:
        """Return how long the rest takes; None where that cannot be told."""
        rate = self.rate
        return bytes_left / rate if rate else None


def progress_text(progress: MoveProgress) -> str:
    """Say in one line how far moves are."""
    total = progress.done + progress.in_flight + progress.left
    told = [f"{progress.done:,} of {total:,} moves done, {progress.in_flight:,} under way"]
    if progress.bytes_done or progress.bytes_left:
        whole = bytes_text(progress.bytes_done + progress.bytes_left)
        told.append(f"{bytes_text(progress.bytes_done)} of {whole}")
    if progress.rate:
        told.append(f"{bytes_text(progress.rate)}/s")
    if progress.eta_seconds is not None and progress.bytes_left:
        told.append(f"{span(progress.eta_seconds)} left")
    if progress.stalled:
        told.append(f"not growing: {few(progress.stalled, 3)}")
    if progress.paused_because:
        told.append(f"paused: {progress.paused_because}")
    return "; ".join(told)
