"""Every fault that is injected, the group that suffers from it, and what a diagnosis of it must say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from faults.brokers import BROKER_FAULTS
from faults.controls import CONTROLS
from faults.trials import TRIALS
from steward.model.verdict import Cause
from steward.sandbox.scenarios.registry import SCENARIOS
from steward.sandbox.scenarios.run import ScenarioRun


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One group in known trouble, or in none."""

    name: str
    injector: str
    """what makes it; several groups may suffer from one"""
    group: str
    cause: Cause
    says: str = ""
    """words, a regular expression, that verdict, notes or proof must say"""
    withholds: str = ""
    """words that no action may say"""
    beside_daemon: bool = False
    """judged as beside ``steward serve``: on what a diagnosis takes of looks from before the trouble"""


INJECTORS: Mapping[str, Callable[[ScenarioRun], None]] = {
    **{s.name: s.run for s in SCENARIOS if s.diagnosed},
    **{f"healthy-{name}": run for name, run in CONTROLS.items()},
    **TRIALS,
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
TRIAL_FAULTS: tuple[Fault, ...] = (
    Fault(
        name="keyless-sticky",
        injector="keyless-sticky",
        group="keyless-sticky.readers",
        cause=Cause.HOT_PARTITION,
        says=r"Its records have no key.*partitioner",
        withholds=r"split (it|that key)|append a suffix",
    ),
    Fault(
        name="idle-members",
        injector="idle-members",
        group="idle-members.readers",
        cause=Cause.UNDER_CAPACITY,
        says=r"12 members, 2 idle \(10 partitions\)",
    ),
    Fault(
        name="healthy-simple-consumer",
        injector="healthy-simple-consumer",
        group="healthy-simple-consumer.readers",
        cause=Cause.HEALTHY,
        says=r"no members, and yet its commits move.*assign\(\)",
    ),
    Fault(
        name="members-gone",
        injector="members-gone",
        group="members-gone.readers",
        cause=Cause.NO_MEMBERS,
        beside_daemon=True,
    ),
)
"""What records' keys, members without work, consumers without membership and members that left come to."""
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
