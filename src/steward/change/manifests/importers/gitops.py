"""kafka-gitops: one state file of topics, services and users (devshawn/kafka-gitops)."""

from collections.abc import Iterator

from steward.change.manifests.importers.field_reader import FieldReader, moved
from steward.change.manifests.kinds import (
    AclResource,
    AclSpec,
    ApplicationSpec,
    Consumes,
    Defaults,
    Manifest,
    ManifestSetSpec,
    Metadata,
    Produces,
    TopicShape,
    TopicSpec,
)
from steward.change.manifests.spelling import OPERATIONS, RESOURCE_TYPES, SPELLED

_TYPES = {"application": "app", "kafka-streams": "streams", "kafka-connect": "connect"}
_KINDS = {kafka: ours for ours, kafka in RESOURCE_TYPES.items()}


def convert(document: FieldReader) -> Iterator[Manifest]:
    """Yield the manifests of a state file."""
    yield from _settings(document.inner("settings"))
    for name, topic in document.named("topics"):
        yield _topic(name, topic)
    principals: dict[str, str] = {}
    for name, service in document.named("services"):
        principals[name] = service.text("principal")
        yield from _service(name, service)
    for name, user in document.named("users"):
        principals[name] = user.text("principal")
        _user(user)
    for key in ("customServiceAcls", "customUserAcls"):
        for owner, acls in document.named(key):
            for name in acls.names:
                yield from _acl(f"{owner}-{name}", acls.inner(name), principals.get(owner, ""))
    document.finish()


def _settings(settings: FieldReader) -> Iterator[Manifest]:
    topics = settings.inner("topics")
    defaults = topics.inner("defaults")
    shape = TopicShape(
        replicas=defaults.number("replication"), partitions=defaults.number("partitions")
    )
    defaults.finish()
    topics.finish("no exemption is needed: nothing is pruned unless a ManifestSet says so")
    settings.ignore("files")
    settings.finish()
    if shape != TopicShape():
        yield Manifest(
            kind="ManifestSet",
            metadata=Metadata(name="kafka-gitops"),
            spec=ManifestSetSpec(defaults=Defaults(topic=shape)),
            place=settings.place,
        )


def _topic(name: str, topic: FieldReader) -> Manifest:
    configs = topic.configs("configs")
    spec = TopicSpec(
        partitions=topic.number("partitions"),
        replicas=topic.number("replication"),
        retention=moved(configs, "retention.ms"),
        retention_bytes=moved(configs, "retention.bytes"),
        config=configs,
    )
    topic.finish()
    return Manifest(kind="Topic", metadata=Metadata(name=name), spec=spec, place=topic.place)


def _service(name: str, service: FieldReader) -> Iterator[Manifest]:
    kind = service.text("type")
    group = service.text("group-id") or name
    layered = kind in ("kafka-streams", "kafka-connect")
    produced, consumed = [*service.texts("produces")], [*service.texts("consumes")]
    for _, connector in service.named("connectors"):
        produced += connector.texts("produces")
        consumed += connector.texts("consumes")
        connector.finish()
    storage = service.inner("storage-topics")
    names = tuple(
        storage.text(word) or f"connect-{plural}-{name}"
        for word, plural in (("config", "configs"), ("offset", "offsets"), ("status", "status"))
    )
    if kind not in _TYPES:
        service.leave("type", f"unknown type {kind or 'nothing'}; converted as an application")
    principal = service.text("principal")
    if not principal:
        service.leave(
            "principal", "kafka-gitops gets it from Confluent Cloud; converted as User:" + name
        )
    spec = ApplicationSpec(
        principal=principal or f"User:{name}",
        type=_TYPES.get(kind, "app"),
        application_id=(service.text("application-id") or group) if layered else "",
        storage=names if kind == "kafka-connect" else (),
        produces=tuple(Produces(topic=t) for t in produced),
        consumes=tuple(Consumes(topic=t, group="" if layered else group) for t in consumed),
    )
    storage.finish()
    service.finish()
    if not (spec.produces or spec.consumes or layered):
        return  # it only names a principal, whose ACLs are elsewhere
    yield Manifest(kind="Application", metadata=Metadata(name=name), spec=spec, place=service.place)


def _acl(name: str, acl: FieldReader, owner: str) -> Iterator[Manifest]:
    kind = _KINDS.get(acl.text("type").upper())
    operation = OPERATIONS.get(acl.text("operation").replace("_", "").lower())
    if kind is None or operation is None:
        acl.leave(
            "type" if kind is None else "operation", "not an operation or resource type of Kafka"
        )
        return
    principal = acl.text("principal") or owner
    if not principal:
        acl.leave("principal", "missing: kafka-gitops gets it from Confluent Cloud")
        return
    spec = AclSpec(
        principal=principal,
        host=acl.text("host") or "*",
        permission=(acl.text("permission") or "allow").lower(),
        resource=AclResource(
            type=kind,
            name=acl.text("name"),
            pattern=(acl.text("pattern") or "literal").lower(),
        ),
        operations=(SPELLED[operation],),
    )
    acl.finish()
    yield Manifest(kind="Acl", metadata=Metadata(name=name), spec=spec, place=acl.place)


def _user(user: FieldReader) -> None:
    if user.texts("roles"):
        user.leave(
            "roles",
            "its roles grant access to every topic and group: write the needed Acl documents",
        )
    user.ignore("roles")
    user.ignore("principal")
    user.finish()
