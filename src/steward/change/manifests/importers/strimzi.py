"""Strimzi: KafkaTopic and KafkaUser resources (strimzi/strimzi-kafka-operator)."""

from collections.abc import Iterator

from steward.change.manifests.importers.field_reader import FieldReader, moved
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

GROUP = "kafka.strimzi.io"
_PATTERNS = {"prefix": "prefixed", "literal": "literal", "": "literal"}
_OF_TLS = ("tls", "tls-external")


def convert(document: FieldReader) -> Iterator[Manifest]:
    """Yield the manifests of one resource."""
    kind = document.text("kind")
    document.ignore("apiVersion", "status")
    metadata, spec = document.inner("metadata"), document.inner("spec")
    name = metadata.text("name")
    annotations = metadata.configs("annotations")
    metadata.ignore(
        "namespace", "labels", "resourceVersion", "uid", "generation", "creationTimestamp"
    )
    metadata.ignore("managedFields", "finalizers", "ownerReferences")
    if annotations.get("strimzi.io/managed") == "false":
        document.leave("metadata", f"{name} is left out because strimzi.io/managed is false")
    elif kind == "KafkaTopic":
        yield _topic(name, spec)
    elif kind == "KafkaUser":
        yield from _user(name, spec)
    else:
        document.leave("kind", f"{kind or 'none'} is neither KafkaTopic nor KafkaUser")
        return
    metadata.finish()
    document.finish()


def _topic(name: str, spec: FieldReader) -> Manifest:
    configs = spec.configs("config")
    made = TopicSpec(
        partitions=spec.number("partitions"),
        replicas=spec.number("replicas"),
        retention=moved(configs, "retention.ms"),
        retention_bytes=moved(configs, "retention.bytes"),
        config=configs,
    )
    topic = spec.text("topicName") or name
    spec.finish()
    return Manifest(kind="Topic", metadata=Metadata(name=topic), spec=made, place=spec.place)


def _user(name: str, spec: FieldReader) -> Iterator[Manifest]:
    authentication = spec.inner("authentication")
    kind = authentication.text("type")
    user = f"CN={name}" if kind in _OF_TLS else name
    if kind == "scram-sha-512":
        if authentication.has("password"):
            authentication.leave(
                "password", "declare passwordFrom: manifests must not contain passwords"
            )
        yield Manifest(
            kind="User", metadata=Metadata(name=name), spec=UserSpec(mechanism="SCRAM-SHA-512"), place=spec.place
        )  # fmt: skip
    elif kind in _OF_TLS:
        authentication.leave(
            "type", f"certificates are issued elsewhere; ACLs and quotas use {user}"
        )
    authentication.finish()
    yield from _acls(name, f"User:{user}", spec.inner("authorization"))
    yield from _quotas(user, spec.inner("quotas"), spec)
    if spec.has("template"):
        spec.leave("template", "it concerns only Kubernetes")
    spec.finish()


def _acls(name: str, principal: str, authorization: FieldReader) -> Iterator[Manifest]:
    if authorization.text("type") not in ("simple", ""):
        authorization.leave("type", "only simple authorization is stored in Kafka's ACLs")
    for number, acl in enumerate(authorization.inners("acls"), start=1):
        resource = acl.inner("resource")
        kind = resource.text("type")
        pattern = _PATTERNS.get(resource.text("patternType"), "literal")
        operations = (*acl.texts("operations"), *acl.texts("operation"))
        spec = AclSpec(
            principal=principal,
            host=acl.text("host") or "*",
            permission=acl.text("type") or "allow",
            resource=AclResource(
                type=kind,
                name=resource.text("name") or ("kafka-cluster" if kind == "cluster" else "*"),
                pattern=pattern,
            ),
            operations=operations,
        )
        resource.finish()
        acl.finish()
        yield Manifest(
            kind="Acl", metadata=Metadata(name=f"{name}-{number}"), spec=spec, place=acl.place
        )
    authorization.finish()


def _quotas(user: str, quotas: FieldReader, spec: FieldReader) -> Iterator[Manifest]:
    if not spec.has("quotas"):
        return
    limits = Limits(
        producer_byte_rate=quotas.number("producerByteRate"),
        consumer_byte_rate=quotas.number("consumerByteRate"),
        request_percentage=quotas.fraction("requestPercentage"),
        controller_mutation_rate=quotas.fraction("controllerMutationRate"),
    )
    quotas.finish()
    yield Manifest(
        kind="Quota", metadata=Metadata(name=f"user-{user}"), spec=QuotaSpec(entity=QuotaEntity(user=user),
        limits=limits),
        place=quotas.place,
    )  # fmt: skip
