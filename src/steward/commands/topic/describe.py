"""``steward topic describe``: health, partitions, configuration, and the groups that consume the topics."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen, is_plain, selected_names
from steward.commands.api.observation import ObservationRequest, observe_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.topic.description import (
    SECTIONS,
    TopicDescription,
    consumers_of,
    describe_all,
)
from steward.model.connection import Environment
from steward.model.doc import Candidates, Doc
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, value_or
from steward.settings.connecting import criticality_setting


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDescribeParams:
    """Which topics and sections."""

    names: Annotated[tuple[str, ...], selected_names("NAME...", Candidates.TOPICS)]
    section: Annotated[
        tuple[str, ...],
        Doc("only this section: summary, partitions, configs or groups", choices=SECTIONS),
    ] = ()
    all_configs: Annotated[bool, Doc("every effective configuration entry, not only overrides")] = (
        False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDescriptions:
    """The requested topics, by name."""

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
    """Request the named topics only; a pattern needs the names of all topics."""
    plain = all(is_plain(name) for name in params.names)
    return Scope(topics=frozenset(params.names)) if plain else Scope()


def _all_topics_if_missing(
    params: TopicDescribeParams, seen: ClusterSnapshot
) -> ObservationRequest | None:
    found = {t.name for t in value_or(seen.topics, ())}
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
) -> ObservationRequest | None:
    names = _chosen(params, seen)
    return (parts | {Part.TOPICS}, Scope(topics=names)) if names else None


def _ends_and_groups(sections: tuple[str, ...], seen: ClusterSnapshot) -> ObservationRequest | None:
    """Read end offsets after commits, and describe only the groups that committed on these topics."""
    parts: set[Part] = set()
    if {"partitions", "groups"} & set(sections):
        parts.add(Part.OFFSETS)
    groups = consumers_of(seen)
    if "groups" in sections and groups:
        parts.add(Part.GROUPS)
    topics = frozenset(t.name for t in value_or(seen.topics, ()))
    return (frozenset(parts), Scope(topics=topics, groups=groups)) if parts and topics else None


def _rested_on(sections: tuple[str, ...], seen: ClusterSnapshot) -> frozenset[Part]:
    parts = _parts_of(sections)
    if "partitions" in sections or "groups" in sections:
        parts |= {Part.OFFSETS}
    return parts | {Part.GROUPS} if "groups" in sections and consumers_of(seen) else parts


CAPABILITIES: tuple[Capability, ...] = (describe_topics,)
