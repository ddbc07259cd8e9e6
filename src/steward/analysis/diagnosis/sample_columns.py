"""Extract one group's sample from a poll of all groups, which is stored as columns."""

from steward.analysis.diagnosis.samples import GroupSample
from steward.analysis.lag.offset_table import ABSENT, GroupCommits, OffsetTable
from steward.model.group import Group, GroupType
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Unknown, Why

_NOT_REPORTED = Unknown(Why.REFUSED, "the leader did not report it")
_NOT_DESCRIBED = Unknown(Why.NOT_REQUESTED, "members were not requested at this sample")


def sample_of_table(
    table: OffsetTable, commits: GroupCommits, group: Group | None = None
) -> GroupSample:
    """Return one group's sample from a table.

    It holds every partition of the group's topics with a commit; a start or last stable offset that the poll did not
    read stays ABSENT. ``group`` is the group's description, if it was described at about the same time.

    Units: the sample's time is wall-clock epoch seconds.
    """
    rows: list[int] = commits.partitions.tolist()
    offsets: list[int] = commits.committed.tolist()
    partitions = [table.partitions[row] for row in rows]
    topics = {p.topic for p in partitions}
    return GroupSample(
        at=table.now + table.clock_offset,
        group=_described(commits, group),
        committed=dict(zip(partitions, offsets, strict=True)) | dict(commits.foreign),
        offsets={p: _offsets(table, row) for p, row in zip(partitions, rows, strict=True)},
        topic_ids={p.topic: table.topic_ids[row] for p, row in zip(partitions, rows, strict=True)},
        leaders=_leaders(table, topics),
    )


def _described(commits: GroupCommits, group: Group | None) -> Group:
    detail = _NOT_DESCRIBED if group is None else group.detail
    return Group(
        id=commits.group,
        type=GroupType(commits.type),
        state=commits.state,
        protocol_type="" if group is None else group.protocol_type,
        coordinator=commits.coordinator,
        detail=detail,
    )


def _offsets(table: OffsetTable, row: int) -> PartitionOffsets | Unknown:
    start, end, stable = (
        int(column[row]) for column in (table.start, table.end, table.stable)
    )  # fmt: skip
    if end == ABSENT:
        return table.unknown.get(row, _NOT_REPORTED)
    return PartitionOffsets(start=start, end=end, last_stable=stable)


def _leaders(table: OffsetTable, topics: set[str]) -> dict[TopicPartition, tuple[int, int]]:
    return {
        p.key: (p.leader, p.leader_epoch)
        for name in sorted(topics & table.states_by_name.keys())
        for p in table.states_by_name[name].partitions
    }
