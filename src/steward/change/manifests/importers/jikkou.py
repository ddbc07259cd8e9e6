"""jikkou: resources of kafka.jikkou.io, alone or as lists (streamthoughts/jikkou)."""

from collections.abc import Iterator, Mapping

from steward.change.manifests.importers.field_reader import (
    RESOURCES,
    FieldReader,
    moved,
    operation_of,
)
from steward.change.manifests.kinds import (
    AclResource,
    AclSpec,
    Limits,
    Manifest,
    Metadata,
    QuotaEntity,
    QuotaSpec,
    TopicSpec,
    UserSpec,
)
from steward.model.quota import DEFAULT, name_text

GROUP = "jikkou.io"
_NOT_WANTED = ("jikkou.io/delete", "jikkou.io/ignore")
_ROLE = "KafkaPrincipalRole"
Maps = Mapping[str, Mapping[str, str]]
Roles = Mapping[str, tuple[FieldReader, ...]]


def config_maps(documents: list[FieldReader]) -> Maps:
    """Return the ConfigMaps of all documents, which topics refer to by name."""
    found: dict[str, Mapping[str, str]] = {}
    for document in documents:
        if document.text("kind") == "ConfigMap":
            found[document.inner("metadata").text("name")] = document.configs("data")
    return found


def roles_of(documents: list[FieldReader]) -> Roles:
    """Return the permissions of the roles of all documents, which principals refer to by name."""
    found: dict[str, tuple[FieldReader, ...]] = {}
    for document in documents:
        if document.text("kind") == _ROLE:
            rights = tuple(document.inner("spec").inners("acls"))
            found[document.inner("metadata").text("name")] = rights
    return found


def convert(document: FieldReader, maps: Maps, roles: Roles) -> Iterator[Manifest]:
    """Yield the manifests of one document."""
    kind = document.text("kind")
    document.ignore("apiVersion")
    if kind in ("ConfigMap", _ROLE):
        return  # converted where they are referred to
    if kind.endswith("List"):
        for item in document.inners("items"):
            item.ignore("apiVersion", "kind")
            yield from _resource(kind.removesuffix("List"), item, maps, roles)
        document.ignore("metadata")
    else:
        yield from _resource(kind, document, maps, roles)
    document.finish()


def _resource(kind: str, document: FieldReader, maps: Maps, roles: Roles) -> Iterator[Manifest]:
    metadata, spec = document.inner("metadata"), document.inner("spec")
    name, labels = metadata.text("name"), metadata.configs("labels")
    annotations = metadata.inner("annotations")
    steered = next((a for a in _NOT_WANTED if annotations.flag(a)), "")
    if steered:
        metadata.leave("annotations", f"{name} is left out because {steered} is true")
        return
    if annotations.names:
        metadata.leave("annotations", "they control jikkou itself")
    metadata.finish()
    match kind:
        case "KafkaTopic":
            yield _topic(Metadata(name=name, labels=labels), spec, maps)
        case "KafkaPrincipalAuthorization":
            yield from _authorization(name, spec, roles)
        case "KafkaClientQuota":
            yield _quota(name, spec)
        case "KafkaUser":
            yield from _user(name, spec)
        case _:
            document.leave("kind", f"{kind} has no equivalent manifest")
            return
    spec.finish()


def _topic(metadata: Metadata, spec: FieldReader, maps: Maps) -> Manifest:
    configs: dict[str, str] = {}
    for reference in spec.texts("configMapRefs"):
        if reference not in maps:
            spec.leave("configMapRefs", f"ConfigMap {reference} is not in the files")
        configs |= maps.get(reference, {})
    configs |= spec.configs("configs")
    made = TopicSpec(
        partitions=spec.number("partitions"),
        replicas=spec.number("replicas", "replicationFactor"),
        retention=moved(configs, "retention.ms"),
        retention_bytes=moved(configs, "retention.bytes"),
        config=dict(sorted(configs.items())),
    )
    return Manifest(kind="Topic", metadata=metadata, spec=made, place=spec.place)


