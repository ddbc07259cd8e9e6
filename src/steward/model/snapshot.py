"""The frozen snapshot: each part as observed, or why it is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from steward.model.acl import AclBinding
from steward.model.batch import BatchSample
from steward.model.broker import Broker, BrokerMetrics, LogDir
from steward.model.config import Configs
from steward.model.group import Group, GroupOffsets
from steward.model.names import TopicPartition
from steward.model.quorum import ClusterIdentity, Quorum
from steward.model.quota import QuotaEntry
from steward.model.record_key import KeySample
from steward.model.topic import MaxTimestamp, PartitionOffsets, Reassignment, Topic
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import NOT_REQUESTED, NotApplicable, Observed, Unknown
from steward.model.user import ScramUser


class Part(StrEnum):
    """The parts of a snapshot; each has its own requests."""

    IDENTITY = "identity"
    BROKERS = "brokers"
    QUORUM = "quorum"
    TOPICS = "topics"
    TOPIC_CONFIGS = "topic_configs"
    BROKER_CONFIGS = "broker_configs"
    BROKER_LOGGERS = "broker_loggers"
    GROUP_CONFIGS = "group_configs"
    CLIENT_METRICS = "client_metrics"
    LOG_DIRS = "log_dirs"
    REASSIGNMENTS = "reassignments"
    OFFSETS = "offsets"
    MAX_TIMESTAMPS = "max_timestamps"
    GROUPS = "groups"
    GROUP_OFFSETS = "group_offsets"
    ACLS = "acls"
    QUOTAS = "quotas"
    USERS = "users"
    TRANSACTIONS = "transactions"
    PRODUCERS = "producers"
    SAMPLES = "samples"
    KEYS = "keys"
    METRICS = "metrics"


ALL_PARTS = frozenset(Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSnapshot:
    """Everything observed of one cluster.

    Shape:  a part is ``Observed(value, at_ms, gaps)``, ``Unknown(why)`` or ``NotApplicable``; inside a part, an
            object whose own facts failed maps to ``Unknown``. Sequences are sorted by name or id.
    Source: the request of each part is in docs/reference/permissions.md.
    """

    identity: Observed[ClusterIdentity] | Unknown = NOT_REQUESTED
    brokers: Observed[tuple[Broker, ...]] | Unknown = NOT_REQUESTED
    quorum: Observed[Quorum] | Unknown | NotApplicable = NOT_REQUESTED
    topics: Observed[tuple[Topic, ...]] | Unknown = NOT_REQUESTED
    topic_configs: Observed[Mapping[str, Configs | Unknown]] | Unknown = NOT_REQUESTED
    broker_configs: Observed[Mapping[int, Configs | Unknown]] | Unknown = NOT_REQUESTED
    broker_loggers: Observed[Mapping[int, Configs | Unknown]] | Unknown = NOT_REQUESTED
    group_configs: Observed[Mapping[str, Configs | Unknown]] | Unknown | NotApplicable = (
        NOT_REQUESTED
    )
    client_metrics: Observed[Mapping[str, Configs | Unknown]] | Unknown | NotApplicable = (
        NOT_REQUESTED
    )
    log_dirs: Observed[Mapping[int, tuple[LogDir, ...] | Unknown]] | Unknown = NOT_REQUESTED
    reassignments: Observed[tuple[Reassignment, ...]] | Unknown = NOT_REQUESTED
    offsets: Observed[Mapping[TopicPartition, PartitionOffsets | Unknown]] | Unknown = NOT_REQUESTED
    max_timestamps: Observed[Mapping[TopicPartition, MaxTimestamp | Unknown]] | Unknown = (
        NOT_REQUESTED
    )
    groups: Observed[tuple[Group, ...]] | Unknown = NOT_REQUESTED
    group_offsets: Observed[Mapping[str, GroupOffsets | Unknown]] | Unknown = NOT_REQUESTED
    acls: Observed[tuple[AclBinding, ...]] | Unknown | NotApplicable = NOT_REQUESTED
    quotas: Observed[tuple[QuotaEntry, ...]] | Unknown | NotApplicable = NOT_REQUESTED
    users: Observed[tuple[ScramUser, ...]] | Unknown | NotApplicable = NOT_REQUESTED
    transactions: Observed[tuple[Transaction, ...]] | Unknown | NotApplicable = NOT_REQUESTED
    producers: (
        Observed[Mapping[TopicPartition, tuple[ProducerState, ...] | Unknown]]
        | Unknown
        | NotApplicable
    ) = NOT_REQUESTED
    samples: Observed[Mapping[TopicPartition, BatchSample | Unknown]] | Unknown = NOT_REQUESTED
    keys: Observed[Mapping[TopicPartition, KeySample | Unknown]] | Unknown = NOT_REQUESTED
    metrics: Observed[Mapping[int, BrokerMetrics | Unknown]] | Unknown = NOT_REQUESTED
    cost: "ObservationCost" = field(default_factory=lambda: ObservationCost())

    def __post_init__(self) -> None:
        """Mark the partitions being reassigned, where topics and reassignments were both observed."""
        topics, moves = self.topics, self.reassignments
        if isinstance(topics, Observed) and isinstance(moves, Observed):
            marked = _marked(topics.value, moves.value)
            if marked is not topics.value:
                object.__setattr__(self, "topics", replace(topics, value=marked))

    def part(self, part: Part) -> Observed[object] | Unknown | NotApplicable:
        """Return a part by its name."""
        return getattr(self, part.value)

    @property
    def cluster_id(self) -> str | None:
        """The id that the brokers report; None where it was not requested, not reported, or does not exist."""
        return (
            self.identity.value.cluster_id or None if isinstance(self.identity, Observed) else None
        )

    @property
    def latest_ms(self) -> int | None:
        """When the last answer arrived, by the observer's clock; None where nothing was observed."""
        seen = (self.part(part) for part in Part)
        return max((p.at_ms for p in seen if isinstance(p, Observed)), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationCost:
    """Cost of an observation: requests by API name, bytes received, seconds taken.

    ``latency_seconds`` is each broker's fastest answer.
    """

    requests: Mapping[str, int] = field(default_factory=dict[str, int])
    bytes_received: int = 0
    duration_seconds: float = 0.0
    latency_seconds: Mapping[int, float] = field(default_factory=dict[int, float])


def _marked(topics: tuple[Topic, ...], moves: tuple[Reassignment, ...]) -> tuple[Topic, ...]:
    """Return the topics with their reassignments marked; unchanged topics are the same objects."""
    moving = {r.partition: r for r in moves}
    names = {key.topic for key in moving}
    found = tuple(
        t.with_moves(moving) if t.name in names or any(p.is_moving for p in t.partitions) else t
        for t in topics
    )
    changed = any(new is not old for new, old in zip(found, topics, strict=True))
    return found if changed else topics


def overlaid(earlier: ClusterSnapshot, later: ClusterSnapshot) -> ClusterSnapshot:
    """Return the earlier snapshot, with each part requested by the later one replaced."""
    seen: dict[str, Any] = {
        part.value: later.part(part) for part in ALL_PARTS if later.part(part) != NOT_REQUESTED
    }
    return replace(earlier, **seen)
