"""What is kept over time: looks at a group, merged so that the worst of them stays, and what happened to it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from steward.model.doc import Doc
from steward.model.lag import Basis, LagStatus

WORST_LAST = (
    LagStatus.OK,
    LagStatus.LAGGING,
    LagStatus.UNKNOWN,
    LagStatus.OVER_OBJECTIVE,
    LagStatus.DATA_LOSS,
)
"""Statuses from good to bad; of several looks the last one in this order is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPoint:
    """A group, or what it reads of one topic, as one look saw it; None stands for what was not known.

    Shape: seconds are those of the worst partition, records the sum over partitions. The sums of commits and ends
           count the partitions that were known in the look, for rates between points.
    """

    group: Annotated[str, Doc("name of the group")]
    topic: Annotated[str | None, Doc("null for the whole group")] = None
    state: Annotated[str, Doc("in Kafka's spelling")]
    status: Annotated[LagStatus, Doc("ok, lagging, over_objective, data_loss or unknown")]
    lag_records: Annotated[int | None, Doc("sum over partitions")] = None
    lag_seconds: Annotated[float | None, Doc("of the worst partition, best estimate")] = None
    low: Annotated[float | None, Doc("proved lower bound, seconds")] = None
    high: Annotated[float | None, Doc("proved upper bound, seconds; null: none")] = None
    basis: Annotated[Basis | None, Doc("what the seconds rest on")] = None
    members: Annotated[int | None, Doc("members of the group")] = None
    unknown_partitions: Annotated[int, Doc("partitions whose seconds are not known")] = 0
    lost_records: Annotated[int, Doc("offsets deleted before they were consumed")] = 0
    committed_sum: Annotated[int | None, Doc("sum of the commits")] = None
    end_sum: Annotated[int | None, Doc("sum of the ends")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySpan:
    """The looks of a stretch of time, merged. Looks of different basis are never in one span.

    ``worst`` holds the largest of each figure (seconds, both bounds, records), the worst status, and no upper bound
    if any of the looks had none. So a breach stays visible however coarse the span is.
    """

    at_ms: Annotated[int, Doc("its beginning, epoch milliseconds")]
    seconds: Annotated[int, Doc("its length; 0 for a single look")]
    samples: Annotated[int, Doc("looks in it")]
    unknown_samples: Annotated[int, Doc("looks in it that could not tell the seconds")]
    best_seconds: Annotated[float | None, Doc("the smallest lag of all looks")]
    worst: Annotated[GroupPoint, Doc("the largest figures of all looks")]


class EventKind(StrEnum):
    """What can happen to a group."""

    REBALANCE = "rebalance"
    """its assignment changed: a new generation, epoch or distribution"""
    MEMBER_JOINED = "member_joined"
    MEMBER_LEFT = "member_left"
    NOT_STABLE = "not_stable"
    """a look found it in another state than Stable or Empty"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEvent:
    """Something that happened to a group, or several of a kind seen in one look."""

    at_ms: Annotated[int, Doc("when it was seen, epoch milliseconds")]
    group: str
    kind: EventKind
    count: Annotated[int, Doc("how many of them")] = 1
    detail: Annotated[str, Doc("the reason, as far as it could be told")] = ""
