"""One run over one topic: continues its lineage, copies, and publishes the manifest."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from steward.backup.capture.adoption import adopt_objects
from steward.backup.capture.copier import CopyResult, TopicCopier
from steward.backup.capture.metadata import config_of, metadata_of
from steward.backup.capture.partition_capture import OBJECT_BYTES, PartitionCapture
from steward.backup.lineages import LineageStore, Tip, newest_fork
from steward.backup.stores.port import ObjectStore
from steward.cluster.log_reading import LogReader
from steward.cluster.ports import Observer, Progress, Scope, quiet
from steward.model.error import BrokerRefused, StewardError
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Observed, Unknown
from steward.records.backup.layout import meta_key, signature_key
from steward.records.backup.manifest import (
    Fork,
    Manifest,
    OpenTransaction,
    PartitionManifest,
    encode,
    sha256_hex,
)

_CLEANUP_POLICY = "cleanup.policy"
_COMPACT = "compact"
_MOST_FORKS = 3
"""In one run: a log that is truncated again and again is not copied further."""


@dataclass(frozen=True, slots=True)
class CapturedTopic:
    """What a run stored of a topic. ``problem``: why it is not complete; empty where it is."""

    manifest: Manifest
    sha256: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class TopicRun:
    """Captures topics of one cluster into one store. ``sign`` signs a manifest; None: unsigned.

    ``digest``: records are decoded for digests of them, which costs most of the speed.
    """

    store: ObjectStore
    reader: LogReader
    observer: Observer
    run: str
    now_ms: Callable[[], int]
    bytes_per_second: float | None = None
    object_bytes: int = OBJECT_BYTES
    digest: bool = False
    sign: Callable[[bytes], bytes] | None = None
    progress: Progress = field(default=quiet)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def capture(self, topic: Topic, seen: ClusterSnapshot) -> CapturedTopic:
        """Copy a topic up to the offsets of a snapshot, which holds `META_PARTS`.

        After a truncation the run goes on in a new lineage, from the log's start.
        Errors: ObjectStoreFault, ConditionFailed; DocumentError where the lineage's last manifest is damaged;
                BrokerRefused where the offsets cannot be read.
        """
        offsets = _offsets(topic, seen)
        cluster_id = seen.cluster_id or ""
        lineage = newest_fork(self.store, cluster_id, topic.name, topic.id)
        forked_from: Fork | None = None
        for _ in range(_MOST_FORKS):
            folder = LineageStore(self.store, lineage)
            with self.store.hold(lineage.folder):
                done, result = self._capture(folder, topic, seen, offsets, forked_from)
            if not result.truncated:
                return replace(done, problem=done.problem or result.gone)
            forked_from = Fork(
                manifest=done.sha256,
                offsets={str(t.partition): t.offset for t in result.truncated},
            )
            lineage = replace(lineage, fork=lineage.fork + 1)
            offsets = self._offsets_now(topic)
        raise BrokerRefused(
            f"topic {topic.name}: its log was truncated {_MOST_FORKS} times during the backup",
            kafka_error="LOG_TRUNCATED",
            remedy="find out why the brokers lose records, then back it up again",
            object_name=topic.name,
        )

    def _offsets_now(self, topic: Topic) -> Mapping[int, PartitionOffsets]:
        scope = Scope(topics=frozenset({topic.name}))
        seen = self.observer.observe(frozenset({Part.TOPICS, Part.OFFSETS}), scope)
        return _offsets(topic, seen)

    def _log_starts(self, topic: Topic) -> dict[int, int]:
        try:
            return {number: o.start for number, o in self._offsets_now(topic).items()}
        except StewardError:
            return {}

    def _capture(
        self,
        folder: LineageStore,
        topic: Topic,
        seen: ClusterSnapshot,
        offsets: Mapping[int, PartitionOffsets],
        forked_from: Fork | None,
    ) -> tuple[CapturedTopic, CopyResult]:
        began = Instant(self.now_ms())
        tip = folder.tip()
        folder.store.discard_partial(folder.lineage.folder)
        captures = [
            PartitionCapture(
                folder,
                number,
                found,
                tip.manifest.of(number) if tip else None,
                compacted=_is_compacted(topic, seen),
                object_bytes=self.object_bytes,
                digest=self.digest,
            )
            for number, found in sorted(offsets.items())
        ]
        try:
            for capture in captures:
                adopt_objects(folder, capture)
            result = self._copy(topic, captures)
        except BaseException:
            for capture in captures:
                capture.abort()
            raise
        partitions = tuple(c.manifest(_open(topic, c, seen)) for c in captures)
        done = self._publish(folder, topic, seen, tip, began, partitions, forked_from)
        return done, result

    def _copy(self, topic: Topic, captures: list[PartitionCapture]) -> CopyResult:
        copier = TopicCopier(
            self.reader,
            topic,
            captures,
            bytes_per_second=self.bytes_per_second,
            progress=self.progress,
            log_starts=lambda: self._log_starts(topic),
            now=self.clock,
            sleep=self.sleep,
        )
        return copier.run()

    def _publish(
        self,
        folder: LineageStore,
        topic: Topic,
        seen: ClusterSnapshot,
        tip: Tip | None,
        began: Instant,
        partitions: tuple[PartitionManifest, ...],
        forked_from: Fork | None,
    ) -> CapturedTopic:
        """Write metadata, manifest and signature, then move HEAD."""
        run = self.run
        meta = metadata_of(topic, seen)
        folder.store.put(folder.key(meta_key(run)), meta)
        lineage = folder.lineage
        manifest = Manifest(
            run=run,
            began_at=str(began),
            ended_at=str(Instant(self.now_ms())),
            cluster_id=lineage.cluster_id,
            topic=lineage.topic,
            topic_id=lineage.topic_id,
            fork=lineage.fork,
            forked_from=forked_from or (tip.manifest.forked_from if tip else None),
            previous=tip.sha256 if tip else "",
            previous_run=tip.manifest.run if tip else "",
            compacted=_is_compacted(topic, seen),
            meta=sha256_hex(meta),
            partitions=partitions,
        )
        if self.sign is not None:
            folder.store.put(folder.key(signature_key(run)), self.sign(encode(manifest)))
        sha256 = folder.publish(manifest, tip)
        why = next(
            (f"partition {p.partition}: {p.incomplete}" for p in partitions if p.incomplete), ""
        )
        return CapturedTopic(manifest, sha256, why)


def _offsets(topic: Topic, seen: ClusterSnapshot) -> dict[int, PartitionOffsets]:
    """Return the offsets of each partition, one vector.

    Errors: BrokerRefused, where one is unknown.
    """
    found: dict[int, PartitionOffsets] = {}
    part = seen.offsets
    for partition in topic.partitions:
        offsets = part if isinstance(part, Unknown) else part.value.get(partition.key)
        if not isinstance(offsets, PartitionOffsets):
            raise BrokerRefused(
                f"the offsets of partition {partition.key} are unknown: {offsets or 'not reported'}",
                kafka_error="OFFSETS_UNKNOWN",
                remedy="a backup needs every partition's leader; check the topic, then try again",
                object_name=topic.name,
            )
        found[partition.partition] = offsets
    return found


def _is_compacted(topic: Topic, seen: ClusterSnapshot) -> bool:
    """Return whether the cleaner removes records of the topic; an unknown policy counts as one without compaction."""
    config = config_of(topic, seen)
    entry = None if isinstance(config, Unknown) else config.get(_CLEANUP_POLICY)
    return _COMPACT in (entry.value or "" if entry else "")


def _open(
    topic: Topic, capture: PartitionCapture, seen: ClusterSnapshot
) -> Iterator[OpenTransaction]:
    """Yield the transactions that keep records above the last stable offset from being stored."""
    part = seen.producers
    states = (
        part.value.get(TopicPartition(topic.name, capture.partition))
        if isinstance(part, Observed)
        else None
    )
    if isinstance(states, tuple):
        for state in states:
            if state.current_txn_start_offset >= 0:
                yield OpenTransaction(
                    producer_id=state.producer_id, first_offset=state.current_txn_start_offset
                )
