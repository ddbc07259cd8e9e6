"""Poll until a request's result is visible: how long it may take, and the pause between polls."""

from collections.abc import Callable

SETTLING_SECONDS = 15.0
"""Time until the queried broker must report an accepted change, in seconds."""

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0


class BoundedWait:
    """One bounded wait: poll, stop if it is over, else pause and poll again."""

    def __init__(
        self, seconds: float, *, sleep: Callable[[float], None], clock: Callable[[], float]
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._deadline = clock() + seconds
        self._pause = _FIRST_PAUSE_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._clock() >= self._deadline

    def pause(self) -> None:
        """Pause before the next poll, twice as long as last time, up to a second."""
        self._sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
