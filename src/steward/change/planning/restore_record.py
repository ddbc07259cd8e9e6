"""What is kept of a topic that is shut or goes: enough to make it again, and to tell whether it stayed quiet."""

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
from steward.model.unknown import Observed, Unknown

QUARANTINED = "quarantined"
"""The line that the audit log has for every topic that was shut; its detail is a `Quarantine`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecord:
    """What is needed to make a topic again, empty; ``configs`` are those that were set on it."""

    topic: str
    topic_id: str
    partitions: int
    replication_factor: int
    assignment: tuple[tuple[int, ...], ...]
    configs: Mapping[str, str]
    acls: tuple[AclBinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """A topic that is shut for a while: from when, until when, and where its log ended then."""

    topic: str
    topic_id: str
    since: Instant
    until: Instant
    ends: Mapping[TopicPartition, int]


def card_of(topic: Topic, seen: ClusterSnapshot) -> RestoreRecord:
    """Return a topic's restore card; ACLs and configurations that could not be seen are not on it."""
    configs = seen.topic_configs
    entries = configs.value.get(topic.name) if isinstance(configs, Observed) else None
    own: Configs = {} if entries is None or isinstance(entries, Unknown) else entries
    acls = seen.acls.value if isinstance(seen.acls, Observed) else ()
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


def restoring(card: RestoreRecord) -> tuple[Change, ...]:
    """Return the changes that make a topic again, placed by the controller, with the ACLs that named it."""
    made = CreateTopic(
        name=card.topic,
        partitions=card.partitions,
        replication_factor=card.replication_factor,
        configs=card.configs,
    )
    return (made, *(CreateAcl(acl=acl) for acl in card.acls))


def quarantine_of(topic: Topic, seen: ClusterSnapshot, now: Instant, for_ms: int) -> Quarantine:
    """Return what is kept of a quarantine that begins now."""
    return Quarantine(
        topic=topic.name,
        topic_id=topic.id,
        since=now,
        until=Instant(now.ms + for_ms),
        ends=ends_of(topic, seen),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A quarantine that is over and whose DENY is still there; ``acls`` are what is left, ``fate`` what became of the
    topic: empty where it is the same.
    """  # noqa: D205

    quarantine: Quarantine
    acls: tuple[AclBinding, ...]
    fate: str = ""


def overdue(
    newest: Iterable[Quarantine],
    topics: Iterable[Topic],
    acls: tuple[AclBinding, ...],
    now: Instant,
) -> tuple[Overdue, ...]:
    """Return the quarantines that are over, by topic, and whose bindings hold on.

    Shape: ``newest`` is the last quarantine of each topic. One whose topic is gone, or is another one under the same
           name, counts as over at once: its DENY hits a namesake.
    """
    ids = {t.name: t.id for t in topics}
    found: list[Overdue] = []
    for shut in sorted(newest, key=lambda q: q.topic):
        left = tuple(acl for acl in quarantine_acls(shut.topic) if acl in acls)
        fate = ""
        if shut.topic not in ids:
            fate = "the topic is gone, and it would hit a namesake"
        elif ids[shut.topic] != shut.topic_id:
            fate = "the topic is another one now"
        if left and (fate or now > shut.until):
            found.append(Overdue(quarantine=shut, acls=left, fate=fate))
    return tuple(found)


def ends_of(topic: Topic, seen: ClusterSnapshot) -> dict[TopicPartition, int]:
    """Return where the logs of a topic end, as far as that was seen."""
    if not isinstance(seen.offsets, Observed):
        return {}
    found = {p.key: seen.offsets.value.get(p.key) for p in topic.partitions}
    return {p: o.end for p, o in found.items() if isinstance(o, PartitionOffsets)}
