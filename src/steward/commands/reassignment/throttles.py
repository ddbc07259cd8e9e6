"""Replication throttles: in use now, and left behind by finished moves."""

from dataclasses import dataclass
from typing import Annotated

from steward.analysis.rebalance.throttles.leftover import (
    SweepInput,
    ThrottleUse,
    throttles_on,
)
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.open_store import open_store
from steward.model.config import Configs, ConfigSource
from steward.model.doc import Doc
from steward.model.finding import ObjectRef
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.throttle import (
    THROTTLED_RATES,
    THROTTLED_REPLICAS,
    HeldThrottle,
    ThrottleKind,
)
from steward.model.unknown import Unknown

PARTS = (
    Part.BROKERS,
    Part.TOPICS,
    Part.TOPIC_CONFIGS,
    Part.BROKER_CONFIGS,
    Part.REASSIGNMENTS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRow:
    """One entry of a topic's list of throttled replicas, or one rate of a broker."""

    object: Annotated[ObjectRef, Doc("the topic or the broker")]
    key: Annotated[str, Doc("Kafka's key")]
    value: Annotated[str, Doc("partition:broker, or bytes per second")]
    standing: Annotated[
        ThrottleUse,
        Doc(
            "in_use: needed by a reassignment in progress; orphan: set by steward, not needed; others: set by others, "
            "not needed"
        ),
    ]
    plan_id: Annotated[str, Doc("steward's plan that set it; empty: not set by steward")]


def sweep_input(seen: ClusterSnapshot, context: Context) -> SweepInput:
    """Combine cluster and journal.

    Errors: as observing; StoreUnavailable.
    """
    with open_store(context) as store:
        held = store.throttles.held(seen_or_fault(seen.identity).cluster_id)
    topics = seen_or_fault(seen.topic_configs)
    brokers = seen_or_fault(seen.broker_configs)
    return SweepInput(
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


def throttle_rows(inputs: SweepInput) -> tuple[ThrottleRow, ...]:
    """Return the throttles that are set on the cluster, as rows."""
    return tuple(
        ThrottleRow(
            object=ObjectRef(f.target.value, f.name),
            key=f.key,
            value=f.value,
            standing=f.standing,
            plan_id=f.plan_id,
        )
        for f in throttles_on(inputs)
    )


def brokers_down(inputs: SweepInput) -> tuple[HeldThrottle, ...]:
    """Return pending removals on brokers that do not respond."""
    return tuple(
        h
        for h in inputs.held
        if h.kind is ThrottleKind.RATE and (int(h.name), h.key) not in inputs.rates
    )
