"""topicctl: a topic or a cluster a document, with ``meta`` and ``spec`` (segmentio/topicctl, pkg/config)."""

from collections.abc import Iterator

from steward.manifests.foreign.taking import Taking, moved
from steward.manifests.kinds import (
    ClusterRef,
    Manifest,
    ManifestSetSpec,
    Metadata,
    Placement,
    TopicSpec,
)

_SPREADS = {"any": "any", "cross-rack": "rack", "": ""}
_MINUTE_MS = 60_000


def carry(document: Taking) -> Iterator[Manifest]:
    """Yield the manifest of a topicctl document."""
    meta, spec = document.inner("meta"), document.inner("spec")
    if spec.has("bootstrapAddrs") or spec.has("zkAddrs"):
        yield _cluster(meta, spec)
    else:
        yield _topic(meta, spec)
    meta.finish()
    spec.finish()
    document.finish()


def _cluster(meta: Taking, spec: Taking) -> Manifest:
    name = meta.text("name")
    meta.ignore("environment", "region", "description", "shard")
    cluster = ClusterRef(name=name, cluster_id=spec.text("clusterID"))
    for key in ("bootstrapAddrs", "zkAddrs", "tls", "sasl"):
        if spec.has(key):
            spec.leave(key, "connections are in profiles of steward.toml")
    return Manifest(
        kind="ManifestSet",
        metadata=Metadata(name=name),
        spec=ManifestSetSpec(clusters=(cluster,)),
        place=meta.place,
    )


def _topic(meta: Taking, spec: Taking) -> Manifest:
    meta.ignore("cluster", "environment", "region", "description", "consumers")
    configs = spec.configs("settings")
    minutes = spec.number("retentionMinutes")
    retention = minutes * _MINUTE_MS if minutes is not None else moved(configs, "retention.ms")
    placement = spec.inner("placement")
    strategy = placement.text("strategy")
    spread = _SPREADS.get(strategy)
    if spread is None:
        placement.leave("strategy", f"{strategy} is a wish for moving replicas")
    placement.finish("it is a wish for moving replicas")
    if spec.has("migration"):
        spec.leave("migration", "it is a wish for moving replicas")
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
