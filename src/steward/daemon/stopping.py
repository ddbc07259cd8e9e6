"""Stopping: the first signal stops in order, a second interrupt exits at once."""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

_FORCED = 130


@contextmanager
def stop_signals(on_stop: Callable[[], None]) -> Generator[None]:
    """Call ``on_stop`` at SIGTERM or SIGINT; a second SIGINT exits at once.

    Only the main thread receives signals; in any other thread this does nothing.
    """
    if current_thread() is not main_thread():
        yield
        return
    seen: list[int] = []

    def hear(number: int, _: FrameType | None) -> None:
        if seen and number == signal.SIGINT:
            os._exit(_FORCED)
        seen.append(number)
        on_stop()

    before = {number: signal.signal(number, hear) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
