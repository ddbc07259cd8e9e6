"""Objects that a set owns and no manifest declares: removed only if the set says so, never outside its scope."""

from collections.abc import Iterator, Mapping

from steward.analysis.checks.topic_kinds import is_layered
from steward.change.manifests.comparison.result import ComparisonSoFar
from steward.change.manifests.desired import DesiredState
from steward.change.manifests.kinds import ManifestSetSpec
from steward.change.manifests.scope import holds_acl, holds_quota, holds_topic, holds_user
from steward.change.planning.kinds import object_of
from steward.model.change import (
    AlterQuota,
    Change,
    CreateTopic,
    DeleteAcl,
    DeleteScram,
    DeleteTopic,
)
from steward.model.drift import UnmanagedObject
from steward.model.quota import name_text
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Topic
from steward.model.unknown import value_or
from steward.model.wording import count, few

PRUNABLE = ("topics", "acls", "quotas", "users")
_NAMED = 3

PruneCandidate = tuple[str, Change]
"""The name of an undeclared object, and the change that removes it."""


def prune(
    desired: DesiredState,
    snapshot: ClusterSnapshot,
    confirmed: frozenset[str],
    found: ComparisonSoFar,
) -> None:
    """Add removals of undeclared objects in each scope: by ``plan``, by ``confirm`` if confirmed; report the rest."""
    new = {c.name: c for c in found.changes if isinstance(c, CreateTopic)}
    removals: list[Change] = []
    for name, spec in desired.sets:
        for kind, candidates in _candidates(desired, spec, snapshot):
            how = getattr(spec.prune, kind)
            if how == "plan" or (how == "confirm" and kind in confirmed):
                removals += [change for _, change in candidates]
            elif candidates:
                found.notes.append(_sentence(name, kind, [c for c, _ in candidates], how))
                found.unmanaged += [
                    UnmanagedObject(object=object_of(change), set=name, prune=how)
                    for _, change in candidates
                ]
    existing = {t.name: t for t in _topics(snapshot)}
    twins: set[str] = set()
    for change in removals:
        twin = _twin(existing[change.name], new) if isinstance(change, DeleteTopic) else None
        if isinstance(change, DeleteTopic) and twin is not None:
            twins.add(twin)
            _renamed(change.name, twin, found)
        else:
            found.changes.append(change)
    # if it were created now, the next plan would delete the old topic without a question
    found.changes[:] = [
        c for c in found.changes if not (isinstance(c, CreateTopic) and c.name in twins)
    ]


def _twin(topic: Topic, new: Mapping[str, CreateTopic]) -> str | None:
    """Return a topic to be created with the same shape as one to be deleted, which suggests a rename."""
    shape = (len(topic.partitions), topic.replication_factor)
    shapes = ((n, (c.partitions, c.replication_factor)) for n, c in sorted(new.items()))
    return next((name for name, other in shapes if other == shape), None)


def _renamed(old: str, new: str, found: ComparisonSoFar) -> None:
    found.cannot(
        "topic", old,
        f"{old} would be deleted and {new} created with the same shape, which looks like a rename; Kafka does "
        "not support renames, and its records would be lost; neither is done",
        f"declare both, move producers and consumers to {new}, then remove {old} in a later plan",
    )  # fmt: skip


def _sentence(owner: str, kind: str, names: list[str], how: str) -> str:
    remedy = (
        f"remove them with --prune {kind}"
        if how == "confirm"
        else f"declare them, or set prune.{kind}"
    )
    noun = "ACL" if kind == "acls" else kind.removesuffix("s")
    return f"{count(len(names), f'undeclared {noun}')} in the scope of {owner}: {few(names, _NAMED)} ({remedy})"


def _candidates(
    desired: DesiredState, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[tuple[str, list[PruneCandidate]]]:
    yield "topics", list(_undeclared_topics(desired, spec, snapshot))
    yield "acls", list(_undeclared_acls(desired, spec, snapshot))
    yield "quotas", list(_undeclared_quotas(desired, spec, snapshot))
    yield "users", list(_undeclared_users(desired, spec, snapshot))


def _topics(snapshot: ClusterSnapshot) -> tuple[Topic, ...]:
    return value_or(snapshot.topics, ())


def _undeclared_topics(
    desired: DesiredState, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[PruneCandidate]:
    """Undeclared topics; those that Kafka or a system above it created are never pruned."""
    declared = {t.name for t in desired.topics}
    for topic in _topics(snapshot):
        if topic.is_internal or is_layered(topic.name) or topic.name in declared:
            continue
        if topic.id and holds_topic(spec.scope, topic.name):
            yield topic.name, DeleteTopic(name=topic.name, topic_id=topic.id)


def _undeclared_acls(
    desired: DesiredState, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[PruneCandidate]:
    for acl in value_or(snapshot.acls, ()):
        if acl not in desired.acls and holds_acl(spec.scope, acl):
            name = f"{acl.principal} {acl.operation} {acl.resource_name}"
            yield name, DeleteAcl(acl=acl)


def _undeclared_quotas(
    desired: DesiredState, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[PruneCandidate]:
    """Undeclared entities, and undeclared limits of declared ones."""
    declared = {entry.entity: entry.limits for entry, _ in desired.quotas}
    for entry in value_or(snapshot.quotas, ()):
        if not holds_quota(spec.scope, entry):
            continue
        extra = tuple(sorted(set(entry.limits) - set(declared.get(entry.entity, {}))))
        if extra:
            who = ", ".join(f"{kind} {name_text(name)}" for kind, name in entry.entity)
            yield f"{who}: {', '.join(extra)}", AlterQuota(entity=entry.entity, remove=extra)


def _undeclared_users(
    desired: DesiredState, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[PruneCandidate]:
    declared = {(u.name, u.mechanism) for u in desired.users}
    for user in value_or(snapshot.users, ()):
        if not holds_user(spec.scope, user.name):
            continue
        for credential in user.credentials:
            if (user.name, credential.mechanism) not in declared:
                yield (
                    f"{user.name} {credential.mechanism}",
                    DeleteScram(user=user.name, mechanism=credential.mechanism),
                )
