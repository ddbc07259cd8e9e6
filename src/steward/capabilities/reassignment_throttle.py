"""Throttles of replication: what is held back now, for whom, and what is left of moves that are over."""

from dataclasses import dataclass
from typing import Annotated

from steward.capabilities.answering import answer
from steward.capabilities.carrying_out import change
from steward.capabilities.changing import plan_fields, source_of
from steward.capabilities.consent import ConsentParams
from steward.capabilities.context import Context
from steward.capabilities.execution_report import ChangeReport
from steward.capabilities.group_position import seen_or_fault
from steward.capabilities.plan_report import PlanReport
from steward.capabilities.planned import Wanted, make
from steward.capabilities.registry import Answer, Capability, Effect, Outcome, capability
from steward.capabilities.remembered import remembered
from steward.cluster.ports import EVERYTHING
from steward.model.change import ConfigTarget
from steward.model.config import Configs, ConfigSource
from steward.model.doc import Doc
from steward.model.finding import ObjectRef
from steward.model.plan import Remaining
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.throttle import (
    THROTTLED_RATES,
    THROTTLED_REPLICAS,
    HeldThrottle,
    ThrottleKind,
)
from steward.model.unknown import Observed, Unknown
from steward.rebalancing.sweeping import Ground, Standing, gone_since, sweep, throttles_on

PARTS = (
    Part.BROKERS,
    Part.TOPICS,
    Part.TOPIC_CONFIGS,
    Part.BROKER_CONFIGS,
    Part.REASSIGNMENTS,
)

