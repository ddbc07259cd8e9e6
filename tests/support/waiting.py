"""Waiting for what another process does: until it is so, or the time for it is over."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(holds: Callable[[], T], what: str, *, seconds: float = 60) -> T:
    """Return what ``holds`` finds, once it finds something; fail, saying what did not come about, after the time."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.1)
    return found
