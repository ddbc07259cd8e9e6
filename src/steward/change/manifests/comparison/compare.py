"""Compare desired state with a cluster: the changes it needs, and what no change can do."""

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
from steward.model.unknown import Observed, value_or


def compare(
    desired: DesiredState, snapshot: ClusterSnapshot, options: ComparisonOptions | None = None
) -> Comparison:
    """Compare the desired state with a snapshot.

    Only dynamic topic configs are compared with declared values. A declared value equal to the effective default is in
    sync, except for retention, which must be set on the topic itself.
    """
    options = options or ComparisonOptions()
    found = ComparisonSoFar()
    compare_topics(desired, snapshot, options, found)
    compare_acls(desired, snapshot, found)
    compare_quotas(desired, snapshot, found)
    compare_users(desired, snapshot, options, found)
    prune(desired, snapshot, options.prune, found)
    return found.result()


def scoped_parts(desired: DesiredState) -> frozenset[Part]:
    """Return the parts of a snapshot that hold objects of a scope, declared or not."""
    scopes = [spec.scope for _, spec in desired.sets]
    parts: set[Part] = set()
    if any(s.topics for s in scopes):
        parts.add(Part.TOPICS)
    if any(s.topics or s.groups or s.transactional_ids for s in scopes):
        parts.add(Part.ACLS)
    if any(s.principals for s in scopes):
        parts |= {Part.QUOTAS, Part.USERS}
    return frozenset(parts)


def needed_parts(desired: DesiredState) -> frozenset[Part]:
    """Return the snapshot parts that a comparison reads first: only of kinds that are declared or in a scope."""
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

    These are the declared topics that exist; if none does, any topic, to learn the keys that brokers know.
    """
    existing = names_of(snapshot)
    declared = frozenset(t.name for t in desired.topics)
    return declared & existing or frozenset(sorted(existing)[:1] if declared else ())


def names_of(snapshot: ClusterSnapshot) -> frozenset[str]:
    """Return the names of the observed topics."""
    topics = snapshot.topics
    return frozenset(t.name for t in topics.value) if isinstance(topics, Observed) else frozenset()


def keys_to_describe(desired: DesiredState) -> frozenset[str] | None:
    """Return the topic configs that a comparison reads; None, for all, if undeclared ones matter too."""
    if any(topic.unmanaged_config != "keep" for topic in desired.topics):
        return None
    return frozenset(key for topic in desired.topics for key in topic.config)


def moves_replicas(desired: DesiredState, snapshot: ClusterSnapshot) -> bool:
    """Return whether a topic's number of replicas is to change, which needs sizes of replicas."""
    return _any_topic(desired, snapshot, changes_factor)


def moves_matter(desired: DesiredState, snapshot: ClusterSnapshot) -> bool:
    """Return whether reassignments must be read: a topic seems to have a different number of replicas than declared."""
    return _any_topic(desired, snapshot, may_change_factor)


def _any_topic(
    desired: DesiredState, snapshot: ClusterSnapshot, holds: Callable[[DesiredTopic, Topic], bool]
) -> bool:
    topics = value_or(snapshot.topics, ())
    wanted = {t.name: t for t in desired.topics}
    return any(t.name in wanted and holds(wanted[t.name], t) for t in topics)


def declared_criticality(desired: DesiredState) -> Mapping[str, Criticality]:
    """Return topics' declared criticality, by name."""
    return {t.name: Criticality(t.criticality) for t in desired.topics if t.criticality}
