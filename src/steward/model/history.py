"""History: samples of a group, merged so that the worst values remain, and its events."""

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
"""Statuses from good to bad; merging samples keeps the worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPoint:
    """One sample of a group, or of its part of one topic; None means unknown.

    Seconds are those of the worst partition, records the sum over partitions. The sums of commits and ends count the
    partitions known in this sample, for rates between points.
    """

    group: Annotated[str, Doc("name of the group")]
    topic: Annotated[str | None, Doc("null for the whole group")] = None
    state: Annotated[str, Doc("in Kafka's spelling")]
    status: Annotated[LagStatus, Doc("ok, lagging, over_objective, data_loss or unknown")]
    lag_records: Annotated[int | None, Doc("sum over partitions")] = None
    lag_seconds: Annotated[float | None, Doc("of the worst partition, best estimate")] = None
    low: Annotated[float | None, Doc("proved lower bound, seconds")] = None
    high: Annotated[float | None, Doc("proved upper bound, seconds; null: none")] = None
    basis: Annotated[Basis | None, Doc("the timestamps the seconds are based on")] = None
    members: Annotated[int | None, Doc("members of the group")] = None
    unknown_partitions: Annotated[int, Doc("partitions whose seconds are not known")] = 0
    lost_records: Annotated[int, Doc("offsets deleted before they were consumed")] = 0
    committed_sum: Annotated[int | None, Doc("sum of the commits")] = None
    end_sum: Annotated[int | None, Doc("sum of the ends")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySpan:
    """Samples of a period, merged. Samples of different basis are never in one span.

    ``worst`` holds the maximum of each figure (seconds, both bounds, records), the worst status, and no upper bound
    if any sample had none. A breach therefore stays visible in coarse spans.
    """

    at_ms: Annotated[int, Doc("its beginning, epoch milliseconds")]
    seconds: Annotated[int, Doc("its length; 0 for a single sample")]
    samples: Annotated[int, Doc("samples in it")]
    unknown_samples: Annotated[int, Doc("samples in it whose seconds are unknown")]
    best_seconds: Annotated[float | None, Doc("the smallest lag of all samples")]
    worst: Annotated[GroupPoint, Doc("the largest figures of all samples")]


class EventKind(StrEnum):
    """Kinds of group events."""

    REBALANCE = "rebalance"
    """its assignment changed: a new generation, epoch or distribution"""
    MEMBER_JOINED = "member_joined"
    MEMBER_LEFT = "member_left"
    NOT_STABLE = "not_stable"
    """a sample found it in another state than Stable or Empty"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEvent:
    """An event of a group, or several of one kind found by one sample."""

    at_ms: Annotated[int, Doc("when it was observed, epoch milliseconds")]
    group: str
    kind: EventKind
    count: Annotated[int, Doc("number of events")] = 1
    detail: Annotated[str, Doc("the reason, where it is known")] = ""
