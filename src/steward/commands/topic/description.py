"""One topic in full: health, partitions, configuration and consuming groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.analysis.lag.positions import Positions, flags_of, total_lag
from steward.commands.api.config_rows import ConfigRow, config_rows
from steward.commands.topic.health import Missing, PartitionState, TopicFacts
from steward.model.config import ConfigSource
from steward.model.connection import Environment
from steward.model.doc import Doc
from steward.model.lag import Flag
from steward.model.names import TopicPartition
from steward.model.policy import Criticality, criticality_of
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Partition, PartitionOffsets, Topic
from steward.model.unknown import NotApplicable, Unknown, Why, value_or

SECTIONS = ("summary", "partitions", "configs", "groups")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSummary:
    """Summary of a topic."""

    offline: Annotated[int, Doc("partitions without a leader")]
    under_replicated: Annotated[int, Doc("partitions with a replica that is out of sync")]
    under_min_isr: Annotated[int | Missing, Doc("partitions below min.insync.replicas")]
    at_min_isr: Annotated[int | Missing, Doc("partitions exactly at min.insync.replicas")]
    partition_count: int
    replication_factor: Annotated[
        int, Doc("smallest replication factor of a partition, not counting replicas being added")
    ]
    min_insync_replicas: int | Missing
    criticality: Annotated[
        Criticality, Doc("criticality from the profile, or the default for undeclared topics")
    ]
    cleanup_policy: str | Missing
    retention_ms: Annotated[int | Missing, Doc("-1 is unlimited")]
    retention_bytes: Annotated[int | Missing, Doc("per partition; -1 is unlimited")]
    size_bytes: Annotated[int | Missing, Doc("bytes on disk, all replicas")]
    topic_id: Annotated[str, Doc("KIP-516")]
    is_internal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPartitionRow:
    """One partition. Replicas are broker ids, the preferred leader first."""

    partition: int
    state: Annotated[
        PartitionState, Doc("offline, under_min_isr, under_replicated, reassigning or ok")
    ]
    leader: Annotated[int | None, Doc("null where the partition has none")]
    leader_epoch: Annotated[int, Doc("increases at each election", wide=True)]
    replicas: tuple[int, ...]
    isr: Annotated[tuple[int, ...], Doc("replicas in sync")]
    elr: Annotated[
        tuple[int, ...] | NotApplicable, Doc("eligible leader replicas outside the ISR (KIP-966)")
    ]
    offline_replicas: Annotated[tuple[int, ...], Doc("replicas on brokers or disks that are down")]
    adding: Annotated[tuple[int, ...], Doc("brokers that a reassignment is adding", wide=True)]
    removing: Annotated[tuple[int, ...], Doc("brokers that a reassignment is removing", wide=True)]
    start_offset: Annotated[int | Unknown, Doc("first offset still stored")]
    end_offset: Annotated[int | Unknown, Doc("high watermark")]
    last_stable_offset: Annotated[
        int | Unknown, Doc("last stable offset: where read_committed consumers stop", wide=True)
    ]
    size_bytes: Annotated[int | Unknown, Doc("bytes of the leader's log")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumingGroup:
    """A group that has committed offsets on this topic."""

    group: str
    type: str | Unknown
    state: str | Unknown
    partitions: Annotated[int, Doc("partitions of this topic with a commit")]
    lag_records: Annotated[int | Missing, Doc("in this topic only")]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDescription:
    """A topic; a section that was not requested is null."""

    name: str
    summary: TopicSummary | None
    partitions: tuple[TopicPartitionRow, ...] | None
    configs: tuple[ConfigRow, ...] | Unknown | None
    groups: tuple[ConsumingGroup, ...] | Unknown | None


def describe_all(
    snapshot: ClusterSnapshot,
    names: frozenset[str],
    sections: tuple[str, ...],
    *,
    all_configs: bool,
    criticality: Mapping[str, Criticality],
    environment: Environment,
) -> tuple[TopicDescription, ...]:
    """Describe topics by name."""
    facts, positions = TopicFacts(snapshot), Positions(snapshot)
    overrides = frozenset({ConfigSource.TOPIC})
    return tuple(
        TopicDescription(
            name=topic.name,
            summary=_summary(topic, facts, criticality_of(topic.name, criticality, environment))
            if "summary" in sections
            else None,
            partitions=tuple(_partition(p, facts) for p in topic.partitions)
            if "partitions" in sections
            else None,
            configs=config_rows(facts.configs(topic.name), overrides, everything=all_configs)
            if "configs" in sections
            else None,
            groups=consuming_groups(topic.name, snapshot, positions)
            if "groups" in sections
            else None,
        )
        for topic in value_or(snapshot.topics, ())
        if topic.name in names
    )


def _summary(topic: Topic, facts: TopicFacts, criticality: Criticality) -> TopicSummary:
    health = facts.health(topic)
    return TopicSummary(
        topic_id=topic.id,
        is_internal=topic.is_internal,
        criticality=criticality,
        partition_count=len(topic.partitions),
        replication_factor=topic.replication_factor,
        min_insync_replicas=health.min_insync_replicas,
        cleanup_policy=facts.config_text(topic.name, "cleanup.policy"),
        retention_ms=facts.config_number(topic.name, "retention.ms"),
        retention_bytes=facts.config_number(topic.name, "retention.bytes"),
        offline=health.offline,
        under_replicated=health.under_replicated,
        under_min_isr=health.under_min_isr,
        at_min_isr=health.at_min_isr,
        size_bytes=facts.topic_bytes(topic),
    )


def _partition(p: Partition, facts: TopicFacts) -> TopicPartitionRow:
    offsets = _offsets(p.key, facts.snapshot)
    move = facts.moving.get(p.key)
    known = isinstance(offsets, PartitionOffsets)
    return TopicPartitionRow(
        partition=p.partition,
        state=facts.state(p),
        leader=p.leader if p.leader >= 0 else None,
        leader_epoch=p.leader_epoch,
        replicas=p.replicas,
        isr=p.isr,
        elr=p.elr,
        offline_replicas=p.offline_replicas,
        adding=move.adding if move else (),
        removing=move.removing if move else (),
        start_offset=offsets.start if known else offsets,
        end_offset=offsets.end if known else offsets,
        last_stable_offset=offsets.last_stable if known else offsets,
        size_bytes=facts.log_bytes(p.key, p.leader)
        if p.leader >= 0
        else Unknown(Why.UNREACHABLE, "the partition has no leader"),
    )


def _offsets(partition: TopicPartition, snapshot: ClusterSnapshot) -> PartitionOffsets | Unknown:
    if isinstance(snapshot.offsets, Unknown):
        return snapshot.offsets
    missing = Unknown(Why.TRUNCATED, f"no broker reported offsets of {partition}")
    return snapshot.offsets.value.get(partition, missing)


def consumers_of(snapshot: ClusterSnapshot) -> frozenset[str]:
    """Return the groups with a commit on any of the topics described."""
    found = value_or(snapshot.group_offsets, {})
    return frozenset(g for g, o in found.items() if not isinstance(o, Unknown) and o.committed)


def consuming_groups(
    topic: str, snapshot: ClusterSnapshot, positions: Positions
) -> tuple[ConsumingGroup, ...] | Unknown:
    """Return the groups with a commit on one topic, with their lag in it."""
    if isinstance(snapshot.group_offsets, Unknown):
        return snapshot.group_offsets
    listed = {g.id: g for g in value_or(snapshot.groups, ())}
    rows: list[ConsumingGroup] = []
    for group in sorted(consumers_of(snapshot)):
        committed = positions.committed(group)
        if isinstance(committed, Unknown):
            continue
        here = tuple(
            positions.of_partition(p, offset)
            for p, offset in sorted(committed.items())
            if p.topic == topic
        )
        if here:
            known = listed.get(group)
            why = _not_described(snapshot)
            rows.append(
                ConsumingGroup(
                    group=group,
                    type=known.type.value if known else why,
                    state=known.state if known else why,
                    partitions=len(here),
                    lag_records=total_lag(here),
                    flags=flags_of(here),
                )
            )
    return tuple(rows)


def _not_described(snapshot: ClusterSnapshot) -> Unknown:
    if isinstance(snapshot.groups, Unknown):
        return snapshot.groups
    return Unknown(Why.TRUNCATED, "no broker lists the group anymore")
