"""Groups of all four types (classic, consumer, share, streams), their members and committed offsets."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from steward.model.names import TopicPartition
from steward.model.unknown import NotApplicable, Unknown


class GroupType(StrEnum):
    """Kafka's group types (ListGroups v5)."""

    CLASSIC = "classic"
    CONSUMER = "consumer"
    SHARE = "share"
    STREAMS = "streams"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member as its coordinator reports it.

    ``instance_id`` is None for a dynamic member (KIP-345). ``epoch`` is the member epoch of KIP-848/932/1071
    groups. ``assignment`` is the current assignment, ``target`` the one that the group moves to.
    """

    id: str
    instance_id: str | None
    client_id: str
    host: str
    rack: str | None = None
    epoch: int | NotApplicable
    subscribed_topics: tuple[str, ...]
    subscribed_regex: str | None = None
    assignment: tuple[TopicPartition, ...]
    target: tuple[TopicPartition, ...] | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDetail:
    """What DescribeGroups adds to ListGroups.

    ``epoch`` and ``assignment_epoch`` exist for the new protocols only; ``assignor`` is the classic protocol
    name (``range``, ``cooperative-sticky`` ...) or the server-side assignor.
    """

    assignor: str
    epoch: int | NotApplicable
    assignment_epoch: int | NotApplicable
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group as listed; ``state`` in Kafka's spelling; ``coordinator`` is the broker that lists it."""

    id: str
    type: GroupType
    state: str
    protocol_type: str
    coordinator: int
    detail: GroupDetail | Unknown


@dataclass(frozen=True, slots=True)
class GroupOffsets:
    """A group's committed offsets; a partition without a commit is absent.

    For share groups these are the share-partition start offsets (KIP-932).
    """

    group: str
    committed: Mapping[TopicPartition, int]
