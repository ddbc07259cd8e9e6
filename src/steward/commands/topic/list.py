"""``steward topic list``: list topics."""

from dataclasses import dataclass, replace

from steward.cluster.ports import Scope
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import ObservationRequest, observe_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.group.rows import read_topics
from steward.commands.topic.rows import TopicListParams, TopicRow, topic_rows
from steward.model.replication import lacks_replicas
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import value_or


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicList:
    """Topics by name."""

    topics: tuple[TopicRow, ...]


@capability(
    "topic.list",
    is_list=True,
    parts=(
        Part.TOPICS,
        Part.REASSIGNMENTS,
        Part.TOPIC_CONFIGS,
        Part.LOG_DIRS,
        Part.GROUP_OFFSETS,
        Part.OFFSETS,
    ),
    examples=(
        "steward topic list",
        "steward topic list 'orders.*' --size",
        "steward topic list --under-min-isr --unavailable -o json",
    ),
)
def list_topics(params: TopicListParams, context: Context) -> Answer[TopicList]:
    """List topics with their health; -o wide also reads min.insync.replicas, sizes and lag."""
    if context.wide:
        params = replace(params, size=True, lag=True)
    parts = _list_parts(params, wide=context.wide)
    snapshot = observe_in_steps(context, parts, _movements_if_short, _ends_if_committed)
    rested_on = parts | ({Part.REASSIGNMENTS} if _is_short(snapshot) else set[Part]())
    rested_on |= {Part.OFFSETS} if read_topics(snapshot) else set[Part]()
    return answer(
        TopicList(topics=topic_rows(snapshot, params, wide=context.wide)),
        snapshot,
        context,
        rested_on,
    )


def _list_parts(params: TopicListParams, *, wide: bool) -> frozenset[Part]:
    parts = {Part.TOPICS}
    if wide or params.under_min_isr or params.at_min_isr:
        parts.add(Part.TOPIC_CONFIGS)
    if params.size:
        parts.add(Part.LOG_DIRS)
    if params.lag:
        parts.add(Part.GROUP_OFFSETS)
    return frozenset(parts)


def _is_short(snapshot: ClusterSnapshot) -> bool:
    topics = value_or(snapshot.topics, ())
    return any(t.is_uneven or any(lacks_replicas(p) for p in t.partitions) for t in topics)


def _movements_if_short(snapshot: ClusterSnapshot) -> ObservationRequest | None:
    """Request reassignments only where replicas are out of sync: replicas being added do not count."""
    return (frozenset({Part.REASSIGNMENTS}), Scope()) if _is_short(snapshot) else None


def _ends_if_committed(snapshot: ClusterSnapshot) -> ObservationRequest | None:
    """Read ends after commits, of those topics alone on which groups have committed: so no lag is negative."""
    topics = read_topics(snapshot)
    return (frozenset({Part.OFFSETS}), Scope(topics=topics)) if topics else None


CAPABILITIES: tuple[Capability, ...] = (list_topics,)
