"""One look at every offset, as columns: partitions of the cluster, and what groups have committed on them."""

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
"""Stands for an offset that was not learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCommits:
    """What one group has committed: a column of partition indexes, ascending, and a column of offsets.

    ``foreign`` are commits on partitions that the table does not have (deleted or hidden topics).
    """

    group: str
    type: str
    state: str
    coordinator: int
    partitions: Indexes
    committed: Longs
    foreign: Mapping[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])
    left_over: int = 0
    """commits on topics that no member subscribes to, which were taken out of the columns"""
    idle_members: int = 0


@dataclass(frozen=True, kw_only=True)
class OffsetTable:
    """Offsets of all partitions and commits of all groups, read in an order that can only overstate lag.

    Shape: ``partitions`` are sorted; ``topic_ids`` and ``leaders`` go with them; ``start``, ``end``, ``stable`` are
           ABSENT where unknown, with the reason in ``unknown``. Starts are read before commits, ends after.
    Units: ``sent`` and ``received`` are seconds on the collector's monotonic clock, the span within which each
           partition's end was read; ``clock_offset`` is what to add for wall-clock epoch seconds. ``states`` are the
           topics with leaders and replicas in sync, as the same look saw them.
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
    """as the brokers stated it; empty where they did not"""

    @cached_property
    def index(self) -> Mapping[TopicPartition, int]:
        """Each partition's place in the columns."""
        return {partition: i for i, partition in enumerate(self.partitions)}

    @cached_property
    def states_by_name(self) -> Mapping[str, Topic]:
        """Each topic's leaders and replicas in sync."""
        return {topic.name: topic for topic in self.states}

    @cached_property
    def topics(self) -> Topics:
        """The topics' ids with their numbers of partitions: what the columns are, in few words."""
        found: dict[str, int] = {}
        for topic in self.topic_ids:
            found[topic] = found.get(topic, 0) + 1
        return tuple(found.items())

    @property
    def now(self) -> float:
        """The time of the look: when the last end arrived, monotonic seconds."""
        return float(self.received.max()) if len(self.received) else 0.0
