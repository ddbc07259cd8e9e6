"""topicctl: a topic, cluster or ACL list per document, with ``meta`` and ``spec`` (segmentio/topicctl, pkg/config)."""

from collections.abc import Iterator

from steward.change.manifests.importers.field_reader import (
    RESOURCES,
    FieldReader,
    moved,
    operation_of,
)
from steward.change.manifests.kinds import (
    AclResource,
    AclSpec,
    ClusterRef,
    Manifest,
    ManifestSetSpec,
    Metadata,
    Placement,
    TopicSpec,
)

_SPREADS = {"any": "any", "cross-rack": "rack", "": ""}
_MINUTE_MS = 60_000


def convert(document: FieldReader) -> Iterator[Manifest]:
    """Yield the manifest of a topicctl document."""
    meta, spec = document.inner("meta"), document.inner("spec")
    if spec.has("bootstrapAddrs") or spec.has("zkAddrs"):
        yield _cluster(meta, spec)
    elif spec.has("acls"):
        yield from _acls(meta, spec)
    else:
        yield _topic(meta, spec)
    meta.finish()
    spec.finish()
    document.finish()


def _cluster(meta: FieldReader, spec: FieldReader) -> Manifest:
    name = meta.text("name")
    meta.ignore("environment", "region", "description", "shard")
    cluster = ClusterRef(name=name, cluster_id=spec.text("clusterID"))
    for key in ("bootstrapAddrs", "zkAddrs", "tls", "sasl"):
        if spec.has(key):
            spec.leave(key, "connections belong in the profiles of steward.toml")
    return Manifest(
        kind="ManifestSet",
        metadata=Metadata(name=name),
        spec=ManifestSetSpec(clusters=(cluster,)),
        place=meta.place,
    )


def _acls(meta: FieldReader, spec: FieldReader) -> Iterator[Manifest]:
    """Yield the bindings of a document; topicctl writes the principal into the resource."""
    meta.ignore("cluster", "environment", "region", "description", "labels")
    name = meta.text("name")
    for number, acl in enumerate(spec.inners("acls"), start=1):
        resource = acl.inner("resource")
        kind = RESOURCES.get(resource.text("type").replace("_", "").lower())
        principal, written = resource.text("principal"), acl.texts("operations")
        operations = tuple(operation_of(o) for o in written)
        if kind is None or not principal or None in operations:
            acl.leave("resource", "unknown resource type, principal or operation")
            continue
        made = AclSpec(
            principal=principal,
            host=resource.text("host") or "*",
            permission=(resource.text("permission") or "allow").lower(),
            resource=AclResource(
                type=kind,
                name=resource.text("name"),
                pattern=(resource.text("patternType") or "literal").lower(),
            ),
            operations=tuple(o for o in operations if o),
        )
        resource.finish()
        acl.finish()
        yield Manifest(
            kind="Acl", metadata=Metadata(name=f"{name}-{number}"), spec=made, place=acl.place
        )


def _topic(meta: FieldReader, spec: FieldReader) -> Manifest:
    meta.ignore("cluster", "environment", "region", "description", "consumers")
    configs = spec.configs("settings")
    minutes = spec.number("retentionMinutes")
    retention = minutes * _MINUTE_MS if minutes is not None else moved(configs, "retention.ms")
    placement = spec.inner("placement")
    strategy = placement.text("strategy")
    spread = _SPREADS.get(strategy)
    if spread is None:
        placement.leave("strategy", f"{strategy} only controls how replicas are moved")
    placement.finish("it only controls how replicas are moved")
    if spec.has("migration"):
        spec.leave("migration", "it only controls how replicas are moved")
    return Manifest(
        kind="Topic",
        metadata=Metadata(name=meta.text("name"), labels=meta.configs("labels")),
        spec=TopicSpec(
            partitions=spec.number("partitions"),
            replicas=spec.number("replicationFactor"),
            placement=Placement(spread=spread) if spread else None,
            retention=retention,
            retention_bytes=moved(configs, "retention.bytes"),
            config=configs,
        ),
        place=meta.place,
    )
