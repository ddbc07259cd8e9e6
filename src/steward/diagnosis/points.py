"""What is kept of a measured group: one point for the whole, and one for each topic that is not caught up."""

from steward.diagnosis.measure import group_lag
from steward.model.history import GroupPoint
from steward.model.lag import GroupLag, LagSeconds, PartitionLag
from steward.model.unknown import Unknown


def points_of(
    lag: GroupLag, *, members: int | None, objective_seconds: float
) -> tuple[GroupPoint, ...]:
    """Return the points of one group.

    Shape: the whole group first; then topics by name, without those that are caught up, for most of a cluster is
           caught up most of the time.
    """
    topics: dict[str, list[PartitionLag]] = {}
    for partition in lag.partitions:
        topics.setdefault(partition.topic, []).append(partition)
    points = [_point(lag, None, members)]
    for topic in sorted(topics):
        part = group_lag(
            lag.group, lag.type, lag.state, topics[topic], objective_seconds=objective_seconds
        )
        if part.lag_records != 0 or any(p.lost_records for p in part.partitions):
            points.append(_point(part, topic, members))
    return tuple(points)


def _point(lag: GroupLag, topic: str | None, members: int | None) -> GroupPoint:
    seconds = lag.lag_seconds if isinstance(lag.lag_seconds, LagSeconds) else None
    committed = [p.committed_offset for p in lag.partitions if isinstance(p.committed_offset, int)]
    ends = [p.end_offset for p in lag.partitions if isinstance(p.end_offset, int)]
    return GroupPoint(
        group=lag.group,
        topic=topic,
        state=lag.state,
        lag_records=None if isinstance(lag.lag_records, Unknown) else lag.lag_records,
        lag_seconds=seconds.value if seconds else None,
        low=seconds.low if seconds else None,
        high=seconds.high if seconds else None,
        basis=seconds.basis if seconds else None,
        status=lag.status,
        members=members,
        unknown_partitions=sum(isinstance(p.lag_seconds, Unknown) for p in lag.partitions),
        lost_records=sum(p.lost_records for p in lag.partitions),
        committed_sum=sum(committed) if committed else None,
        end_sum=sum(ends) if ends else None,
    )
