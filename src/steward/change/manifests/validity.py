"""Rules beyond types: over the fields of one document, and over all documents together."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from steward.change.guard.cel import NAMES, compiled
from steward.change.manifests.kinds import (
    AclSpec,
    ApplicationSpec,
    Limits,
    Manifest,
    ManifestSetSpec,
    PolicySpec,
    QuotaSpec,
    TenantSpec,
    TopicShape,
    TopicSpec,
    UserSpec,
    WaiverSpec,
    key_of,
)
from steward.change.manifests.problem import Place, Problem, nearest
from steward.change.manifests.scope import holds_topic, overlaps
from steward.change.manifests.spelling import OPERATIONS, allowed_operations
from steward.change.manifests.yaml_nodes import child, place_of
from steward.documents.nodes import Node
from steward.model.config_definition import wrong_value
from steward.model.config_definitions import QUOTA

NoteProblem = Callable[[Place, str, str], None]

TYPED_KEYS: Mapping[str, str] = {"retention": "retention.ms", "retention_bytes": "retention.bytes"}
"""Typed fields of a topic that correspond to a config key."""

_TOPIC_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_MOST_PARTITIONS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Located:
    """A document with the node it was read from."""

    manifest: Manifest
    node: Node

    def at(self, *path: str) -> Place:
        """Return where a key is written; where the document begins if it is not."""
        for length in range(len(path), 0, -1):
            found = child(self.node, *path[:length])
            if found is not None:
                return place_of(found, self.manifest.place.file)
        return self.manifest.place


def judge(documents: list[Located], problems: list[Problem]) -> None:
    """Record problems of documents that could be decoded."""

    def note(place: Place, message: str, remedy: str) -> None:
        problems.append(Problem(place, message, remedy))

    for document in documents:
        rule = _RULES.get(type(document.manifest.spec))
        if rule is not None:
            rule(document, document.manifest.spec, note)
    _duplicates(documents, note)
    _sets(documents, note)


def _topic(document: Located, spec: TopicSpec, note: NoteProblem) -> None:
    name = document.manifest.metadata.name
    if not _TOPIC_NAME.fullmatch(name) or name in (".", ".."):
        note(
            document.at("metadata", "name"), f"{name!r} is not a valid topic name",
            "use up to 249 letters, digits, dots, underscores and dashes",
        )  # fmt: skip
    _shape(document, spec, note, "spec")
    for cluster, shape in spec.overrides.items():
        _shape(document, shape, note, "spec", "overrides", cluster)


def _shape(document: Located, shape: TopicShape, note: NoteProblem, *path: str) -> None:
    where = ".".join(path)
    for count, most in (("partitions", _MOST_PARTITIONS), ("replicas", 32_767)):
        value = getattr(shape, count)
        if value is not None and not 1 <= value <= most:
            note(document.at(*path, count), f"{where}.{count} is {value}", "write 1 or more")
    for field, config_key in TYPED_KEYS.items():
        if getattr(shape, field) is not None and config_key in shape.config:
            note(
                document.at(*path, "config", config_key),
                f"{where} has both {key_of(field)} and config.{config_key}",
                "remove one of them",
            )


def _set(document: Located, spec: ManifestSetSpec, note: NoteProblem) -> None:
    _shape(document, spec.defaults.topic, note, "spec", "defaults", "topic")
    for name, shape in spec.profiles.items():
        _shape(document, shape, note, "spec", "profiles", name)
    for kind in ("topics", "groups", "transactionalIds", "principals"):
        field = {"transactionalIds": "transactional_ids"}.get(kind, kind)
        if "" in getattr(spec.scope, field):
            note(
                document.at("spec", "scope", kind), f"spec.scope.{kind} has an empty prefix",
                "write * to match everything",
            )  # fmt: skip
    names = [c.name for c in spec.clusters]
    for name in sorted({n for n in names if names.count(n) > 1}):
        note(document.at("spec", "clusters"), f"cluster {name} is named twice", "remove one")


def _application(document: Located, spec: ApplicationSpec, note: NoteProblem) -> None:
    _principal(document, spec.principal, note)
    layered = spec.type in ("streams", "connect")
    if layered and not spec.application_id:
        note(
            document.at("spec"), f"spec.applicationId is missing: type is {spec.type}",
            "add application.id of Streams, or group.id of Connect workers",
        )  # fmt: skip
    if not (spec.produces or spec.consumes or layered):
        note(document.at("spec"), "it neither produces nor consumes", "add produces or consumes")


def _principal(document: Located, principal: str, note: NoteProblem) -> None:
    kind, colon, name = principal.partition(":")
    if not (kind and colon and name):
        note(
            document.at("spec", "principal"), f"spec.principal is {principal!r}",
            f"include its type, such as User:{principal.lstrip(':') or 'NAME'}",
        )  # fmt: skip


def _acl(document: Located, spec: AclSpec, note: NoteProblem) -> None:
    _principal(document, spec.principal, note)
    if not spec.operations:
        note(document.at("spec", "operations"), "spec.operations is empty", "name one or more")
    for operation in spec.operations:
        known = OPERATIONS.get(operation.replace("_", "").lower())
        if known is None:
            note(
                document.at("spec", "operations"), f"there is no operation {operation!r}",
                nearest(operation, allowed_operations(spec.resource.type)),
            )  # fmt: skip


def _quota(document: Located, spec: QuotaSpec, note: NoteProblem) -> None:
    entity = spec.entity
    if entity.user is None and entity.client_id is None and entity.ip is None:
        note(document.at("spec", "entity"), "spec.entity is empty", "add user, clientId or ip")
    if entity.ip is not None and (entity.user is not None or entity.client_id is not None):
        note(
            document.at("spec", "entity"), "ip cannot be combined with user or clientId",
            "write two documents",
        )  # fmt: skip
    limits = {
        name: value
        for name in Limits.__slots__
        if (value := getattr(spec.limits, name)) is not None
    }
    if not limits:
        note(
            document.at("spec", "limits"),
            "spec.limits is empty",
            "add a limit, or remove the document",
        )
    for name, value in limits.items():
        place = document.at("spec", "limits", key_of(name))
        wrong = wrong_value(f"spec.limits.{key_of(name)}", QUOTA[name], f"{value:.17g}")
        if value <= 0:
            note(place, f"spec.limits.{key_of(name)} is {value}", "a limit must be above 0")
        elif wrong is not None:
            note(place, wrong.message, wrong.remedy)
        if (name == "connection_creation_rate") != (entity.ip is not None):
            note(
                place, f"{key_of(name)} does not apply to this entity",
                "connectionCreationRate is for ip, all others for user and clientId",
            )  # fmt: skip
    if spec.basis.scope == "cluster" and not (spec.basis.brokers or 0) > 0:
        note(document.at("spec", "basis"), "spec.basis.brokers is missing", "add brokers: N")


def _user(document: Located, spec: UserSpec, note: NoteProblem) -> None:
    if spec.iterations is not None and not 4096 <= spec.iterations <= 16384:
        note(
            document.at("spec", "iterations"), f"spec.iterations is {spec.iterations}",
            "Kafka accepts 4096 to 16384",
        )  # fmt: skip
    source = spec.password_from
    if source is not None and sum(map(bool, (source.env, source.file, source.command))) != 1:
        note(
            document.at("spec", "passwordFrom"), "spec.passwordFrom needs exactly one source",
            "write env, file or command",
        )  # fmt: skip


def _tenant(document: Located, spec: TenantSpec, note: NoteProblem) -> None:
    if "" in spec.prefixes:
        note(document.at("spec", "prefixes"), "spec.prefixes has an empty prefix", "remove it")


def _policy(document: Located, spec: PolicySpec, note: NoteProblem) -> None:
    if not spec.rule.strip():
        note(document.at("spec", "rule"), "spec.rule is empty", "write a CEL expression")
        return
    rule = compiled(spec.rule, spec.target)
    if isinstance(rule, str):
        names = ", ".join(NAMES[spec.target])
        note(
            document.at("spec", "rule"), f"spec.rule is not valid CEL: {rule}",
            f"a rule on the {spec.target} has the variables {names}",
        )  # fmt: skip


def _waiver(document: Located, spec: WaiverSpec, note: NoteProblem) -> None:
    try:
        date.fromisoformat(spec.until)
    except ValueError:
        note(document.at("spec", "until"), f"spec.until is {spec.until!r}", "write YYYY-MM-DD")
    if spec.object != "*" and "/" not in spec.object:
        note(
            document.at("spec", "object"), f"spec.object is {spec.object!r}",
            "write kind/name, such as topic/orders",
        )  # fmt: skip


_RULES: Mapping[type[Any], Callable[[Located, Any, NoteProblem], None]] = {
    TopicSpec: _topic,
    ManifestSetSpec: _set,
    ApplicationSpec: _application,
    AclSpec: _acl,
    QuotaSpec: _quota,
    UserSpec: _user,
    TenantSpec: _tenant,
    PolicySpec: _policy,
    WaiverSpec: _waiver,
}


def identity(manifest: Manifest) -> tuple[str, ...]:
    """Return a key for the object in the cluster that a document describes; no two documents may share it."""
    spec = manifest.spec
    if isinstance(spec, QuotaSpec):
        entity = spec.entity
        return (
            "quota",
            *(f"{k}={v}" for k in entity.__slots__ if (v := getattr(entity, k)) is not None),
        )
    if isinstance(spec, UserSpec):
        return ("user", spec.user or manifest.metadata.name, spec.mechanism)
    return (manifest.kind, manifest.metadata.name)


def _duplicates(documents: list[Located], note: NoteProblem) -> None:
    first: dict[tuple[str, ...], Located] = {}
    names: dict[tuple[str, str], Located] = {}
    for document in documents:
        manifest = document.manifest
        same = first.setdefault(identity(manifest), document)
        if same is document:
            same = names.setdefault((manifest.kind, manifest.metadata.name), document)
            if isinstance(manifest.spec, UserSpec):
                continue  # a user may have a credential of each mechanism
        if same is not document:
            note(
                manifest.place,
                f"{manifest.kind} {manifest.metadata.name} is also declared at {same.manifest.place}",
                "declare an object only once: remove one of them",
            )


def _sets(documents: list[Located], note: NoteProblem) -> None:
    sets = [d for d in documents if isinstance(d.manifest.spec, ManifestSetSpec)]
    for i, one in enumerate(sets):
        for other in sets[:i]:
            for prefix in overlaps(_scope(one), _scope(other)):
                note(
                    one.at("spec", "scope"),
                    f"{prefix} is also in the scope of set {other.manifest.metadata.name}",
                    "scopes must not overlap: remove it from one of them",
                )
    if not sets:
        return
    for document in documents:
        spec = document.manifest.spec
        if isinstance(spec, TopicSpec):
            _topic_in_sets(document, spec, sets, note)


def _scope(document: Located) -> Any:
    spec = document.manifest.spec
    assert isinstance(spec, ManifestSetSpec)  # noqa: S101  chosen by type
    return spec.scope


def _topic_in_sets(
    document: Located, spec: TopicSpec, sets: list[Located], note: NoteProblem
) -> None:
    name = document.manifest.metadata.name
    owners = [s for s in sets if not _scope(s).topics or holds_topic(_scope(s), name)]
    if not owners:
        note(
            document.at("metadata", "name"), f"topic {name} is outside the scope of every set",
            "add its prefix to spec.scope.topics of a ManifestSet, or declare it in the set that owns it",
        )  # fmt: skip
        return
    owner = owners[0].manifest.spec
    assert isinstance(owner, ManifestSetSpec)  # noqa: S101  chosen by type
    if spec.profile and spec.profile not in owner.profiles:
        note(
            document.at("spec", "profile"), f"there is no profile {spec.profile!r}",
            nearest(spec.profile, owner.profiles, "the ManifestSet declares none"),
        )  # fmt: skip
    clusters = {c.name for c in owner.clusters}
    for name in sorted(set(spec.overrides) - clusters) if clusters else ():
        note(
            document.at("spec", "overrides", name), f"the set has no cluster {name!r}",
            nearest(name, clusters),
        )  # fmt: skip
