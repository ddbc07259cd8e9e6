"""A comparison restricted to some objects, and what these depend on."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from steward.change.manifests.application import bindings
from steward.change.manifests.comparison.result import Comparison
from steward.change.manifests.desired import acl_bindings, quota_entry
from steward.change.manifests.kinds import (
    AclSpec,
    ApplicationSpec,
    QuotaSpec,
    TopicSpec,
    UserSpec,
)
from steward.change.manifests.reading import Manifests
from steward.change.planning.kinds import object_of
from steward.model.change import (
    AlterQuota,
    Change,
    CreateAcl,
    CreateTopic,
    UpsertScram,
)
from steward.model.error import UsageError
from steward.model.finding import ObjectRef
from steward.model.notice import Notice

_Objects = Mapping[str, frozenset[ObjectRef]]


def restricted(
    found: Comparison, manifests: Manifests, targets: tuple[str, ...]
) -> tuple[Comparison, tuple[Notice, ...]]:
    """Return what a comparison found about targets, and a notice for each object that these depend on and that stays.

    A target is a manifest, such as ``Topic/orders`` or ``Application/app``, or an object as a plan names it, such as
    ``topic/old``.
    Errors: UsageError, for a target that is neither.
    """
    known: _Objects = {**_declared(manifests), **_differing(found)}
    wanted = frozenset[ObjectRef]().union(*(_objects(target, known) for target in targets))
    changes = tuple(c for c in found.changes if object_of(c) in wanted)
    others = tuple(c for c in found.changes if object_of(c) not in wanted)
    whole = ObjectRef("cluster", "cluster")
    kept = replace(
        found,
        changes=changes,
        impossible=tuple(i for i in found.impossible if i.object in wanted or i.object == whole),
        remaining=tuple(r for r in found.remaining if r.object in wanted),
        notes=(),
        unmanaged=(),
    )
    return kept, tuple(_dependencies(changes, others))


def _declared(manifests: Manifests) -> dict[str, frozenset[ObjectRef]]:
    """Return the objects that each manifest declares, by KIND/NAME."""
    found: dict[str, frozenset[ObjectRef]] = {}
    for m, _ in manifests.of(TopicSpec):
        found[f"Topic/{m.metadata.name}"] = frozenset({ObjectRef("topic", m.metadata.name)})
    for m, application in manifests.of(ApplicationSpec):
        acls = (object_of(CreateAcl(acl=acl)) for acl in bindings(application))
        found[f"Application/{m.metadata.name}"] = frozenset(acls)
    for m, acl_spec in manifests.of(AclSpec):
        acls = (object_of(CreateAcl(acl=acl)) for acl in acl_bindings(acl_spec))
        found[f"Acl/{m.metadata.name}"] = frozenset(acls)
    for m, quota in manifests.of(QuotaSpec):
        entity = quota_entry(quota).entity
        found[f"Quota/{m.metadata.name}"] = frozenset({object_of(AlterQuota(entity=entity))})
    for m, user in manifests.of(UserSpec):
        name = user.user or m.metadata.name
        found[f"User/{m.metadata.name}"] = frozenset({ObjectRef("user", name)})
    return found


def _differing(found: Comparison) -> _Objects:
    """Return the objects that differ, as a plan names them."""
    objects = {
        *(object_of(c) for c in found.changes),
        *(one.object for one in (*found.impossible, *found.remaining)),
    }
    return {f"{o.kind}/{o.name}": frozenset({o}) for o in objects if o.kind != "cluster"}


def _objects(target: str, known: _Objects) -> frozenset[ObjectRef]:
    """Return what a target names; its kind may be written in small letters."""
    kind, slash, name = target.partition("/")
    found = [
        objects
        for word, objects in known.items()
        if word == target
        or (
            word.partition("/") == (word.partition("/")[0], slash, name)
            and word.partition("/")[0].lower() == kind.lower()
        )
    ]
    if found:
        return frozenset[ObjectRef]().union(*found)
    near = get_close_matches(target, sorted(known), 1, 0.5)
    raise UsageError(
        f"--target {target}: no manifest declares it"
        if slash
        else f"--target {target} is not KIND/NAME",
        remedy=f"did you mean {near[0]}?"
        if near
        else "write KIND/NAME of a manifest: Topic/orders",
    )


def _dependencies(changes: tuple[Change, ...], others: tuple[Change, ...]) -> Iterator[Notice]:
    """Say which objects that are to be created, and that targets need, are no targets."""
    topics = {c.name for c in others if isinstance(c, CreateTopic)}
    users = {c.user for c in others if isinstance(c, UpsertScram)}
    listed: set[tuple[ObjectRef, ObjectRef]] = set()
    for change in changes:
        for needed in _needed(change, topics, users):
            if (pair := (object_of(change), needed)) not in listed:
                listed.add(pair)
                yield Notice(
                    code="depends_on",
                    message=f"{pair[0]} depends on {needed}, which is no target and stays as it is",
                    object=str(needed),
                    remedy=f"add --target {needed.kind}/{needed.name}",
                )


def _needed(change: Change, topics: set[str], users: set[str]) -> Iterator[ObjectRef]:
    """Name the topics and users that a change is about, of those that are still to be created or altered."""
    match change:
        case CreateAcl(acl=acl):
            if acl.resource_type == "TOPIC":
                named = {acl.resource_name} & topics
                is_prefix = acl.pattern_type == "PREFIXED"
                named |= {t for t in topics if is_prefix and t.startswith(acl.resource_name)}
                yield from (ObjectRef("topic", t) for t in sorted(named))
            user = acl.principal.removeprefix("User:")
            if user in users:
                yield ObjectRef("user", user)
        case AlterQuota(entity=entity):
            yield from (ObjectRef("user", n) for kind, n in entity if kind == "user" and n in users)
        case _:
            return
