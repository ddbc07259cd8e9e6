"""Lag of every group from a poll of all offsets, the offset history and timestamp searches."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from steward.analysis.lag.age import Age, age_of_search
from steward.analysis.lag.measure import PartitionCommit, group_lag, partition_lag
from steward.analysis.lag.offset_table import ABSENT, GroupCommits, OffsetTable
from steward.analysis.lag.search_pool import SearchPool, TimestampQuestion
from steward.analysis.lag.status import OK_RATIO
from steward.model.config import Configs
from steward.model.group import Group
from steward.model.lag import Basis, Flag, GroupLag
from steward.model.membership import idle_members, unsubscribed_topics
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTraits:
    """Timestamp type and cleanup policy of a topic."""

    basis: Basis = Basis.CREATE_TIME
    compacted: bool = False


_PLAIN = TopicTraits()
_NOT_REPORTED = Unknown(Why.REFUSED, "the leader did not report it")

Traits = Mapping[str, TopicTraits]
AgeOf = Callable[[PartitionCommit], Age]


def positions_of(
    table: OffsetTable, group: GroupCommits, traits: Traits, assigned: Iterable[TopicPartition] = ()
) -> tuple[PartitionCommit, ...]:
    """Return a group's positions in all partitions that it has commits on or is assigned."""
    found = [
        _position(table, row, committed, traits)
        for row, committed in zip(group.partitions.tolist(), group.committed.tolist(), strict=True)
    ]
    found += [
        PartitionCommit(
            partition=partition, committed=committed, start=_NOT_REPORTED, end=_NOT_REPORTED,
            stable=_NOT_REPORTED, is_gone=not table.gaps,
        )
        for partition, committed in group.foreign.items()
    ]  # fmt: skip
    seen = {p.partition for p in found}
    for partition in assigned:
        row = table.index.get(partition)
        if partition not in seen and row is not None:
            found.append(_position(table, row, None, traits))
    return tuple(sorted(found, key=lambda p: p.partition))


def _position(
    table: OffsetTable, row: int, committed: int | None, traits: Traits
) -> PartitionCommit:
    partition = table.partitions[row]
    why = table.unknown.get(row, _NOT_REPORTED)
    start, end, stable = int(table.start[row]), int(table.end[row]), int(table.stable[row])
    return PartitionCommit(
        partition=partition,
        committed=committed,
        start=why if start == ABSENT else start,
        end=why if end == ABSENT else end,
        stable=why if stable == ABSENT else stable,
        compacted=traits.get(partition.topic, _PLAIN).compacted,
    )


def questions(positions: Iterable[PartitionCommit]) -> list[TimestampQuestion]:
    """Return which records to search: the oldest unread one of every position that is behind, largest lag first."""
    asked: dict[tuple[TopicPartition, int], TimestampQuestion] = {}
    for p in positions:
        offset = p.oldest_unread
        if offset is None or not isinstance(p.end, int) or offset >= p.end:
            continue
        asked[p.partition, offset] = TimestampQuestion(
            partition=p.partition, offset=offset, end=p.end, compacted=p.compacted
        )
    return sorted(asked.values(), key=lambda q: (q.offset - q.end, q.partition, q.offset))


def searched_age(pool: SearchPool, traits: Traits, now_ms: int) -> AgeOf:
    """Return a function that reads ages from finished searches."""

    def age(position: PartitionCommit) -> Age:
        offset = position.oldest_unread
        if offset is None or not isinstance(position.end, int) or offset >= position.end:
            return Unknown(Why.REFUSED, "nothing is left to read")
        search = pool.result(position.partition, offset)
        if isinstance(search, Unknown):
            return search
        basis = traits.get(position.partition.topic, _PLAIN).basis
        return age_of_search(search, now_ms, basis)

    return age


def lag_of_group(
    group: GroupCommits,
    positions: Iterable[PartitionCommit],
    age_of: AgeOf,
    *,
    objective_seconds: float,
    ok_ratio: float = OK_RATIO,
    state: str | None = None,
    described: Group | None = None,
    is_simple: bool = False,
) -> GroupLag:
    """Measure one group's positions; a description of its members shows unsubscribed topics and idle members.

    ``is_simple``: the group commits without membership.
    """
    positions = tuple(positions)
    left_over = unsubscribed_topics(described, {p.partition.topic for p in positions})
    positions = tuple(replace(p, not_subscribed=p.partition.topic in left_over) for p in positions)
    return group_lag(
        group.group,
        group.type,
        state or group.state,
        (partition_lag(p, age_of(p) if p.is_behind or p.lost else None) for p in positions),
        objective_seconds=objective_seconds,
        flags=(
            *((Flag.IDLE_MEMBERS,) if idle_members(described) else ()),
            *((Flag.SIMPLE_CONSUMER,) if is_simple else ()),
        ),
        ok_ratio=ok_ratio,
    )


def traits_of_configs(configs: Mapping[str, Configs | Unknown]) -> Mapping[str, TopicTraits]:
    """Read each topic's timestamp type, and whether it is compacted, from topic configurations."""
    found: dict[str, TopicTraits] = {}
    for topic, entries in configs.items():
        if isinstance(entries, Unknown):
            continue
        stamp, policy = entries.get("message.timestamp.type"), entries.get("cleanup.policy")
        appended = stamp is not None and stamp.value == "LogAppendTime"
        found[topic] = TopicTraits(
            basis=Basis.LOG_APPEND_TIME if appended else Basis.CREATE_TIME,
            compacted=policy is not None and "compact" in (policy.value or ""),
        )
    return found
