"""Desired state against a cluster: the changes that lead from one to the other, and what no change can do."""

from collections.abc import Callable, Mapping

from steward.change.manifests.comparison.access import compare_acls, compare_quotas, compare_users
from steward.change.manifests.comparison.pruning import prune
from steward.change.manifests.comparison.replicas import changes_factor, may_change_factor
from steward.change.manifests.comparison.result import (
    Comparison,
    ComparisonOptions,
    ComparisonSoFar,
)
from steward.change.manifests.comparison.topics import compare_topics
from steward.change.manifests.desired import DesiredState, DesiredTopic
from steward.model.policy import Criticality
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Topic
from steward.model.unknown import Observed


def compare(
    desired: DesiredState, snapshot: ClusterSnapshot, wishes: ComparisonOptions | None = None
) -> Comparison:
    """Compare what is wanted with what a snapshot shows.

    Only dynamic topic configs are compared with explicit wishes; a wish that the effective default fulfils is in sync,
    but for retention, which a topic is to say itself.
    """
    wishes = wishes or ComparisonOptions()
    found = ComparisonSoFar()
    compare_topics(desired, snapshot, wishes, found)
    compare_acls(desired, snapshot, found)
    compare_quotas(desired, snapshot, found)
    compare_users(desired, snapshot, wishes, found)
    prune(desired, snapshot, wishes.prune, found)
    return found.result()


def needed_parts(desired: DesiredState) -> frozenset[Part]:
    """Return the parts of a snapshot that a comparison reads first: only of kinds that are declared or in a scope."""
    prunes = [spec.prune for _, spec in desired.sets]
    parts = {Part.IDENTITY}
    if desired.topics or any(spec.scope.topics for _, spec in desired.sets):
        parts |= {Part.TOPICS, Part.BROKERS}
    if desired.acls or any(p.acls != "never" for p in prunes):
        parts.add(Part.ACLS)
    if desired.quotas or any(p.quotas != "never" for p in prunes):
        parts.add(Part.QUOTAS)
    if desired.users or any(p.users != "never" for p in prunes):
        parts.add(Part.USERS)
    return frozenset(parts)


def topics_to_describe(desired: DesiredState, snapshot: ClusterSnapshot) -> frozenset[str]:
    """Return the topics whose configurations a comparison reads.

    Shape: the declared ones that exist; where none of them does, any one, for it knows the keys that brokers know.
    """
    existing = names_of(snapshot)
    declared = frozenset(t.name for t in desired.topics)
    return declared & existing or frozenset(sorted(existing)[:1] if declared else ())


def names_of(snapshot: ClusterSnapshot) -> frozenset[str]:
    """Return the names of the topics that were seen."""
    topics = snapshot.topics
    return frozenset(t.name for t in topics.value) if isinstance(topics, Observed) else frozenset()


def keys_to_describe(desired: DesiredState) -> frozenset[str] | None:
    """Return the topic configs that a comparison reads; None, all of them, where undeclared ones matter, too."""
    if any(topic.unmanaged_config != "keep" for topic in desired.topics):
        return None
    return frozenset(key for topic in desired.topics for key in topic.config)


def moves_replicas(desired: DesiredState, snapshot: ClusterSnapshot) -> bool:
    """Tell whether a topic is to have another number of replicas: then sizes say where there is room."""
    return _any_topic(desired, snapshot, changes_factor)


def moves_matter(desired: DesiredState, snapshot: ClusterSnapshot) -> bool:
    """Tell whether reassignments have to be seen: a topic seems to have another number of replicas than is wanted."""
    return _any_topic(desired, snapshot, may_change_factor)


def _any_topic(
    desired: DesiredState, snapshot: ClusterSnapshot, holds: Callable[[DesiredTopic, Topic], bool]
) -> bool:
    topics = snapshot.topics.value if isinstance(snapshot.topics, Observed) else ()
    wanted = {t.name: t for t in desired.topics}
    return any(t.name in wanted and holds(wanted[t.name], t) for t in topics)


def declared_criticality(desired: DesiredState) -> Mapping[str, Criticality]:
    """Return what manifests say of topics' criticality, by name."""
    return {t.name: Criticality(t.criticality) for t in desired.topics if t.criticality}
