"""What is looked at to say whether a topic is still used."""

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
    """What is looked at: the topic, two looks at its log, its newest records' times, and what else mentions it.

    ``newest`` is when the last record of each partition was stamped, None of an empty one. ``since`` is when a
    quarantine began, with the ends of the log then. ``mentioned`` are places in manifests, None where none were named.
    ``layers`` were asked for connectors and subjects.
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
