"""Ticks of a cluster in a few words: what alerts are judged on."""

from steward.analysis.alerting.facts import GroupFacts, TickFacts
from steward.analysis.alerting.machine import Memory, Transition, evaluate
from steward.analysis.alerting.rules import AlertRules
from steward.model.lag import Basis, LagSeconds
from steward.model.unknown import Unknown

NOON_MS = 1_700_000_040_000
INTERVAL_MS = 10_000
DEFAULTS, NOTHING = AlertRules(), Memory()


def seconds(
    value: float, low: float | None = None, high: float | None = -1.0, basis=Basis.CREATE_TIME
) -> LagSeconds:
    """A lag; without bounds it is exact."""
    return LagSeconds(
        value=value,
        low=value if low is None else low,
        high=value if high == -1.0 else high,
        basis=basis,
    )


def group(name: str = "payments", lag: float | LagSeconds | Unknown = 0.0, **known) -> GroupFacts:
    measured = seconds(lag) if isinstance(lag, float | int) else lag
    return GroupFacts(group=name, lag_seconds=measured, **known)


def tick(number: int, *groups: GroupFacts, cluster: str = "prod", **known) -> TickFacts:
    """The n-th look, every ten seconds from noon."""
    known = {
        "partitions_offline": (), "partitions_under_min_isr": (), "transactions_hanging": (), **known
    }  # fmt: skip
    return TickFacts(
        cluster=cluster, at_ms=NOON_MS + number * INTERVAL_MS, interval_seconds=10.0, groups=groups, **known
    )  # fmt: skip


def run(
    ticks: list[TickFacts], rules: AlertRules = DEFAULTS, silences=(), memory: Memory = NOTHING
) -> list[Transition]:
    """Take ticks in, one after the other."""
    steps: list[Transition] = []
    for facts in ticks:
        steps.append(evaluate(memory, facts, rules, silences))
        memory = steps[-1].memory
    return steps


def told(steps: list[Transition]) -> list[str]:
    """What was told, in order: ``fired lag_over_objective 2`` with the number of alerts."""
    return [
        f"{n.reason.value} {n.rule.value} {len(n.alerts)}" for s in steps for n in s.notifications
    ]
