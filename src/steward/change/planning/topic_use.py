"""The facts that decide whether a topic is still used."""

from collections.abc import Mapping
from dataclasses import dataclass

from steward.model.instant import Instant
from steward.model.layer import Layers
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicUse:
    """Facts about a topic: two polls of its log, its newest records' timestamps, and what else mentions it.

    ``newest`` is the timestamp of each partition's last record, None if empty. ``since`` is the start of a quarantine,
    with the log end offsets then. ``mentioned`` are places in manifests, None if no manifests were given. ``layers``
    are connectors and schema subjects.
    """

    topic: Topic
    earlier: Mapping[TopicPartition, PartitionOffsets | Unknown]
    snapshot: ClusterSnapshot
    newest: Mapping[TopicPartition, Instant | Unknown | None]
    now: Instant
    idle_ms: int
    layers: Layers
    mentioned: tuple[str, ...] | None = None
    declared: str = ""
