"""Scenarios of real clients in trouble, for as long as a test looks at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from steward.sandbox.scenarios.background import run_scenario, stop_scenarios
from steward.sandbox.scenarios.clients import admin

LONG_S = 240
"""Longer than any test: each stops its scenario itself."""


@contextmanager
def scenario(sandbox: Any, name: str) -> Iterator[Any]:
    """Have a scenario's trouble there, with an administrator's client to look at it."""
    run_scenario(sandbox.name, name, seconds=LONG_S, background=True)
    try:
        yield admin(sandbox.status)
    finally:
        assert stop_scenarios(sandbox.name, name) == (name,)
