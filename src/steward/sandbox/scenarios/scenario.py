"""What a scenario is: a name, what trouble it makes, which checks report it, and how it begins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from steward.model.verdict import Cause
from steward.sandbox.scenarios.run import ScenarioRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One kind of trouble, made with real clients.

    ``run`` returns as soon as the trouble is really there; the clients that it started go on until the run ends.
    """

    name: str
    summary: str
    injects: str
    """The trouble exactly, with its numbers, and what stays behind."""
    finds: tuple[str, ...]
    """Checks that an audit reports because of it."""
    diagnosed: Mapping[str, Cause] = field(default_factory=dict[str, Cause])
    """What `steward diagnose` names as the cause, by the group's name without the scenario's."""
    default_seconds: float
    run: Callable[[ScenarioRun], None]
