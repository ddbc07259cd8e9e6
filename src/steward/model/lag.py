"""Lag of a group, in seconds with bounds and in records, and its flags."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from steward.model.doc import Doc
from steward.model.unknown import NotApplicable, Unknown

OBJECTIVE_SECONDS = 60.0
"""The lag objective where none is configured."""


class Basis(StrEnum):
    """The timestamps that a lag in seconds is based on."""

    CREATE_TIME = "create_time"
    """the record's own timestamp, set by its producer"""
    LOG_APPEND_TIME = "log_append_time"
    """the record's own timestamp, set by the broker"""
    APPEND = "append"
    """when the record became visible, by the daemon's clock"""


class LagStatus(StrEnum):
    """Status of a lag."""

    OK = "ok"
    """nothing is unread, or at most the share of the objective set by alerts.ok_ratio"""
    LAGGING = "lagging"
    """above that share, within the objective"""
    OVER_OBJECTIVE = "over_objective"
    DATA_LOSS = "data_loss"
    UNKNOWN = "unknown"


class Flag(StrEnum):
    """Special conditions of a position."""

    DATA_LOSS = "data_loss"
    """records were deleted before they were consumed"""
    NO_COMMIT = "no_commit"
    """assigned, but nothing is committed"""
    TOPIC_GONE = "topic_gone"
    """committed on a partition that no longer exists"""
    OPEN_TRANSACTION = "open_transaction"
    """read_committed consumers cannot read records beyond the last stable offset yet"""
    MARKER_ONLY = "marker_only"
    """only transaction markers remain: no record to read"""
    COMPACTED = "compacted"
    """compaction removes records: lag in records is an upper bound"""
    RECREATED = "recreated"
    """the commit is beyond the end, or the topic's id changed: the log is not the one it was committed on"""
    CLOCK_SKEW = "clock_skew"
    """a timestamp is ahead of now; far ahead it proves no age"""
    NON_MONOTONE = "non_monotone"
    """timestamps do not rise with offsets: only a lower bound is proved, or none"""
    LEADER_CHANGE = "leader_change"
    """the new leader does not know the high watermark yet"""
    SIMPLE_CONSUMER = "simple_consumer"
    """offsets are committed without membership: a consumer that assigns its own partitions (assign()); not set where
        commits were observed not to advance
    """
    NOT_SUBSCRIBED = "not_subscribed"
    """no member subscribes to the topic any more: its commits are leftovers and do not count"""
    IDLE_MEMBERS = "idle_members"
    """members without a partition: they add no throughput"""
    STALE = "stale"
    """measured more than three collection intervals ago"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LagSeconds:
    """Age of the oldest unprocessed record. The true age is within [low, high]; ``high`` is null where only a lower
    bound is known.
    """  # noqa: D205

    value: Annotated[float, Doc("best estimate, seconds")]
    low: Annotated[float, Doc("proved lower bound, seconds")]
    high: Annotated[float | None, Doc("proved upper bound, seconds; null where there is none")]
    basis: Annotated[Basis, Doc("the timestamps it is based on")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionLag:
    """A group's position in one partition. For share groups the commit is the share-partition start offset."""

    topic: str
    partition: int
    committed_offset: Annotated[int | NotApplicable, Doc("null where nothing is committed")]
    start_offset: Annotated[
        int | Unknown | NotApplicable, Doc("first offset still stored", wide=True)
    ]
    end_offset: Annotated[int | Unknown | NotApplicable, Doc("high watermark")]
    lag_records: Annotated[
        int | Unknown | NotApplicable, Doc("offsets between commit and end, never below 0")
    ]
    lag_seconds: Annotated[LagSeconds | Unknown, Doc("age of the oldest unprocessed record")]
    lost_records: Annotated[int, Doc("offsets deleted before they were consumed", wide=True)]
    flags: Annotated[tuple[Flag, ...], Doc("special conditions")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLag:
    """A group's lag: seconds of its worst partition, records summed over partitions."""

    group: str
    type: Annotated[str, Doc("classic, consumer, share or streams")]
    state: Annotated[str, Doc("in Kafka's spelling")]
    lag_records: Annotated[int | Unknown, Doc("sum over partitions")]
    lag_seconds: Annotated[LagSeconds | Unknown, Doc("of the worst partition")]
    status: Annotated[
        LagStatus,
        Doc(
            "ok (up to alerts.ok_ratio of the objective), lagging, over_objective, data_loss, unknown"
        ),
    ]
    flags: Annotated[tuple[Flag, ...], Doc("of any partition")]
    partitions: Annotated[tuple[PartitionLag, ...], Doc("every committed or assigned partition")]
