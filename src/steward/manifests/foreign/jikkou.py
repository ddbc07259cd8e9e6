"""jikkou: resources of kafka.jikkou.io, alone or as lists (streamthoughts/jikkou)."""

from collections.abc import Iterator, Mapping

from steward.manifests.foreign.taking import Taking, moved
from steward.manifests.kinds import (
    AclSpec,
    Entity,
    Limits,
    Manifest,
    Metadata,
    QuotaSpec,
    Resource,
    TopicSpec,
    UserSpec,
)
from steward.manifests.spelling import DEFAULT_ENTITY, OPERATIONS, RESOURCE_TYPES, SPELLED

GROUP = "jikkou.io"
_KINDS = {kafka: ours for ours, kafka in RESOURCE_TYPES.items()}
Maps = Mapping[str, Mapping[str, str]]


def config_maps(documents: list[Taking]) -> Maps:
    """Return the ConfigMaps of all documents, which topics refer to by name."""
    found: dict[str, Mapping[str, str]] = {}
    for document in documents:
        if document.text("kind") == "ConfigMap":
            found[document.inner("metadata").text("name")] = document.configs("data")
    return found


def carry(document: Taking, maps: Maps) -> Iterator[Manifest]:
    """Yield the manifests of one document."""
    kind = document.text("kind")
    document.ignore("apiVersion")
    if kind == "ConfigMap":
        return
    if kind.endswith("List"):
        for item in document.inners("items"):
            item.ignore("apiVersion", "kind")
            yield from _resource(kind.removesuffix("List"), item, maps)
        document.ignore("metadata")
    else:
        yield from _resource(kind, document, maps)
    document.finish()


def _resource(kind: str, document: Taking, maps: Maps) -> Iterator[Manifest]:
    metadata, spec = document.inner("metadata"), document.inner("spec")
    name, labels = metadata.text("name"), metadata.configs("labels")
    if metadata.has("annotations"):
        metadata.leave("annotations", "they steer jikkou")
    metadata.finish()
    match kind:
        case "KafkaTopic":
            yield _topic(Metadata(name=name, labels=labels), spec, maps)
        case "KafkaPrincipalAuthorization":
            yield from _authorization(name, spec)
        case "KafkaClientQuota":
            yield _quota(name, spec)
        case "KafkaUser":
            yield from _user(name, spec)
        case _:
            document.leave("kind", f"{kind} has no manifest")
            return
    spec.finish()


def _topic(metadata: Metadata, spec: Taking, maps: Maps) -> Manifest:
    configs: dict[str, str] = {}
    for reference in spec.texts("configMapRefs"):
        if reference not in maps:
            spec.leave("configMapRefs", f"ConfigMap {reference} is in none of the files")
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


def _authorization(principal: str, spec: Taking) -> Iterator[Manifest]:
    if spec.has("roles"):
        spec.leave("roles", "write the rights of the role as Acl documents")
    for number, acl in enumerate(spec.inners("acls"), start=1):
        resource = acl.inner("resource")
        kind = _KINDS.get(resource.text("type").upper())
        wrong = [o for o in acl.texts("operations") if o.replace("_", "").lower() not in OPERATIONS]
        if kind is None or wrong:
            acl.leave("resource" if kind is None else "operations", "it is none of Kafka's")
            continue
        made = AclSpec(
            principal=principal,
            host=acl.text("host") or "*",
            permission=(acl.text("type") or "allow").lower(),
            resource=Resource(
                type=kind,
                name=resource.text("pattern", "name"),
                pattern=(resource.text("patternType") or "literal").lower(),
            ),
            operations=tuple(
                SPELLED[OPERATIONS[o.replace("_", "").lower()]] for o in acl.texts("operations")
            ),
        )
        resource.finish()
        acl.finish()
        name = f"{principal.partition(':')[2] or principal}-{number}"
        yield Manifest(kind="Acl", metadata=Metadata(name=name), spec=made, place=acl.place)


def _quota(name: str, spec: Taking) -> Manifest:
    entity, configs = spec.inner("entity"), spec.inner("configs")
    kind = spec.text("type").upper()
    user, client = entity.text("user") or None, entity.text("clientId") or None
    if kind in ("USERS_DEFAULT", "USER_DEFAULT"):
        user = DEFAULT_ENTITY
    if kind in ("CLIENTS_DEFAULT", "CLIENT_DEFAULT", "USER_DEFAULT_CLIENT", "USER_ALL_CLIENTS"):
        client = DEFAULT_ENTITY
    limits = Limits(
        producer_byte_rate=_whole(configs, "producerByteRate"),
        consumer_byte_rate=_whole(configs, "consumerByteRate"),
        request_percentage=configs.fraction("requestPercentage"),
        controller_mutation_rate=configs.fraction("controllerMutationRate"),
    )
    entity.finish()
    configs.finish()
    made = QuotaSpec(entity=Entity(user=user, client_id=client), limits=limits)
    fallback = "-".join(word for word in ("user", user, "client", client) if word)
    return Manifest(
        kind="Quota", metadata=Metadata(name=name or fallback), spec=made, place=spec.place
    )


def _whole(configs: Taking, key: str) -> int | None:
    """Take a rate that jikkou writes with a fraction, such as 1024.0."""
    found = configs.fraction(key)
    return None if found is None else int(found)


def _user(name: str, spec: Taking) -> Iterator[Manifest]:
    for authentication in spec.inners("authentications"):
        mechanism = authentication.text("type").upper().replace("_", "-")
        iterations = authentication.number("iterations")
        for secret in ("password", "salt"):
            if authentication.has(secret):
                authentication.leave(secret, "write passwordFrom: a manifest holds no password")
        authentication.finish()
        yield Manifest(
            kind="User", metadata=Metadata(name=name), place=spec.place,
            spec=UserSpec(mechanism=mechanism, iterations=iterations),
        )  # fmt: skip