def _authorization(principal: str, spec: FieldReader, roles: Roles) -> Iterator[Manifest]:
    """Yield a principal's own permissions, and those of its roles."""
    bare = principal.partition(":")[2] or principal
    for number, acl in enumerate(spec.inners("acls"), start=1):
        yield from _acl(f"{bare}-{number}", principal, acl)
    for role in spec.texts("roles"):
        if role not in roles:
            spec.leave("roles", f"KafkaPrincipalRole {role} is not in the files")
        for number, acl in enumerate(roles.get(role, ()), start=1):
            yield from _acl(f"{bare}-{role}-{number}", principal, acl)


def _acl(name: str, principal: str, acl: FieldReader) -> Iterator[Manifest]:
    resource = acl.inner("resource")
    kind = RESOURCES.get(resource.text("type").replace("_", "").lower())
    operations = tuple(operation_of(o) for o in acl.texts("operations"))
    pattern = (resource.text("patternType") or "literal").lower()
    if kind is None or None in operations:
        acl.leave(
            "resource" if kind is None else "operations",
            "not an operation or resource type of Kafka",
        )
        return
    if pattern not in ("literal", "prefixed"):
        acl.leave(
            "resource",
            f"{pattern} is matched against the topics that exist at one time: name them or a prefix",
        )
        return
    made = AclSpec(
        principal=principal,
        host=acl.text("host") or "*",
        permission=(acl.text("type") or "allow").lower(),
        resource=AclResource(type=kind, name=resource.text("pattern", "name"), pattern=pattern),
        operations=tuple(o for o in operations if o),
    )
    resource.finish()
    acl.finish()
    yield Manifest(kind="Acl", metadata=Metadata(name=name), spec=made, place=acl.place)


def _name(entity: FieldReader, key: str) -> str | None:
    """Read a name; one that reads like the default entity is escaped."""
    return name_text(entity.text(key)) if entity.text(key) else None


def _quota(name: str, spec: FieldReader) -> Manifest:
    entity, configs = spec.inner("entity"), spec.inner("configs")
    kind = spec.text("type").upper()
    user, client = _name(entity, "user"), _name(entity, "clientId")
    if kind in ("USERS_DEFAULT", "USER_DEFAULT"):
        user = DEFAULT
    if kind in ("CLIENTS_DEFAULT", "CLIENT_DEFAULT", "USER_DEFAULT_CLIENT", "USER_ALL_CLIENTS"):
        client = DEFAULT
    limits = Limits(
        producer_byte_rate=_whole(configs, "producerByteRate"),
        consumer_byte_rate=_whole(configs, "consumerByteRate"),
        request_percentage=configs.fraction("requestPercentage"),
        controller_mutation_rate=configs.fraction("controllerMutationRate"),
    )
    entity.finish()
    configs.finish()
    made = QuotaSpec(entity=QuotaEntity(user=user, client_id=client), limits=limits)
    fallback = "-".join(word for word in ("user", user, "client", client) if word)
    return Manifest(
        kind="Quota", metadata=Metadata(name=name or fallback), spec=made, place=spec.place
    )


def _whole(configs: FieldReader, key: str) -> int | None:
    """Read a rate that jikkou writes with a fraction, such as 1024.0."""
    found = configs.fraction(key)
    return None if found is None else int(found)


def _user(name: str, spec: FieldReader) -> Iterator[Manifest]:
    for authentication in spec.inners("authentications"):
        mechanism = authentication.text("type").upper().replace("_", "-")
        iterations = authentication.number("iterations")
        for secret in ("password", "salt"):
            if authentication.has(secret):
                authentication.leave(
                    secret, "declare passwordFrom: manifests must not contain passwords"
                )
        authentication.finish()
        yield Manifest(
            kind="User", metadata=Metadata(name=name), place=spec.place,
            spec=UserSpec(mechanism=mechanism, iterations=iterations),
        )  # fmt: skip
