"""The parts of a cluster that judging a plan needs, and those that show its progress."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from steward.change.guard.cluster_health import parts_for
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.configs import KEEPS, is_default
from steward.change.planning.kinds import kind_of, parts_of
from steward.cluster.ports import EVERYTHING, ObservationRequest, Observer, Progress, Scope
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CutRetention,
    DeleteGroup,
    DeleteScram,
    DeleteTopic,
    ReassignPartition,
    UnregisterBroker,
    UpdateFeature,
)
from steward.model.plan import State, Step
from steward.model.snapshot import ClusterSnapshot, Part, overlaid
from steward.model.unknown import NOT_REQUESTED


def state_scope(changes: Sequence[Change]) -> ObservationRequest:
    """Return the parts and the scope that show the state of changes."""
    parts = parts_of(changes) | {Part.IDENTITY}
    hidden = any(isinstance(c, AlterConfigs) and is_default(c) for c in changes)
    return parts, Scope(topics=_topics(changes), groups=_groups(changes), config_synonyms=hidden)


def states_of(steps: Mapping[int, Step], observer: Observer) -> dict[int, State | Unseen]:
    """Return the current state of each step's object, or why it is unknown.

    Errors: StewardError if no broker responds.
    """
    if not steps:
        return {}
    cluster = ClusterState(observer.observe(*state_scope([s.change for s in steps.values()])))
    found: dict[int, State | Unseen] = {}
    for index, step in steps.items():
        try:
            found[index] = kind_of(step.change).state(step.change, cluster)
        except Unseen as unseen:
            found[index] = unseen
    return found


def guard_scope(steps: Sequence[Step]) -> ObservationRequest:
    """Return the parts and the scope that the guard needs to judge steps."""
    changes = [step.change for step in steps]
    parts = parts_of(changes) | parts_for(tuple(steps))
    topics = None if any(_is_of_cluster(c) for c in changes) else _topics(changes)
    groups = None if parts & {Part.GROUPS} and _deletes_topics(steps) else _groups(changes)
    return parts, Scope(topics=topics, groups=groups)


def planning_scopes(
    changes: Sequence[Change], seen: ClusterSnapshot
) -> Iterator[ObservationRequest]:
    """Yield what planning still needs: names of all topics, but configurations and sizes only of the changed ones."""
    topics = frozenset(t for c in changes for t in kind_of(c).topics(c))
    groups = frozenset(g for c in changes for g in kind_of(c).groups(c))
    needed = parts_of(changes) | _effect_parts(changes)
    if Part.TOPICS in needed:
        needed |= {Part.BROKERS}
    missing = frozenset(part for part in needed if seen.part(part) == NOT_REQUESTED)
    whole = missing & {Part.TOPICS, Part.BROKERS, Part.ACLS, Part.QUOTAS, Part.USERS, Part.GROUPS}
    if whole:
        yield whole, EVERYTHING
    narrow = missing - whole
    if narrow:
        deletes = any(isinstance(c, DeleteTopic) for c in changes)
        yield narrow, Scope(topics=topics or None, groups=None if deletes else groups or None)


def _effect_parts(changes: Iterable[Change]) -> frozenset[Part]:
    """Return the parts for the text of effects: bytes, records, affected groups and principals."""
    parts: set[Part] = set()
    for change in changes:
        match change:
            case DeleteTopic():
                parts |= {Part.LOG_DIRS, Part.OFFSETS, Part.GROUPS, Part.GROUP_OFFSETS, Part.ACLS}
            case AlterConfigs(target=ConfigTarget.TOPIC) if (KEEPS | {"cleanup.policy"}) & {
                *change.set,
                *change.remove,
            }:
                parts.add(Part.LOG_DIRS)
            case CutRetention():
                parts.add(Part.LOG_DIRS)
            case DeleteScram():
                parts.add(Part.ACLS)
            case ReassignPartition():
                parts.add(Part.LOG_DIRS)
            case _:
                pass
    return frozenset(parts)


def with_guard_facts(
    snapshot: ClusterSnapshot, steps: Sequence[Step], observer: Observer, progress: Progress
) -> ClusterSnapshot:
    """Return the snapshot with everything that the guard needs to judge steps; nothing is read twice.

    Errors: those of observing.
    """
    parts, scope = guard_scope(steps)
    missing = frozenset(part for part in parts if snapshot.part(part) == NOT_REQUESTED)
    return overlaid(snapshot, observer.observe(missing, scope, progress)) if missing else snapshot


def plan_scope(changes: Sequence[Change]) -> ObservationRequest:
    """Return the parts and the scope that planning needs: brokers, and the facts for the text of effects."""
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
        ):  # any topic may have offsets or replicas
            return None
        found |= kind_of(change).topics(change)
    return frozenset(found)


def _groups(changes: Iterable[Change]) -> frozenset[str]:
    return frozenset(g for change in changes for g in kind_of(change).groups(change))
