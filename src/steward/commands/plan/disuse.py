"""Whether a topic is in use: checked before its deletion, and again when the deletion plan executes."""

from dataclasses import replace

from steward.change.planning.disuse import evidence_of
from steward.change.planning.evidence import UseEvidence
from steward.change.planning.restore_record import Quarantine, ends_of
from steward.change.planning.topic_use import TopicUse
from steward.cluster.ports import Observer, Scope
from steward.commands.api.context import Context
from steward.commands.api.external_services import layers_of
from steward.commands.api.group_position import GroupPosition, seen_or_fault, timestamps_of
from steward.commands.plan.restore_records import (
    DAY_SECONDS,
    MIN_QUARANTINE_MS,
    quarantine_in_force,
)
from steward.model.change import DeleteTopic
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import NotApplicable, Unknown

IDLE_SECONDS = 7 * DAY_SECONDS
USE_PARTS = frozenset(
    {
        Part.IDENTITY, Part.TOPICS, Part.TOPIC_CONFIGS, Part.OFFSETS, Part.PRODUCERS, Part.ACLS,
        Part.LOG_DIRS, Part.MAX_TIMESTAMPS, Part.GROUP_OFFSETS, Part.BROKERS, Part.BROKER_CONFIGS,
    }
)  # fmt: skip
_SAMPLE_INTERVAL_SECONDS = 2.0


def why_still_unused(change: DeleteTopic, observer: Observer, context: Context) -> str:
    """Return what currently confirms that the topic of a deletion is unused; empty where nothing does.

    Errors: as observing.
    """
    own = Scope(topics=frozenset({change.name}))
    seen = observer.observe(frozenset({Part.TOPICS}), own, context.progress)
    topic = next((t for t in seen_or_fault(seen.topics) if t.id == change.topic_id), None)
    if topic is None:
        return ""
    use = read_topic_use(topic, round(IDLE_SECONDS * 1000), observer, context, (None, ""))
    shut = quarantine_in_force(topic, use.snapshot, context)
    return why_unused(evidence_of(use), shut, use)


def read_topic_use(
    topic: Topic,
    idle_ms: int,
    observer: Observer,
    context: Context,
    mentions: tuple[tuple[str, ...] | None, str],
) -> TopicUse:
    """Read the topic's log twice, and everything that may use the topic once.

    Units: ``idle_ms`` is the minimum age of the newest record of an unused topic. ``mentions`` are where manifests
           refer to the topic (None: no manifests given), and where one declares it.
    Errors: as observing.
    """
    own = Scope(topics=frozenset({topic.name}), config_synonyms=False)
    first = observer.observe(frozenset({Part.OFFSETS, Part.TOPICS}), own, context.progress)
    context.wait(_SAMPLE_INTERVAL_SECONDS, "waiting for new records")
    seen = observer.observe(USE_PARTS, own, context.progress)
    whole = observer.observe(frozenset({Part.GROUPS, Part.TOPICS}), Scope(), context.progress)
    seen = replace(seen, groups=whole.groups)
    offsets = seen_or_fault(seen.offsets)
    standing = GroupPosition(group=None, committed={}, offsets=offsets, snapshot=seen)
    last = {
        p: o.end - 1
        for p, o in offsets.items()
        if isinstance(o, PartitionOffsets) and o.end > o.start
    }
    stamp = timestamps_of(observer, context, standing, last.items())
    newest: dict[TopicPartition, Instant | Unknown | None] = {}
    for partition in (p.key for p in topic.partitions):
        found = stamp(partition, last.get(partition))
        newest[partition] = None if isinstance(found, NotApplicable) else found
    mentioned, declared = mentions
    return TopicUse(
        topic=topic,
        earlier=seen_or_fault(first.offsets),
        snapshot=seen,
        newest=newest,
        now=Instant(context.now_ms()),
        idle_ms=idle_ms,
        mentioned=mentioned,
        declared=declared,
        layers=layers_of(whole, context),
    )


def why_unused(evidence: tuple[UseEvidence, ...], shut: Quarantine | None, use: TopicUse) -> str:
    """Return what confirms disuse; empty where a sign of use was found, or the quarantine is missing or too short.

    Without an authorizer access cannot be denied, and the checks alone decide.
    """
    if any(e.blocks for e in evidence):
        return ""
    if isinstance(use.snapshot.acls, NotApplicable):
        return "no use found; the cluster has no authorizer, so it could not be quarantined"
    if shut is None or use.now.ms - shut.since.ms < MIN_QUARANTINE_MS or use.now > shut.until:
        return ""
    if ends_of(use.topic, use.snapshot) != dict(shut.ends):
        return ""
    return f"no use found; quarantined since {shut.since} without writes"
