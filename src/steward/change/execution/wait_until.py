"""Looking again and again until what was asked for is seen: how long it may take, and how long between looks."""

from collections.abc import Callable

SETTLING_SECONDS = 15.0
"""How long an accepted change may take to be seen by the broker that is asked."""

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0


class BoundedWait:
    """One wait of at most so many seconds: look, stop where it is over, else pause and look again."""

    def __init__(
        self, seconds: float, *, sleep: Callable[[float], None], clock: Callable[[], float]
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._deadline = clock() + seconds
        self._pause = _FIRST_PAUSE_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether the time has passed."""
        return self._clock() >= self._deadline

    def pause(self) -> None:
        """Wait before the next look, twice as long as before it, up to a second."""
        self._sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
