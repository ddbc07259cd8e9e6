"""How far moves are: bytes, counts, rate, and when they will have arrived."""

from dataclasses import dataclass


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
