"""Build a rebalance goal from command-line options."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward.commands.api.answers import wanted
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen
from steward.commands.reassignment.rebalance_input import RebalanceInput, text_of, unusable
from steward.model.command import Hint, steward
from steward.model.error import UsageError
from steward.model.snapshot import Part
from steward.model.unknown import Observed, Unknown

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.goal import Obstacle, RebalanceGoal, StayReason
    from steward.analysis.rebalance.layout import BrokerMask, ReplicaLayout
    from steward.analysis.rebalance.optimality import ProvedPlacement

_FACTOR = "change-replication-factor"
INTENTS = (
    "balance", "add-broker", "drain", "rack-repair", "leaders", _FACTOR, "partition-placement",
)  # fmt: skip
_FOR_BROKERS = ("add-broker", "drain")
INTERNAL = frozenset({"__consumer_offsets", "__transaction_state", "__share_group_state"})
"""Kafka's own topics (Topic.INTERNAL_TOPICS): their replication factor changes only where they are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalOptions:
    """The request: ``listed`` are the topics of a file, ``topics`` names and patterns."""

    intent: str
    brokers: tuple[str, ...]
    replication_factor: int
    tolerance: float
    topics: tuple[str, ...]
    listed: tuple[str, ...]
    exclude_topics: tuple[str, ...]
    exclude_brokers: tuple[str, ...]
    strict_racks: bool = False


def parts_for(intent: str) -> frozenset[Part]:
    """Return the additional parts to read: min.insync.replicas, the lower bound of any replication factor."""
    return frozenset({Part.TOPIC_CONFIGS}) if intent == _FACTOR else frozenset()


def excluded_topics(asked: GoalOptions, inputs: RebalanceInput) -> frozenset[str]:
    """Return the topics that must not move.

    Errors: ObjectNotFound for topics that do not exist.
    """
    names = {p.topic for p in inputs.layout.partitions}
    return frozenset(names - _moving(asked, names))


def goal_of(asked: GoalOptions, inputs: RebalanceInput) -> "RebalanceGoal":
    """Return the rebalance goal.

    Errors: UsageError for options that conflict; ObjectNotFound for topics that do not exist.
    """
    from steward.analysis.rebalance.goal import Intent, RebalanceGoal
    from steward.analysis.rebalance.layout import PLACED, BalancedResource

    layout = inputs.layout
    brokers = _ids(asked.brokers, "--brokers")
    _check(asked, brokers)
    names = {p.topic for p in layout.partitions}
    moving = _moving(asked, names)
    with_network = bool(layout.bytes_in.any())
    network = (BalancedResource.NETWORK_IN, BalancedResource.NETWORK_OUT)
    changed = moving if asked.topics or asked.listed else moving - INTERNAL
    return RebalanceGoal(
        intent=Intent(asked.intent),
        brokers=brokers,
        tolerance=asked.tolerance / 100,
        resources=tuple(
            r for r in (*PLACED, BalancedResource.NETWORK_OUT) if with_network or r not in network
        ),
        fixed=_mask(layout, names - moving) if moving < names else None,
        fixed_by=_fixed_by(asked, layout, names, moving),
        excluded=_ids(asked.exclude_brokers, "--exclude-brokers"),
        strict_racks=asked.strict_racks,
        factors=dict.fromkeys(changed, asked.replication_factor) if asked.intent == _FACTOR else {},
        min_isr=min_isr_of(inputs),
    )


def _mask(layout: "ReplicaLayout", topics: set[str]) -> "BrokerMask":
    import numpy as np

    return np.array([p.topic in topics for p in layout.partitions], np.bool_)


def _fixed_by(
    asked: GoalOptions, layout: "ReplicaLayout", names: set[str], moving: set[str]
) -> "Mapping[StayReason, BrokerMask]":
    """Return why partitions stay, by reason."""
    from steward.analysis.rebalance.goal import StayReason

    excluded = _excluded(asked, names)
    topics = {
        StayReason.NOT_SELECTED: names - moving - excluded,
        StayReason.EXCLUDED_TOPIC: excluded,
    }
    return {reason: _mask(layout, kept) for reason, kept in topics.items() if kept}


def _check(asked: GoalOptions, brokers: frozenset[int]) -> None:
    if bool(brokers) != (asked.intent in _FOR_BROKERS):
        needs = "needs --brokers 4,5" if not brokers else "does not accept --brokers"
        raise UsageError(
            f"{asked.intent} {needs}", remedy=Hint(steward("reassignment plan", help=True))
        )
    if bool(asked.replication_factor) != (asked.intent == _FACTOR):
        needs = "does not accept" if asked.replication_factor else "needs"
        raise UsageError(
            f"{asked.intent} {needs} --replication-factor",
            remedy=Hint(
                "for example ", steward("reassignment plan", _FACTOR, replication_factor=3)
            ),
        )
    if asked.replication_factor < 0:
        raise UsageError("--replication-factor must be 1 or more", remedy="for example 3")
    if not 0 < asked.tolerance <= 100:
        raise UsageError(
            "--tolerance must be a percentage above 0, at most 100",
            remedy="for example --tolerance 10",
        )


def _moving(asked: GoalOptions, names: set[str]) -> set[str]:
    """Return the topics that may move; those of a file must exist, as kafka-reassign-partitions requires."""
    moving = set(names)
    if asked.topics or asked.listed:
        moving = {*chosen(asked.topics, names, "topic")} if asked.topics else set[str]()
        wanted(asked.listed, names, "topic", complete=True)
        moving |= {*asked.listed}
    return moving - _excluded(asked, names)


def _excluded(asked: GoalOptions, names: set[str]) -> set[str]:
    return {*chosen(asked.exclude_topics, names, "topic")} if asked.exclude_topics else set()


def _ids(words: Iterable[str], option: str) -> frozenset[int]:
    try:
        return frozenset(int(w) for w in words)
    except ValueError:
        raise UsageError(
            f"{option} must be broker ids", remedy=f"for example {option} 4,5"
        ) from None


def min_isr_of(inputs: RebalanceInput) -> Mapping[str, int]:
    """Return the topics' min.insync.replicas where known."""
    configs = inputs.seen.topic_configs if inputs.seen is not None else None
    found: dict[str, int] = {}
    for topic, entries in configs.value.items() if isinstance(configs, Observed) else ():
        entry = None if isinstance(entries, Unknown) else entries.get("min.insync.replicas")
        if entry is not None and entry.value is not None and entry.value.isdigit():
            found[topic] = int(entry.value)
    return found


def topics_of_file(path: str, context: Context) -> tuple[str, ...]:
    """Read a topics-to-move file.

    Errors: UsageError.
    """
    from steward.analysis.rebalance.reassignment_json import FormatError, read_topics

    try:
        return read_topics(text_of(path, context))
    except FormatError as error:
        raise unusable(path, error) from None


def judged(
    path: str, context: Context, layout: "ReplicaLayout"
) -> "ProvedPlacement | tuple[Obstacle, ...]":
    """Evaluate an external reassignment, or return why it cannot be executed.

    Errors: UsageError for a file that is not a reassignment.
    """
    from steward.analysis.rebalance.given_plan import proposal_of
    from steward.analysis.rebalance.reassignment_json import FormatError, read_assignment

    try:
        assignment = read_assignment(text_of(path, context))
    except FormatError as error:
        raise unusable(path, error) from None
    return proposal_of(assignment, layout)
