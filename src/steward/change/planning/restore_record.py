"""Data saved of a blocked or deleted topic: enough to create it again, and to check that it stayed unused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from steward.change.planning.disuse import named_acls, quarantine_acls
from steward.model.acl import AclBinding
from steward.model.change import Change, CreateAcl, CreateTopic
from steward.model.config import Configs, ConfigSource
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Observed, Unknown, value_or

QUARANTINED = "quarantined"
"""Name of the audit entry for every blocked topic; its detail is a `Quarantine`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecord:
    """Everything needed to create a topic again, empty; ``configs`` are its own overrides."""

    topic: str
    topic_id: str
    partitions: int
    replication_factor: int
    assignment: tuple[tuple[int, ...], ...]
    configs: Mapping[str, str]
    acls: tuple[AclBinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """A topic that is temporarily blocked: since when, until when, and its log end offsets at the start."""

    topic: str
    topic_id: str
    since: Instant
    until: Instant
    ends: Mapping[TopicPartition, int]


def restore_record_of(topic: Topic, seen: ClusterSnapshot) -> RestoreRecord:
    """Return a topic's restore record, without ACLs and configurations that are unknown."""
    configs = seen.topic_configs
    entries = configs.value.get(topic.name) if isinstance(configs, Observed) else None
    own: Configs = {} if entries is None or isinstance(entries, Unknown) else entries
    acls = value_or(seen.acls, ())
    return RestoreRecord(
        topic=topic.name,
        topic_id=topic.id,
        partitions=len(topic.partitions),
        replication_factor=topic.replication_factor,
        assignment=tuple(p.replicas for p in topic.partitions),
        configs={
            key: entry.value
            for key, entry in sorted(own.items())
            if entry.source is ConfigSource.TOPIC and entry.value is not None
        },
        acls=named_acls(topic.name, acls),
    )


def restore_changes(card: RestoreRecord) -> tuple[Change, ...]:
    """Return the changes that create a topic again, placed by the controller, with the ACLs on its name."""
    made = CreateTopic(
        name=card.topic,
        partitions=card.partitions,
        replication_factor=card.replication_factor,
        configs=card.configs,
    )
    return (made, *(CreateAcl(acl=acl) for acl in card.acls))


def quarantine_of(topic: Topic, seen: ClusterSnapshot, now: Instant, for_ms: int) -> Quarantine:
    """Return the record of a quarantine that starts now."""
    return Quarantine(
        topic=topic.name,
        topic_id=topic.id,
        since=now,
        until=Instant(now.ms + for_ms),
        ends=ends_of(topic, seen),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueQuarantine:
    """An expired quarantine whose DENY still exists. ``acls`` are the remaining bindings; ``fate`` is what happened to
    the topic, empty if it is unchanged.
    """  # noqa: D205

    quarantine: Quarantine
    acls: tuple[AclBinding, ...]
    why_void: str = ""


def overdue_quarantines(
    newest: Iterable[Quarantine],
    topics: Iterable[Topic],
    acls: tuple[AclBinding, ...],
    now: Instant,
) -> tuple[OverdueQuarantine, ...]:
    """Return the expired quarantines by topic whose bindings still exist.

    ``newest`` is each topic's last quarantine. It expires at once if its topic was deleted or recreated: its DENY
    blocks the new topic.
    """
    ids = {t.name: t.id for t in topics}
    found: list[OverdueQuarantine] = []
    for shut in sorted(newest, key=lambda q: q.topic):
        left = tuple(acl for acl in quarantine_acls(shut.topic) if acl in acls)
        fate = ""
        if shut.topic not in ids:
            fate = "the topic was deleted"
        elif ids[shut.topic] != shut.topic_id:
            fate = "the topic was deleted and created again"
        if left and (fate or now > shut.until):
            found.append(OverdueQuarantine(quarantine=shut, acls=left, why_void=fate))
    return tuple(found)


def ends_of(topic: Topic, seen: ClusterSnapshot) -> dict[TopicPartition, int]:
    """Return a topic's log end offsets, where known."""
    if not isinstance(seen.offsets, Observed):
        return {}
    found = {p.key: seen.offsets.value.get(p.key) for p in topic.partitions}
    return {p: o.end for p, o in found.items() if isinstance(o, PartitionOffsets)}
