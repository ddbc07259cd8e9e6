"""Repeated work on its own schedule, in a thread that can be stopped."""

from collections.abc import Callable
from random import Random
from threading import Event

from steward.daemon.ports import Clock

_AGAIN_SECONDS = 30.0
_JITTER = 0.05


def repeat(
    once: Callable[[], None],
    pause: Callable[[], float],
    stop: Event,
    *,
    first_seconds: float,
    clock: Clock,
) -> None:
    """Run after a delay, and again ``pause`` seconds after each start, until stopped."""
    if clock.wait(stop, first_seconds):
        return
    while not stop.is_set():
        began = clock.monotonic()
        once()
        took = clock.monotonic() - began
        clock.wait(stop, max(0.0, pause() - took))


def pause_after(interval: float, failures: int, chance: Random) -> float:
    """Return the seconds from one run to the next; after a failure less, if the interval is long."""
    if failures:
        interval = min(interval, _AGAIN_SECONDS * 2 ** min(failures - 1, 10))
    return interval * (1 + chance.uniform(-_JITTER, _JITTER))
