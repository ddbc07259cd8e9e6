"""One poll of every offset, as columns: the cluster's partitions and the groups' commits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from steward.model.names import TopicPartition
from steward.model.topic import Topic
from steward.model.unknown import Unknown

Longs = NDArray[np.int64]
Doubles = NDArray[np.float64]
Indexes = NDArray[np.int32]
Topics = tuple[tuple[str, int], ...]
"""Topic ids with their numbers of partitions, in the order of a table's columns."""

ABSENT = -1
"""An unknown offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCommits:
    """Commits of one group: a column of partition indexes, ascending, and a column of offsets.

    ``foreign`` are commits on partitions that are not in the table (deleted or hidden topics).
    """

    group: str
    type: str
    state: str
    coordinator: int
    partitions: Indexes
    committed: Longs
    foreign: Mapping[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])
    left_over: int = 0
    """commits on topics that no member subscribes to, removed from the columns"""
    idle_members: int = 0


@dataclass(frozen=True, kw_only=True)
class OffsetTable:
    """Offsets of all partitions and commits of all groups, read in an order that can only overstate lag.

    Shape: ``topic_ids`` and ``leaders`` have a value per partition.
    Units: ``sent`` and ``received`` are seconds on the collector's monotonic clock and bound when each partition's end
           was read; ``clock_offset`` converts them to wall-clock epoch seconds.

    ``partitions`` are sorted. ``start``, ``end`` and ``stable`` are ABSENT if unknown, with the reason in ``unknown``.
    Starts are read before commits, ends after them. ``states`` are the topics with leaders and in-sync replicas, from
    the same poll.
    """

    partitions: tuple[TopicPartition, ...]
    topic_ids: tuple[str, ...]
    leaders: Indexes
    start: Longs
    end: Longs
    stable: Longs
    sent: Doubles
    received: Doubles
    clock_offset: float
    groups: tuple[GroupCommits, ...]
    unknown_groups: Mapping[str, Unknown] = field(default_factory=dict[str, Unknown])
    unknown: Mapping[int, Unknown] = field(default_factory=dict[int, Unknown])
    gaps: tuple[Unknown, ...] = ()
    requests: Mapping[str, int] = field(default_factory=dict[str, int])
    states: tuple[Topic, ...] = ()
    cluster_id: str = ""
    """as the brokers report it; empty if they do not"""

    @cached_property
    def index(self) -> Mapping[TopicPartition, int]:
        """Each partition's index in the columns."""
        return {partition: i for i, partition in enumerate(self.partitions)}

    @cached_property
    def states_by_name(self) -> Mapping[str, Topic]:
        """Each topic's leaders and in-sync replicas."""
        return {topic.name: topic for topic in self.states}

    @cached_property
    def topics(self) -> Topics:
        """The topics' ids with their numbers of partitions, which define the columns."""
        found: dict[str, int] = {}
        for topic in self.topic_ids:
            found[topic] = found.get(topic, 0) + 1
        return tuple(found.items())

    @property
    def now(self) -> float:
        """The time of the poll: when the last end arrived, monotonic seconds."""
        return float(self.received.max()) if len(self.received) else 0.0
