"""One restore from beginning to end: read the backup, write the records, compare the digests, keep the offset maps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from steward.backup.lineages import LineageStore, Tip
from steward.backup.restore.digests import digest_of_backup, digest_of_topic
from steward.backup.restore.source import PartitionSource
from steward.backup.stores.open import open_object_store
from steward.change.execution.restore.restorer import (
    RestoreProgress,
    TargetRange,
    TopicRestorer,
)
from steward.cluster.log_reader import connect_log_reader
from steward.cluster.observer import connect
from steward.cluster.ports import Progress, Scope
from steward.cluster.record_writer import connect_record_writer
from steward.model.change import RestoreRecords
from steward.model.connection import Connection
from steward.model.error import ConfigurationError, ObjectNotFound, StewardError
from steward.model.progress import ProgressStep
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Unknown
from steward.model.wording import count, size
from steward.records.backup.layout import lineage_of, offset_map_key
from steward.records.backup.manifest import Manifest
from steward.records.restore.decide import DEFAULT_MAX_MESSAGE_BYTES, RestoreFormat
from steward.records.restore.offset_map import OffsetMap, encode

_PARTS = frozenset({Part.TOPICS, Part.OFFSETS, Part.TOPIC_CONFIGS})
_LARGEST = "max.message.bytes"


@dataclass(frozen=True, kw_only=True)
class TopicRestore:
    """Restores topics of one cluster. ``renew`` renews the executor's lease, and raises LeaseLost where it is gone."""

    connection: Connection
    renew: Callable[[], None]
    progress: Progress

    def __call__(self, change: RestoreRecords) -> None:
        """Restore what the topic does not have yet, and prove that it has exactly the records of the backup.

        Errors: StewardError: a damaged backup, a refused batch, another writer, a digest that differs.
        """
        folder, runs = _backup(change)
        sources = [PartitionSource(folder, runs, p.partition) for p in runs[-1].partitions]
        target = _Target.observed(self.connection, change.topic, len(sources))
        goal = RestoreFormat(codec=change.codec or None, max_batch_bytes=target.max_message_bytes)
        expected = sum(p.counts.data for run in runs for p in run.partitions)
        with connect_record_writer(self.connection) as writer:
            restorer = TopicRestorer(
                writer,
                change.topic,
                goal,
                progress=lambda done: self._report(change, done, expected, target),
            )
            maps = restorer.run(sources, target.ranges)
        self._compare(change, sources, maps, target)
        for found in maps:
            key = folder.key(offset_map_key(target.topic.id, found.partition))
            folder.store.put(key, encode(found))

    def _report(
        self, change: RestoreRecords, done: RestoreProgress, expected: int, target: "_Target"
    ) -> None:
        self.renew()
        records = done.records + sum(r.end - r.start for r in target.ranges.values())
        self.progress(
            ProgressStep(
                f"topic {change.topic}: {count(records, 'record')} restored, {size(done.bytes)} written",
                done=min(1.0, records / expected) if expected else 1.0,
                changes_cluster=True,
            )
        )

    def _compare(
        self,
        change: RestoreRecords,
        sources: Sequence[PartitionSource],
        maps: Sequence[OffsetMap],
        target: "_Target",
    ) -> None:
        """Compare the digests of backup and topic.

        Errors: StewardError where they differ.
        """
        with connect_log_reader(self.connection) as reader:
            for number, (source, found) in enumerate(zip(sources, maps, strict=True), start=1):
                self.renew()
                self.progress(
                    ProgressStep(f"comparing topic {change.topic} with its backup", number=number, total=len(maps))
                )  # fmt: skip
                start = target.ranges[source.partition].start
                ours = digest_of_backup(source)
                theirs = digest_of_topic(
                    reader, change.topic, source.partition, start=start, end=found.target_end
                )
                if (ours.l1, ours.records) != (theirs.l1, theirs.records):
                    raise StewardError(
                        f"partition {change.topic}-{source.partition} differs from its backup: digest {theirs.l1} of "
                        f"{count(theirs.records, 'record')}, expected {ours.l1} of {count(ours.records, 'record')}",
                        remedy="do not use the topic; delete it and restore it again",
                        object_name=change.topic,
                    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    topic: Topic
    ranges: Mapping[int, TargetRange]
    max_message_bytes: int

    @classmethod
    def observed(cls, connection: Connection, name: str, partitions: int) -> "_Target":
        with connect(connection) as observer:
            seen = observer.observe(
                _PARTS, Scope(topics=frozenset({name}), config_keys=frozenset({_LARGEST}))
            )
        topics = () if isinstance(seen.topics, Unknown) else seen.topics.value
        topic = next((t for t in topics if t.name == name), None)
        if topic is None:
            raise ObjectNotFound(f"topic {name} does not exist", object_name=name)
        if len(topic.partitions) != partitions:
            raise StewardError(
                f"topic {name} has {count(len(topic.partitions), 'partition')}, the backup {partitions}",
                object_name=name,
            )
        return cls(topic=topic, ranges=_ranges(topic, seen), max_message_bytes=_largest(name, seen))


def _ranges(topic: Topic, seen: ClusterSnapshot) -> Mapping[int, TargetRange]:
    if isinstance(seen.offsets, Unknown):
        raise StewardError(f"offsets of topic {topic.name} cannot be read: {seen.offsets}")
    found: dict[int, TargetRange] = {}
    for partition in topic.partitions:
        held = seen.offsets.value.get(partition.key)
        if not isinstance(held, PartitionOffsets):
            raise StewardError(f"offsets of {partition.key} cannot be read: {held}")
        found[partition.partition] = TargetRange(held.start, held.end)
    return found


def _largest(name: str, seen: ClusterSnapshot) -> int:
    configs = (
        None if isinstance(seen.topic_configs, Unknown) else seen.topic_configs.value.get(name)
    )
    entry = configs.get(_LARGEST) if configs and not isinstance(configs, Unknown) else None
    return int(entry.value) if entry and entry.value else DEFAULT_MAX_MESSAGE_BYTES


def _backup(change: RestoreRecords) -> tuple[LineageStore, list[Manifest]]:
    """Return the backup, and its runs up to the one to restore, the first run first."""
    lineage = lineage_of(change.lineage)
    if lineage is None:
        raise ConfigurationError(f"{change.lineage} is not the folder of a backup")
    folder = LineageStore(open_object_store(change.location, Path.cwd()), lineage)
    manifest = folder.manifest(change.run, change.manifest)
    return folder, list(folder.history(Tip(manifest, change.manifest, "")))[::-1]
