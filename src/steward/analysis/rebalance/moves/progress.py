"""Progress of moves: bytes, counts, rate and remaining time."""

from collections import deque
from dataclasses import dataclass, field

from steward.model.progress import ProgressStep
from steward.model.wording import count, duration, few, rate, size


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveProgress:
    """Progress of a plan's moves.

    Units: bytes of copies, bytes per second.

    ``rate`` and ``eta_seconds`` are None until measured; ``paused_because`` is empty while moves are started;
    ``stalled`` names partitions whose copies do not grow.
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
"""Seconds over which a rate is measured."""


@dataclass
class CopyRate:
    """Rate at which copies grow, over the last minute."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])

    def note(self, at_seconds: float, bytes_done: int) -> None:
        """Add a measurement at a time of the caller's clock."""
        self._seen.append((at_seconds, bytes_done))
        while len(self._seen) > 2 and self._seen[1][0] <= at_seconds - WINDOW_SECONDS:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Return bytes per second; None before the second measurement."""
        if len(self._seen) < 2:
            return None
        (began, first), (ended, last) = self._seen[0], self._seen[-1]
        return max(0.0, (last - first) / (ended - began)) if ended > began else None

    def seconds_for(self, bytes_left: int) -> float | None:
        """Return the remaining seconds; None if unknown."""
        rate = self.rate
        return bytes_left / rate if rate else None


def progress_text(progress: MoveProgress) -> str:
    """Describe the progress in one line."""
    total = progress.done + progress.in_flight + progress.left
    parts = [
        f"{progress.done:,} of {count(total, 'move')} done, {progress.in_flight:,} in progress"
    ]
    if progress.bytes_done or progress.bytes_left:
        whole = size(progress.bytes_done + progress.bytes_left)
        parts.append(f"{size(progress.bytes_done)} of {whole}")
    if progress.rate:
        parts.append(rate(progress.rate))
    if progress.eta_seconds is not None and progress.bytes_left:
        parts.append(f"{duration(progress.eta_seconds)} left")
    if progress.stalled:
        parts.append(f"not growing: {few(progress.stalled, 3)}")
    if progress.paused_because:
        parts.append(f"paused: {progress.paused_because}")
    return "; ".join(parts)


def progress_step(progress: MoveProgress) -> ProgressStep:
    """Return the progress as a step of long work; its part done is that of the bytes, else of the moves."""
    copied, moves = progress.bytes_done + progress.bytes_left, progress.in_flight + progress.left
    total = progress.done + moves
    by_moves = progress.done / total if total else 1.0
    share = progress.bytes_done / copied if copied else by_moves
    return ProgressStep(progress_text(progress), done=share, changes_cluster=True)
