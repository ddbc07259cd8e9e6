"""Topics and their partitions: which there are, which are in trouble, and everything about one."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from steward.capabilities import (
    topic_advice,
    topic_changes,
    topic_deletion,
    topic_quarantine,
    topic_trim,
)
from steward.capabilities.answering import answer, value_of
from steward.capabilities.context import Context
from steward.capabilities.matching import chosen, is_plain
from steward.capabilities.observing import Look, observe_in_steps
from steward.capabilities.registry import Answer, Capability, capability
from steward.capabilities.topic_description import (
    SECTIONS,
    TopicDescription,
    consumers_of,
    describe_all,
)
from steward.capabilities.topic_health import Missing, TopicFacts
from steward.cluster.ports import Scope
from steward.model.connection import Environment
from steward.model.doc import Doc
from steward.model.replication import lacks_replicas
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Topic
from steward.model.unknown import NotApplicable, Observed, Unknown
from steward.settings.connecting import criticality_setting

_NO_SIZE = NotApplicable("not asked for: add --size, or -o wide")
_NO_MIN_ISR = NotApplicable("not asked for: add --under-min-isr, --at-min-isr or -o wide")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicListParams:
    """Which topics; several conditions mean any of them. A topic that cannot be judged is kept."""

    names: Annotated[
        tuple[str, ...],
        Doc("names, or regular expressions matched whole", positional=True, metavar="[NAME]..."),
    ] = ()
    internal: Annotated[bool, Doc("Kafka's own topics too")] = False
    under_replicated: Annotated[bool, Doc("only topics with a replica that is not in sync")] = False
    under_min_isr: Annotated[
        bool, Doc("only topics with a partition below min.insync.replicas: acks=all fails")
    ] = False
    at_min_isr: Annotated[
        bool, Doc("only topics with a partition at min.insync.replicas: one loss from failing")
    ] = False
    unavailable: Annotated[bool, Doc("only topics with a partition without leader")] = False
    size: Annotated[bool, Doc("bytes on disk too (asks every broker for its log directories)")] = (
        False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """One topic at a glance."""

    name: str
    partitions: Annotated[int, Doc("number of partitions")]
    replication_factor: Annotated[
        int, Doc("fewest replicas of a partition, those that a reassignment is adding left out")
    ]
    highest_replication_factor: Annotated[
        int, Doc("most replicas of a partition: more than the fewest where they differ", wide=True)
    ]
    moving: Annotated[int, Doc("partitions that are being reassigned", wide=True)]
    under_replicated: Annotated[int, Doc("partitions with a replica that is not in sync")]
    offline: Annotated[int, Doc("partitions without leader")]
    min_insync_replicas: Annotated[int | Missing, Doc("effective min.insync.replicas")]
    under_min_isr: Annotated[int | Missing, Doc("partitions below min.insync.replicas")]
    at_min_isr: Annotated[int | Missing, Doc("partitions exactly at min.insync.replicas")]
    size_bytes: Annotated[int | Missing, Doc("bytes on disk, all replicas")]
    is_internal: Annotated[bool, Doc("whether it is Kafka's own", wide=True)]
    id: Annotated[str, Doc("topic id (KIP-516)", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicList:
    """Topics by name."""

    topics: tuple[TopicRow, ...]


@capability(
    "topic.list",
    parts=(Part.TOPICS, Part.REASSIGNMENTS, Part.TOPIC_CONFIGS, Part.LOG_DIRS),
    examples=(
        "steward topic list",
        "steward topic list 'orders.*' --size",
        "steward topic list --under-min-isr --unavailable -o json",
    ),
)
def list_topics(params: TopicListParams, context: Context) -> Answer[TopicList]:
    """List topics, with those in trouble at a glance; -o wide asks for min.insync.replicas and sizes, too."""
    if context.wide:
        params = replace(params, size=True)
    parts = _list_parts(params, wide=context.wide)
    snapshot = observe_in_steps(context, parts, _movements_if_short)
    rested_on = parts | ({Part.REASSIGNMENTS} if _is_short(snapshot) else set[Part]())
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
    return frozenset(parts)


def _is_short(snapshot: ClusterSnapshot) -> bool:
    topics = value_of(snapshot.topics, ())
    return any(t.is_uneven or any(lacks_replicas(p) for p in t.partitions) for t in topics)


def _movements_if_short(snapshot: ClusterSnapshot) -> Look | None:
    """Ask for reassignments only where replicas are missing: those being added do not count."""
    return (frozenset({Part.REASSIGNMENTS}), Scope()) if _is_short(snapshot) else None


def topic_rows(
    snapshot: ClusterSnapshot, params: TopicListParams, *, wide: bool = False
) -> tuple[TopicRow, ...]:
    """Make the rows that the parameters ask for; ``wide`` ones with every column."""
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
    rows = [_row(topic, facts, params, judged=judged) for topic in topics if topic.name in shown]
    return tuple(row for row in rows if _is_wanted(row, params))


def _row(topic: Topic, facts: TopicFacts, params: TopicListParams, *, judged: bool) -> TopicRow:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDescribeParams:
    """Which topics, and what of them."""

    names: Annotated[
        tuple[str, ...],
        Doc("names, or regular expressions matched whole", positional=True, metavar="NAME..."),
    ]
    section: Annotated[
        tuple[str, ...],
        Doc("only this: summary, partitions, configs or groups", choices=SECTIONS),
    ] = ()
    all_configs: Annotated[bool, Doc("every effective configuration entry, not only overrides")] = (
        False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDescriptions:
    """The topics asked for, by name."""

    topics: tuple[TopicDescription, ...]


_PARTS_OF_SECTION = {
    "summary": {Part.TOPICS, Part.TOPIC_CONFIGS, Part.LOG_DIRS, Part.REASSIGNMENTS},
    "partitions": {Part.TOPICS, Part.TOPIC_CONFIGS, Part.LOG_DIRS, Part.REASSIGNMENTS},
    "configs": {Part.TOPICS, Part.TOPIC_CONFIGS},
    "groups": {Part.TOPICS, Part.GROUP_OFFSETS},
}  # fmt: skip


@capability(
    "topic.describe",
    parts=(
        Part.TOPICS, Part.TOPIC_CONFIGS, Part.LOG_DIRS, Part.REASSIGNMENTS, Part.GROUP_OFFSETS,
        Part.OFFSETS, Part.GROUPS,
    ),
    examples=(
        "steward topic describe orders",
        "steward topic describe orders --section partitions -o json",
        "steward topic describe orders --all-configs",
    ),
)  # fmt: skip
def describe_topics(params: TopicDescribeParams, context: Context) -> Answer[TopicDescriptions]:
    """Describe topics: health, partitions, configuration, and the groups that consume them."""
    sections = params.section or SECTIONS
    snapshot = observe_in_steps(
        context,
        {Part.TOPICS},
        partial(_all_topics_if_missing, params),
        partial(_details, params, _parts_of(sections)),
        partial(_ends_and_groups, sections),
        scope=_first_scope(params),
    )
    data = TopicDescriptions(
        topics=describe_all(
            snapshot,
            _chosen(params, snapshot),
            sections,
            all_configs=params.all_configs,
            criticality=criticality_setting(context.profile),
            environment=Environment(context.profile.environment),
        )
    )
    return answer(data, snapshot, context, _rested_on(sections, snapshot))


def _parts_of(sections: tuple[str, ...]) -> frozenset[Part]:
    return frozenset(part for section in sections for part in _PARTS_OF_SECTION[section])


def _first_scope(params: TopicDescribeParams) -> Scope:
    """Ask for the named topics only; a pattern needs the names of all."""
    plain = all(is_plain(name) for name in params.names)
    return Scope(topics=frozenset(params.names)) if plain else Scope()


def _all_topics_if_missing(params: TopicDescribeParams, seen: ClusterSnapshot) -> Look | None:
    found = {t.name for t in value_of(seen.topics, ())}
    missing = any(name not in found for name in params.names)
    asked_for_all = _first_scope(params).topics is None
    return (frozenset({Part.TOPICS}), Scope()) if missing and not asked_for_all else None


def _chosen(params: TopicDescribeParams, seen: ClusterSnapshot) -> frozenset[str]:
    if not isinstance(seen.topics, Observed):
        return frozenset()
    topics = seen.topics.value
    internal = frozenset(t.name for t in topics if t.is_internal)
    complete = not seen.topics.gaps
    return chosen(
        params.names, (t.name for t in topics), "topic", hidden=internal, complete=complete
    )


def _details(
    params: TopicDescribeParams, parts: frozenset[Part], seen: ClusterSnapshot
) -> Look | None:
    names = _chosen(params, seen)
    return (parts | {Part.TOPICS}, Scope(topics=names)) if names else None


def _ends_and_groups(sections: tuple[str, ...], seen: ClusterSnapshot) -> Look | None:
    """Read ends after commits, and the state of those groups alone that have committed here."""
    parts: set[Part] = set()
    if {"partitions", "groups"} & set(sections):
        parts.add(Part.OFFSETS)
    groups = consumers_of(seen)
    if "groups" in sections and groups:
        parts.add(Part.GROUPS)
    topics = frozenset(t.name for t in value_of(seen.topics, ()))
    return (frozenset(parts), Scope(topics=topics, groups=groups)) if parts and topics else None


def _rested_on(sections: tuple[str, ...], seen: ClusterSnapshot) -> frozenset[Part]:
    parts = _parts_of(sections)
    if "partitions" in sections or "groups" in sections:
        parts |= {Part.OFFSETS}
    return parts | {Part.GROUPS} if "groups" in sections and consumers_of(seen) else parts


CAPABILITIES: tuple[Capability, ...] = (
    list_topics,
    describe_topics,
    *topic_advice.CAPABILITIES,
    *topic_changes.CAPABILITIES,
    *topic_trim.CAPABILITIES,
    *topic_deletion.CAPABILITIES,
    *topic_quarantine.CAPABILITIES,
)
