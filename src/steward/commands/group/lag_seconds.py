"""Lag in seconds of listed groups: from the positions that the list has read, and a bounded search for timestamps."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from steward.analysis.lag.positions import Positions
from steward.cluster.ports import Observer, Scope
from steward.commands.api.context import Context
from steward.commands.api.observation import ObservationRequest
from steward.commands.group.rows import assigned_partitions, read_topics
from steward.model.group import Group
from steward.model.lag import OBJECTIVE_SECONDS, LagSeconds
from steward.model.membership import unsubscribed_topics
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import NotApplicable, Unknown, Why, value_or

if TYPE_CHECKING:  # the search needs numpy: only lists that measure seconds pay for it
    from steward.analysis.lag.assess import AgeOf
    from steward.analysis.lag.measure import PartitionCommit

BUDGET = 4_000
"""Records read and timestamp queries that a list may cost the cluster."""
_KEYS = frozenset({"message.timestamp.type", "cleanup.policy"})


def timestamp_configs(seen: ClusterSnapshot) -> ObservationRequest:
    """Read which timestamps the topics carry that groups read, and whether they are compacted."""
    return frozenset({Part.TOPIC_CONFIGS}), Scope(
        topics=read_topics(seen), config_keys=_KEYS, config_synonyms=False
    )


def lag_seconds(
    observer: Observer, snapshot: ClusterSnapshot, names: Iterable[str], context: Context
) -> Mapping[str, LagSeconds | Unknown]:
    """Return the age of the oldest unprocessed record of each group, with bounds; Unknown says why there is none.

    Errors: StewardError where no broker answers.
    """
    from steward.analysis.lag.assess import questions, searched_age, traits_of_configs
    from steward.analysis.lag.search_pool import SearchPool
    from steward.cluster.timestamp_search import search_timestamps

    traits = traits_of_configs(value_or(snapshot.topic_configs, {}))
    compacted = frozenset(topic for topic, found in traits.items() if found.compacted)
    wanted = frozenset(names)
    groups = [g for g in value_or(snapshot.groups, ()) if g.id in wanted]
    positions = Positions(snapshot)
    commits = {g.id: _commits(g, positions, compacted) for g in groups}
    known = [p for found in commits.values() if not isinstance(found, Unknown) for p in found]
    now_ms = context.now_ms()
    pool = SearchPool(questions(known), now_ms=now_ms, budget=BUDGET)
    search_timestamps(pool, observer, context.progress)
    age = searched_age(pool, traits, now_ms)
    return {g.id: _worst(g, commits[g.id], age) for g in groups}


def _commits(
    group: Group, positions: Positions, compacted: frozenset[str]
) -> "tuple[PartitionCommit, ...] | Unknown":
    committed = positions.committed(group.id)
    if isinstance(committed, Unknown):
        return committed
    partitions = sorted({*committed, *assigned_partitions(group)})
    left_over = unsubscribed_topics(group, {p.topic for p in partitions})
    return tuple(_commit(p, committed.get(p), positions, compacted, left_over) for p in partitions)


def _commit(
    partition: TopicPartition,
    committed: int | None,
    positions: Positions,
    compacted: frozenset[str],
    left_over: frozenset[str],
) -> "PartitionCommit":
    from steward.analysis.lag.measure import PartitionCommit

    offsets = positions.offsets(partition)
    is_gone = isinstance(offsets, NotApplicable)
    return PartitionCommit.of(
        partition,
        committed,
        Unknown(Why.REFUSED, str(offsets)) if isinstance(offsets, NotApplicable) else offsets,
        is_gone=is_gone,
        compacted=partition.topic in compacted,
        not_subscribed=partition.topic in left_over,
    )


def _worst(
    group: Group, commits: "tuple[PartitionCommit, ...] | Unknown", age: "AgeOf"
) -> LagSeconds | Unknown:
    from steward.analysis.lag.measure import group_lag, partition_lag

    if isinstance(commits, Unknown):
        return commits
    lags = (partition_lag(p, age(p) if p.is_behind or p.lost else None) for p in commits)
    objective = OBJECTIVE_SECONDS  # only the status depends on it
    measured = group_lag(group.id, group.type.value, group.state, lags, objective_seconds=objective)
    return measured.lag_seconds
