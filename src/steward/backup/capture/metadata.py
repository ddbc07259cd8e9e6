"""What a run keeps beside the records: configuration with sources, ACLs, quotas, committed offsets, brokers."""

from collections.abc import Mapping
from typing import Any

from steward.codec import to_plain
from steward.documents.json_writing import canonical_json
from steward.model.acl import AclBinding
from steward.model.config import Configs
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import NotApplicable, Observed, Unknown

META_PARTS = frozenset(
    {
        Part.IDENTITY,
        Part.BROKERS,
        Part.TOPICS,
        Part.TOPIC_CONFIGS,
        Part.OFFSETS,
        Part.GROUP_OFFSETS,
        Part.ACLS,
        Part.QUOTAS,
        Part.PRODUCERS,
    }
)
"""What is observed of a cluster before its topics are copied."""


def metadata_of(topic: Topic, seen: ClusterSnapshot) -> bytes:
    """Return the metadata of a topic's run, as canonical JSON.

    Shape: what could not be read is null, with an entry in ``unknown``, as in every answer of steward.
    """
    facts: dict[str, object] = {
        "topic": topic,
        "config": _config(topic, seen),
        "acls": _acls(topic, seen),
        "quotas": _value(seen.quotas),
        "group_offsets": _group_offsets(topic, seen),
        "cluster": _value(seen.identity),
        "brokers": _value(seen.brokers),
    }
    plain, unknown = to_plain(facts)
    whole: dict[str, Any] = {"format": 1, **plain, "unknown": to_plain(unknown)[0]}
    return canonical_json(whole)


def _value(part: Observed[Any] | Unknown | NotApplicable) -> object:
    return part.value if isinstance(part, Observed) else part


def config_of(topic: Topic, seen: ClusterSnapshot) -> Configs | Unknown:
    """Return a topic's effective configuration."""
    part = seen.topic_configs
    if isinstance(part, Unknown):
        return part
    return part.value.get(topic.name, {})


def _config(topic: Topic, seen: ClusterSnapshot) -> object:
    found = config_of(topic, seen)
    if isinstance(found, Unknown):
        return found
    return {key: {"value": e.value, "source": e.source} for key, e in sorted(found.items())}


def _acls(topic: Topic, seen: ClusterSnapshot) -> object:
    part = seen.acls
    if not isinstance(part, Observed):
        return part
    return [acl for acl in part.value if _applies(acl, topic.name)]


def _applies(acl: AclBinding, topic: str) -> bool:
    if acl.resource_type != "TOPIC":
        return False
    if acl.pattern_type == "PREFIXED":
        return topic.startswith(acl.resource_name)
    return acl.resource_name in (topic, "*")


def _group_offsets(topic: Topic, seen: ClusterSnapshot) -> object:
    """Return the committed offsets on a topic, by group and partition, each with its lag in records."""
    part = seen.group_offsets
    if isinstance(part, Unknown):
        return part
    ends: Mapping[TopicPartition, PartitionOffsets | Unknown] = (
        seen.offsets.value if isinstance(seen.offsets, Observed) else {}
    )
    found: dict[str, object] = {}
    for group, offsets in sorted(part.value.items()):
        if isinstance(offsets, Unknown):
            found[group] = offsets
            continue
        on_topic: Mapping[str, object] = {
            str(key.partition): {
                "offset": offset,
                "lag": end.end - offset
                if isinstance(end := ends.get(key), PartitionOffsets)
                else None,
            }
            for key, offset in sorted(offsets.committed.items())
            if key.topic == topic.name
        }
        if on_topic:
            found[group] = on_topic
    return found
