"""What is kept of a group over time: one point for each look at it."""

from dataclasses import dataclass
from typing import Annotated

from steward.model.doc import Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPoint:
    """One group as one look saw it; None stands for what was not known.

    Shape: seconds are those of the worst partition, records the sum over partitions. ``basis`` and ``status`` are the
           values of `Basis` and `LagStatus`. The sums of commits and ends count the partitions that were known in the
           look, for rates between points.
    """

    group: Annotated[str, Doc("name of the group")]
    state: Annotated[str, Doc("in Kafka's spelling")]
    status: Annotated[str, Doc("ok, lagging, over_objective, data_loss or unknown")]
    lag_records: Annotated[int | None, Doc("sum over partitions")] = None
    lag_seconds: Annotated[float | None, Doc("of the worst partition, best estimate")] = None
    low: Annotated[float | None, Doc("proved lower bound, seconds")] = None
    high: Annotated[float | None, Doc("proved upper bound, seconds")] = None
    basis: Annotated[str | None, Doc("what the seconds rest on")] = None
    members: Annotated[int | None, Doc("members of the group")] = None
    unknown_partitions: Annotated[int, Doc("partitions whose seconds are not known")] = 0
    committed_sum: Annotated[int | None, Doc("sum of the commits")] = None
    end_sum: Annotated[int | None, Doc("sum of the ends")] = None
