"""How much of a cluster has to be seen to judge a plan, or to see how far it is."""

from collections.abc import Iterable, Sequence

from steward.cluster.ports import Look, Scope
from steward.guard.health import parts_for
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    DeleteGroup,
    DeleteTopic,
    UnregisterBroker,
    UpdateFeature,
)
from steward.model.plan import Step
from steward.model.snapshot import Part
from steward.planning.configs import is_default
from steward.planning.kinds import kind_of, parts_of


def look_at(changes: Sequence[Change]) -> Look:
    """Return the parts and the scope that tell the state of changes."""
    parts = parts_of(changes) | {Part.IDENTITY}
    hidden = any(isinstance(c, AlterConfigs) and is_default(c) for c in changes)
    return parts, Scope(topics=_topics(changes), groups=_groups(changes), config_synonyms=hidden)


def look_for_guard(steps: Sequence[Step]) -> Look:
    """Return the parts and the scope that the guard needs to judge steps."""
    changes = [step.change for step in steps]
    parts = parts_of(changes) | parts_for(tuple(steps))
    topics = None if any(_is_of_cluster(c) for c in changes) else _topics(changes)
    groups = None if parts & {Part.GROUPS} and _deletes_topics(steps) else _groups(changes)
    return parts, Scope(topics=topics, groups=groups)


def look_for_plan(changes: Sequence[Change]) -> Look:
    """Return the parts and the scope that making a plan needs: brokers, and what effects are told with."""
    parts = parts_of(changes) | {Part.IDENTITY, Part.BROKERS}
    groups = None if any(isinstance(c, DeleteTopic) for c in changes) else _groups(changes)
    return parts, Scope(topics=None, groups=groups)


def _deletes_topics(steps: Iterable[Step]) -> bool:
    return any(step.kind == "DeleteTopics" for step in steps)


def _is_of_cluster(change: Change) -> bool:
    return isinstance(change, (UnregisterBroker, UpdateFeature)) or (
        isinstance(change, AlterConfigs) and change.target is ConfigTarget.BROKER
    )


def _topics(changes: Iterable[Change]) -> frozenset[str] | None:
    found: set[str] = set()
    for change in changes:
        if isinstance(
            change, (DeleteGroup, UnregisterBroker)
        ):  # any topic may have offsets, replicas
            return None
        found |= kind_of(change).topics(change)
    return frozenset(found)


def _groups(changes: Iterable[Change]) -> frozenset[str]:
    return frozenset(g for change in changes for g in kind_of(change).groups(change))
