"""Rows of topics and their partitions: all, unhealthy ones, or one in full."""

from dataclasses import dataclass
from typing import Annotated

from steward.analysis.lag.topic_lag import TopicLag, topic_lags
from steward.commands.api.matching import chosen, selected_names
from steward.commands.topic.health import Missing, TopicFacts
from steward.model.doc import Candidates, Doc
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Topic
from steward.model.unknown import NotApplicable, Observed, Unknown

_NO_LAG = NotApplicable("not requested: add --lag, or -o wide")
_NO_SIZE = NotApplicable("not requested: add --size, or -o wide")
_NO_MIN_ISR = NotApplicable("not requested: add --under-min-isr, --at-min-isr or -o wide")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicListParams:
    """Which topics. Several conditions match any of them. A topic that cannot be judged is included."""

    names: Annotated[tuple[str, ...], selected_names("[NAME]...", Candidates.TOPICS)] = ()
    internal: Annotated[bool, Doc("include Kafka's own topics")] = False
    under_replicated: Annotated[bool, Doc("only topics with a replica that is out of sync")] = False
    under_min_isr: Annotated[
        bool, Doc("only topics with a partition below min.insync.replicas: acks=all fails")
    ] = False
    at_min_isr: Annotated[
        bool,
        Doc("only topics with a partition at min.insync.replicas: one more failure stops acks=all"),
    ] = False
    unavailable: Annotated[bool, Doc("only topics with a partition without a leader")] = False
    size: Annotated[bool, Doc("include bytes on disk (reads every broker's log directories)")] = (
        False
    )
    lag: Annotated[
        bool, Doc("include the lag of the group furthest behind (reads every group's offsets)")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """Summary of one topic."""

    name: str
    partitions: Annotated[int, Doc("number of partitions")]
    replication_factor: Annotated[
        int, Doc("smallest replication factor of a partition, not counting replicas being added")
    ]
    highest_replication_factor: Annotated[
        int,
        Doc(
            "largest replication factor of a partition; differs from the smallest where partitions differ",
            wide=True,
        ),
    ]
    moving: Annotated[int, Doc("partitions being reassigned", wide=True)]
    under_replicated: Annotated[int, Doc("partitions with a replica that is out of sync")]
    offline: Annotated[int, Doc("partitions without a leader")]
    min_insync_replicas: Annotated[int | Missing, Doc("effective min.insync.replicas")]
    under_min_isr: Annotated[int | Missing, Doc("partitions below min.insync.replicas")]
    at_min_isr: Annotated[int | Missing, Doc("partitions exactly at min.insync.replicas")]
    size_bytes: Annotated[int | Missing, Doc("bytes on disk, all replicas")]
    is_internal: Annotated[bool, Doc("whether it is one of Kafka's own topics", wide=True)]
    lag_records: Annotated[
        int | Missing, Doc("records that the group furthest behind has left to read")
    ]
    lag_group: Annotated[str | Missing, Doc("which group that is")]
    id: Annotated[str, Doc("topic id (KIP-516)", wide=True)]


def topic_rows(
    snapshot: ClusterSnapshot, params: TopicListParams, *, wide: bool = False
) -> tuple[TopicRow, ...]:
    """Build the requested rows; ``wide`` fills every column."""
    if not isinstance(snapshot.topics, Observed):
        return ()
    topics = snapshot.topics.value
    internal = frozenset(t.name for t in topics if t.is_internal)
    shown = frozenset(t.name for t in topics) - (frozenset() if params.internal else internal)
    if params.names:
        shown = chosen(
            params.names,
            (t.name for t in topics),
            "topic",
            hidden=frozenset() if params.internal else internal,
            complete=not snapshot.topics.gaps,
        )
    facts = TopicFacts(snapshot)
    judged = wide or params.under_min_isr or params.at_min_isr
    lag_of = topic_lags(snapshot)
    rows = [
        _row(topic, facts, params, lag_of(topic.name) if params.lag else _NO_LAG, judged=judged)
        for topic in topics
        if topic.name in shown
    ]
    return tuple(row for row in rows if _is_wanted(row, params))


def _row(
    topic: Topic,
    facts: TopicFacts,
    params: TopicListParams,
    lag: TopicLag | Missing,
    *,
    judged: bool,
) -> TopicRow:
    health = facts.health(topic)
    return TopicRow(
        name=topic.name,
        partitions=len(topic.partitions),
        replication_factor=topic.replication_factor,
        highest_replication_factor=max((p.replication_factor for p in topic.partitions), default=0),
        moving=sum(p.is_moving for p in topic.partitions),
        under_replicated=health.under_replicated,
        offline=health.offline,
        min_insync_replicas=health.min_insync_replicas if judged else _NO_MIN_ISR,
        under_min_isr=health.under_min_isr if judged else _NO_MIN_ISR,
        at_min_isr=health.at_min_isr if judged else _NO_MIN_ISR,
        size_bytes=facts.topic_bytes(topic) if params.size else _NO_SIZE,
        is_internal=topic.is_internal,
        lag_records=lag.records if isinstance(lag, TopicLag) else lag,
        lag_group=lag.group if isinstance(lag, TopicLag) else NotApplicable("no lag is known"),
        id=topic.id,
    )


def _is_wanted(row: TopicRow, params: TopicListParams) -> bool:
    conditions = (
        (params.under_replicated, row.under_replicated),
        (params.under_min_isr, row.under_min_isr),
        (params.at_min_isr, row.at_min_isr),
        (params.unavailable, row.offline),
    )
    asked = [count for flag, count in conditions if flag]
    return not asked or any(isinstance(count, Unknown) or bool(count) for count in asked)
