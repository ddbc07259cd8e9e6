"""What a set owns and no manifest declares: removed only where the set says so, never outside its scope."""

from collections.abc import Iterator
from dataclasses import dataclass

from steward.checks.topic_kinds import is_layered
from steward.manifests.desired import Desired
from steward.manifests.kinds import ManifestSetSpec
from steward.manifests.scope import holds_acl, holds_quota, holds_topic, holds_user
from steward.model.change import AlterQuota, Change, DeleteAcl, DeleteScram, DeleteTopic
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Observed

PRUNABLE = ("topics", "acls", "quotas", "users")
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Removals, and a sentence for each kind of object that is left undeclared in a scope."""

    changes: tuple[Change, ...]
    unmanaged: tuple[str, ...]


Candidate = tuple[str, Change]
"""What to call an undeclared object, and what would remove it."""


def prune(desired: Desired, snapshot: ClusterSnapshot, confirmed: frozenset[str]) -> Pruned:
    """Return what is to go of the undeclared objects in each scope: by ``plan``, or by ``confirm`` if confirmed."""
    changes: list[Change] = []
    unmanaged: list[str] = []
    for name, spec in desired.sets:
        for kind, candidates in _candidates(desired, spec, snapshot):
            how = getattr(spec.prune, kind)
            if how == "plan" or (how == "confirm" and kind in confirmed):
                changes += [change for _, change in candidates]
            elif candidates:
                unmanaged.append(_sentence(name, kind, [c for c, _ in candidates], how))
    return Pruned(changes=tuple(dict.fromkeys(changes)), unmanaged=tuple(unmanaged))


def _sentence(owner: str, kind: str, names: list[str], how: str) -> str:
    shown = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    remedy = (
        f"--prune {kind} removes them" if how == "confirm" else f"declare them, or set prune.{kind}"
    )
    return f"{len(names)} {kind} in the scope of {owner} are declared nowhere: {shown}{more} ({remedy})"


def _candidates(
    desired: Desired, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[tuple[str, list[Candidate]]]:
    yield "topics", list(_topics(desired, spec, snapshot))
    yield "acls", list(_acls(desired, spec, snapshot))
    yield "quotas", list(_quotas(desired, spec, snapshot))
    yield "users", list(_users(desired, spec, snapshot))


def _topics(
    desired: Desired, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[Candidate]:
    """Undeclared topics; those that Kafka or a layer above it made are nobody's to prune."""
    declared = {t.name for t in desired.topics}
    for topic in snapshot.topics.value if isinstance(snapshot.topics, Observed) else ():
        if topic.is_internal or is_layered(topic.name) or topic.name in declared:
            continue
        if topic.id and holds_topic(spec.scope, topic.name):
            yield topic.name, DeleteTopic(name=topic.name, topic_id=topic.id)


def _acls(
    desired: Desired, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[Candidate]:
    for acl in snapshot.acls.value if isinstance(snapshot.acls, Observed) else ():
        if acl not in desired.acls and holds_acl(spec.scope, acl):
            name = f"{acl.principal} {acl.operation} {acl.resource_name}"
            yield name, DeleteAcl(acl=acl)


def _quotas(
    desired: Desired, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[Candidate]:
    """Undeclared entities, and undeclared limits of declared ones."""
    declared = {entry.entity: entry.limits for entry, _ in desired.quotas}
    for entry in snapshot.quotas.value if isinstance(snapshot.quotas, Observed) else ():
        if not holds_quota(spec.scope, entry):
            continue
        extra = tuple(sorted(set(entry.limits) - set(declared.get(entry.entity, {}))))
        if extra:
            who = ", ".join(f"{kind} {name or '<default>'}" for kind, name in entry.entity)
            yield f"{who}: {', '.join(extra)}", AlterQuota(entity=entry.entity, remove=extra)


def _users(
    desired: Desired, spec: ManifestSetSpec, snapshot: ClusterSnapshot
) -> Iterator[Candidate]:
    declared = {(u.name, u.mechanism) for u in desired.users}
    for user in snapshot.users.value if isinstance(snapshot.users, Observed) else ():
        if not holds_user(spec.scope, user.name):
            continue
        for credential in user.credentials:
            if (user.name, credential.mechanism) not in declared:
                yield (
                    f"{user.name} {credential.mechanism}",
                    DeleteScram(user=user.name, mechanism=credential.mechanism),
                )
