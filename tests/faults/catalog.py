"""Every fault that is injected, the group that suffers from it, and what a diagnosis of it must say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from faults.brokers import BROKER_FAULTS
from faults.controls import CONTROLS
from steward.model.verdict import Cause
from steward.sandbox.scenarios.registry import SCENARIOS
from steward.sandbox.scenarios.run import Run


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One group in known trouble, or in none."""

    name: str
    injector: str
    """what makes it; several groups may suffer from one"""
    group: str
    cause: Cause


INJECTORS: Mapping[str, Callable[[Run], None]] = {
    **{s.name: s.run for s in SCENARIOS if s.diagnosed},
    **{f"healthy-{name}": run for name, run in CONTROLS.items()},
    **BROKER_FAULTS,
}
GROUP_FAULTS: tuple[Fault, ...] = (
    *(
        Fault(
            name=s.name if len(s.diagnosed) == 1 else f"{s.name}-{group}",
            injector=s.name,
            group=f"{s.name}.{group}",
            cause=cause,
        )
        for s in SCENARIOS
        for group, cause in s.diagnosed.items()
    ),
    *(
        Fault(
            name=f"healthy-{name}",
            injector=f"healthy-{name}",
            group=f"healthy-{name}.readers",
            cause=Cause.HEALTHY,
        )
        for name in CONTROLS
    ),
)
_CAUSES = {
    "broker-stopped": Cause.BROKER_DOWN,
    "slow-network": Cause.BROKER_NETWORK,
    "busy-broker": Cause.BROKER_CPU,
    "slow-log": Cause.BROKER_DISK,
    "starved-follower": Cause.UNDER_REPLICATION,
}
SINGLE_FAULTS: tuple[Fault, ...] = tuple(
    Fault(name=name, injector=name, group=f"{name}.readers", cause=_CAUSES[name])
    for name in BROKER_FAULTS
)
