"""One lineage in an object store: its HEAD, the chain of its manifests, its objects."""

from collections.abc import Iterator
from dataclasses import dataclass

from steward.backup.stores.port import ObjectMissing, ObjectStore, StoredObject
from steward.documents.fault import DocumentError
from steward.records.backup.layout import (
    FIRST_FORK,
    HEAD,
    Lineage,
    lineage_of,
    manifest_key,
    partition_folder,
    place_of,
)
from steward.records.backup.manifest import (
    Head,
    Manifest,
    encode,
    read_head,
    read_manifest,
    sha256_hex,
)


@dataclass(frozen=True, slots=True)
class Tip:
    """The last complete run of a lineage: its manifest, the manifest's SHA-256, and the version of HEAD."""

    manifest: Manifest
    sha256: str
    version: str


class LineageStore:
    """Reads and extends one lineage."""

    def __init__(self, store: ObjectStore, lineage: Lineage) -> None:
        self.store = store
        self.lineage = lineage

    def key(self, inside: str) -> str:
        """Return the key of an object of this lineage."""
        return f"{self.lineage.folder}/{inside}"

    def tip(self) -> Tip | None:
        """Return the last complete run; None where there is none yet.

        Errors: DocumentError, where HEAD or its manifest is damaged; ConfigurationError for a newer format;
                ObjectStoreFault.
        """
        try:
            stored = self.store.get(self.lineage.head)
        except ObjectMissing:
            return None
        head = read_head(stored.content, self.lineage.head)
        return Tip(self.manifest(head.run, head.manifest), head.manifest, stored.version)

    def manifest(self, run: str, sha256: str) -> Manifest:
        """Return the manifest of a run, which must have this SHA-256.

        Errors: as `tip`; ObjectMissing.
        """
        key = self.key(manifest_key(run))
        content = self.store.get(key).content
        found = sha256_hex(content)
        if found != sha256:
            raise DocumentError(key, f"damaged: its SHA-256 is {found}, expected {sha256}")
        manifest = read_manifest(content, key)
        named = (
            manifest.cluster_id,
            manifest.topic,
            manifest.topic_id,
            manifest.fork,
            manifest.run,
        )
        lineage = self.lineage
        if named != (lineage.cluster_id, lineage.topic, lineage.topic_id, lineage.fork, run):
            raise DocumentError(key, f"it is the manifest of another backup: {named}")
        return manifest

    def history(self, tip: Tip) -> Iterator[Manifest]:
        """Yield every run, the newest first.

        Errors: as `manifest`.
        """
        manifest = tip.manifest
        yield manifest
        while manifest.previous:
            manifest = self.manifest(manifest.previous_run, manifest.previous)
            yield manifest

    def publish(self, manifest: Manifest, before: Tip | None) -> str:
        """Write a manifest and move HEAD to it; return its SHA-256.

        Errors: ConditionFailed, where another run moved HEAD meanwhile; ObjectStoreFault.
        """
        content = encode(manifest)
        sha256 = sha256_hex(content)
        self.store.put(self.key(manifest_key(manifest.run)), content)
        head = encode(Head(run=manifest.run, manifest=sha256))
        self.store.put_if(self.lineage.head, head, before.version if before else None)
        return sha256

    def objects(self, partition: int) -> tuple[StoredObject, ...]:
        """List the objects of one partition, by first offset; keys inside the lineage."""
        prefix = self.key(partition_folder(partition))
        cut = len(self.lineage.folder) + 1
        return tuple(StoredObject(o.key[cut:], o.size) for o in self.store.list(prefix))

    def logs(self, partition: int) -> tuple[StoredObject, ...]:
        """List the objects of batches alone."""
        return tuple(o for o in self.objects(partition) if place_of(o.key) is not None)


def newest_fork(store: ObjectStore, cluster_id: str, topic: str, topic_id: str) -> Lineage:
    """Return the lineage that a topic's next run continues: its last fork, or its first lineage."""
    lineage = Lineage(cluster_id, topic, topic_id)
    fork = FIRST_FORK
    while store.size(Lineage(cluster_id, topic, topic_id, fork).head) is not None:
        lineage = Lineage(cluster_id, topic, topic_id, fork)
        fork += 1
    return lineage


def all_lineages(store: ObjectStore) -> tuple[Lineage, ...]:
    """Return every lineage that has a complete run, by cluster, topic, topic id and fork."""
    suffix = f"/{HEAD}"
    heads = (one.key for one in store.list("") if one.key.endswith(suffix))
    found = (lineage_of(key.removesuffix(suffix)) for key in heads)
    return tuple(sorted(one for one in found if one is not None))
