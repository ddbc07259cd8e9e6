"""Build a rebalance goal from command-line options."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from steward.commands.api.context import Context
from steward.commands.reassignment.fixed_partitions import KeptPartitions, kept_partitions
from steward.commands.reassignment.goal_options import FACTOR, GoalOptions, ids
from steward.commands.reassignment.rebalance_input import RebalanceInput, text_of, unusable
from steward.model.config import config_entry
from steward.model.error import UsageError
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.unknown import Observed

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.goal import Obstacle, RebalanceGoal
    from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
    from steward.analysis.rebalance.optimality import ProvedPlacement

DISK_BELOW = 80.0
"""Percentage of a broker's disks that a relief leaves used at most, if none is given; Cruise Control's, too."""
INTERNAL = frozenset({"__consumer_offsets", "__transaction_state", "__share_group_state"})
"""Kafka's own topics (Topic.INTERNAL_TOPICS): their replication factor changes only where they are named."""


def parts_for(intent: str) -> frozenset[Part]:
    """Return the additional parts to read: min.insync.replicas, the lower bound of any replication factor."""
    return frozenset({Part.TOPIC_CONFIGS}) if intent == FACTOR else frozenset()


def partitions_kept(asked: GoalOptions, inputs: RebalanceInput) -> frozenset[TopicPartition]:
    """Return the partitions that may not move.

    Errors: as `kept_partitions`.
    """
    layout = inputs.layout
    stays = kept_partitions(asked, layout).stays
    return frozenset(p for p, kept in zip(layout.partitions, stays, strict=True) if kept)


def goal_of(asked: GoalOptions, inputs: RebalanceInput) -> "RebalanceGoal":
    """Return the rebalance goal.

    Errors: UsageError for topics that are both selected and kept; ObjectNotFound for topics that do not exist.
    """
    from steward.analysis.rebalance.goal import Intent, RebalanceGoal
    from steward.analysis.rebalance.layout import BalancedResource

    layout = inputs.layout
    kept = kept_partitions(asked, layout)
    return RebalanceGoal(
        intent=Intent(asked.intent),
        brokers=ids(asked.brokers, "--brokers"),
        tolerance=asked.tolerance / 100,
        disk_share=(DISK_BELOW if asked.below is None else asked.below) / 100,
        resources=_resources(asked, layout),
        with_leaders=not asked.resources or BalancedResource.LEADERS in asked.resources,
        fixed=kept.mask,
        fixed_by=kept.by,
        excluded=ids(asked.exclude_brokers, "--exclude-brokers"),
        strict_racks=asked.strict_racks,
        factors=_factors(asked, layout, kept) if asked.intent == FACTOR else {},
        min_isr=min_isr_of(inputs),
    )


def _factors(
    asked: GoalOptions, layout: "ReplicaLayout", kept: KeptPartitions
) -> Mapping[str, int]:
    """Return the new replication factors by topic; Kafka's own topics change only where they are named."""
    pairs = zip(layout.partitions, kept.stays.tolist(), strict=True)
    moving = {p.topic for p, stays in pairs if not stays}
    named = asked.topics or asked.listed
    return dict.fromkeys(moving if named else moving - INTERNAL, asked.replication_factor)


def _resources(asked: GoalOptions, layout: "ReplicaLayout") -> "tuple[BalancedResource, ...]":
    """Return the resources to even, in order of importance: those asked for, or all whose load is known.

    Errors: UsageError for network load that was not measured.
    """
    from steward.analysis.rebalance.layout import PLACED, BalancedResource

    network = (BalancedResource.NETWORK_IN, BalancedResource.NETWORK_OUT)
    measured = bool(layout.bytes_in.any())
    if asked.resources:
        wanted = tuple(dict.fromkeys(BalancedResource(r) for r in asked.resources))
        blind = [r for r in wanted if r in network and not measured]
        if blind:
            raise UsageError(
                f"--resources {blind[0].value}: write rates are not known",
                remedy="add --window 30s" if not asked.snapshot
                else "make the file with reassignment snapshot --window 30s",
            )  # fmt: skip
        return wanted
    return tuple(r for r in (*PLACED, BalancedResource.NETWORK_OUT) if measured or r not in network)


def min_isr_of(inputs: RebalanceInput) -> Mapping[str, int]:
    """Return the topics' min.insync.replicas where known."""
    configs = inputs.seen.topic_configs if inputs.seen is not None else None
    found: dict[str, int] = {}
    for topic, entries in configs.value.items() if isinstance(configs, Observed) else ():
        entry = config_entry(entries, "min.insync.replicas")
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


def evaluate_file(
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
