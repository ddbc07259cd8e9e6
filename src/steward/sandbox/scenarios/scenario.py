"""A scenario: its name, its problem, the checks that report it, and how it starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from steward.model.verdict import Cause
from steward.sandbox.scenarios.run import ScenarioRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One kind of problem, caused by real clients.

    ``run`` returns as soon as the problem exists; the clients that it started continue until the run ends.
    """

    name: str
    summary: str
    injects: str
    """The exact problem with its numbers, and what is left behind."""
    finds: tuple[str, ...]
    """Checks that report it."""
    diagnosed: Mapping[str, Cause] = field(default_factory=dict[str, Cause])
    """The cause that `steward diagnose` reports, by the group's name without the scenario's."""
    default_seconds: float
    run: Callable[[ScenarioRun], None]