_NEEDED = (Part.TOPIC_CONFIGS, Part.BROKER_CONFIGS, Part.REASSIGNMENTS)
"""Without one of them nothing can be told: whose a throttle is shows only beside what moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleListParams:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRow:
    """One entry of a topic's list of throttled replicas, or one rate of a broker."""

    object: Annotated[ObjectRef, Doc("the topic or the broker")]
    key: Annotated[str, Doc("Kafka's key")]
    value: Annotated[str, Doc("partition:broker, or bytes a second")]
    standing: Annotated[
        Standing,
        Doc(
            "in_use: a reassignment is in flight for it; orphan: steward set it, and none is; others: somebody else "
            "set it, and none is"
        ),
    ]
    plan_id: Annotated[str, Doc("steward's plan that set it; empty: it is not steward's")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedThrottle:
    """What steward set on a broker that is down now: it stands there when the broker is back."""

    broker: int
    key: str
    plan_id: str
    debt: Annotated[str, Doc("why it could not be taken away")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleList:
    """Every throttle of replication that is set."""

    throttles: tuple[ThrottleRow, ...]
    owed: Annotated[tuple[OwedThrottle, ...], Doc("on brokers that are down, by steward's journal")]


@capability(
    "reassignment.throttle.list",
    parts=PARTS,
    examples=("steward reassignment throttle list",),
)
def list_throttles(params: ThrottleListParams, context: Context) -> Answer[ThrottleList]:
    """List every throttle of replication on topics and brokers, and whose it is.

    The journal knows those that steward set. One that no reassignment in flight needs is an orphan: it would hold
    back replicas that have to catch up. Take them away with steward reassignment throttle sweep.
    """
    seen = context.observe(frozenset(PARTS), EVERYTHING)
    whole = all(isinstance(seen.part(p), Observed) for p in (*_NEEDED, Part.IDENTITY))
    ground = _ground(seen, context) if whole else None
    data = ThrottleList(
        throttles=_rows(ground) if ground else (), owed=_owed(ground) if ground else ()
    )
    return answer(data, seen, context, PARTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleSweepParams(ConsentParams):
    """What to take away, and what is agreed to."""

    all: Annotated[
        bool, Doc("those that steward did not set, too, if no reassignment is in flight for them")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleSweep(ChangeReport):
    """The plan that takes orphans away, and what became of it."""

    throttles: Annotated[tuple[ThrottleRow, ...], Doc("every throttle, as it was before")] = ()


@capability(
    "reassignment.throttle.sweep",
    effect=Effect.EXECUTE,
    parts=PARTS,
    changes=(ConfigTarget.TOPIC, ConfigTarget.BROKER),
    examples=(
        "steward reassignment throttle sweep --dry-run",
        "steward reassignment throttle sweep --yes",
        "steward reassignment throttle sweep --all --yes",
    ),
)
def sweep_throttles(params: ThrottleSweepParams, context: Context) -> Answer[ThrottleSweep]:
    """Take away the throttles that steward left and no reassignment needs.

    An operator's own values come back as they were. What moves now keeps its throttle. Others' throttles stay, but for
    --all. A broker that is down is left out: what it is owed stays written down, and the next sweep, or the next
    execution that moves data, pays it.
    """
    first: list[Ground] = []

    def wanted(seen: ClusterSnapshot) -> Wanted:
        ground = _ground(seen, context)
        first.append(ground)
        return Wanted(
            title="sweep throttles that no reassignment needs",
            source=source_of("reassignment", "throttle", "sweep", "--all" if params.all else ""),
            changes=sweep(ground, others_too=params.all),
            remaining=_remaining(ground),
        )

    made = make(context, wanted, first=(frozenset(PARTS), EVERYTHING))
    rows = _rows(first[0])

    def extended(report: PlanReport) -> ThrottleSweep:
        return ThrottleSweep(**plan_fields(report), throttles=rows)

    answered = change(made, context, params, extended)
    if answered.outcome is Outcome.DONE and not params.dry_run:
        _cross_out(context)
    return answered


def _cross_out(context: Context) -> None:
    """Cross out of the journal what does not stand there any more, unless somebody changes the cluster meanwhile."""
    from steward.executing.turn import Turn

    seen = context.observe(frozenset(PARTS), EVERYTHING)
    gone = gone_since(_ground(seen, context))
    if not gone:
        return
    cluster_id = seen_or_fault(seen.identity).cluster_id
    with remembered(context) as store:
        turn = Turn(store.leases, cluster_id)
        if turn.take() is not None:
            return  # the next sweep, or the next execution that moves data, crosses it out
        try:
            store.throttles.write(cluster_id, turn.fence, drop=gone)
        finally:
            turn.give_back()


def _ground(seen: ClusterSnapshot, context: Context) -> Ground:
    """Put together what is known.

    Errors: as observing; StoreUnavailable.
    """
    with remembered(context) as store:
        held = store.throttles.held(seen_or_fault(seen.identity).cluster_id)
    topics = seen_or_fault(seen.topic_configs)
    brokers = seen_or_fault(seen.broker_configs)
    return Ground(
        lists={
            (topic, key): _own(configs, key, ConfigSource.TOPIC)
            for topic, configs in topics.items()
            if not isinstance(configs, Unknown)
            for key in THROTTLED_REPLICAS
        },
        rates={
            (broker, key): _own(configs, key, ConfigSource.BROKER)
            for broker, configs in brokers.items()
            if not isinstance(configs, Unknown)
            for key in THROTTLED_RATES
        },
        moving=seen_or_fault(seen.reassignments),
        held=held,
    )


def _own(configs: Configs, key: str, source: ConfigSource) -> str | None:
    entry = configs.get(key)
    return entry.value if entry is not None and entry.source is source else None


def _rows(ground: Ground) -> tuple[ThrottleRow, ...]:
    return tuple(
        ThrottleRow(
            object=ObjectRef(f.target.value, f.name),
            key=f.key,
            value=f.value,
            standing=f.standing,
            plan_id=f.plan_id,
        )
        for f in throttles_on(ground)
    )


def _down(ground: Ground) -> tuple[HeldThrottle, ...]:
    """Return what is owed to brokers that cannot be asked."""
    return tuple(
        h
        for h in ground.held
        if h.kind is ThrottleKind.RATE and (int(h.name), h.key) not in ground.rates
    )


def _owed(ground: Ground) -> tuple[OwedThrottle, ...]:
    return tuple(
        OwedThrottle(
            broker=int(h.name),
            key=h.key,
            plan_id=h.plan_id,
            debt=h.debt or f"broker {h.name} cannot be asked",
        )
        for h in _down(ground)
    )


def _remaining(ground: Ground) -> tuple[Remaining, ...]:
    return tuple(
        Remaining(
            object=ObjectRef("broker", h.name),
            reason=f"{h.key} of plan {h.plan_id} stands there, and the broker cannot be asked",
            remedy="sweep again when it is back",
        )
        for h in _down(ground)
    )


CAPABILITIES: tuple[Capability, ...] = (list_throttles, sweep_throttles)
