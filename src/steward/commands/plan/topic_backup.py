"""Whether a verified backup holds all records of a topic: checked before its deletion, and again when that executes."""

from collections.abc import Mapping

from steward.cluster.ports import Observer, Scope
from steward.commands.api.backup_location import location_of, open_backups, signature_check
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.model.change import DeleteTopic, TopicBackup
from steward.model.error import StewardError
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import NOT_REQUESTED, Unknown


def verified_backup(topic: Topic, seen: ClusterSnapshot, context: Context) -> TopicBackup | str:
    """Return the backup of a topic at the configured location, read back and verified; else why there is none.

    ``seen`` has the topic's offsets. The location is the configured one alone: a plan from elsewhere cannot name a
    backup of its own.
    Errors: ConfigurationError, ExtraMissing.
    """
    from steward.backup.lineages import LineageStore, newest_fork
    from steward.backup.verification.levels import Level
    from steward.backup.verification.verify import LineageVerifier
    from steward.records.backup.sufficiency import why_not_enough

    store = open_backups(context, "")
    folder = LineageStore(store, newest_fork(store, seen.cluster_id or "", topic.name, topic.id))
    offsets = _offsets(topic, seen)
    try:
        tip = folder.tip()
        if tip is None:
            return f"there is none in {store.location}"
        why = why_not_enough(tuple(folder.history(tip)), offsets)
    except StewardError as fault:
        return fault.summary
    if why:
        return why
    found = LineageVerifier(
        folder, Level.V3, is_signed_by=signature_check(context, ""), progress=context.progress
    ).run()
    if found.problems:
        first = found.problems[0]
        return f"it is damaged: {first.object}: expected {first.expected}, found {first.found}"
    if found.manifest != tip.sha256:
        return "it changed while it was verified"
    ends = tuple(o.end for o in offsets.values() if isinstance(o, PartitionOffsets))
    return TopicBackup(location=location_of(context, ""), manifest=found.manifest, end_offsets=ends)


def is_still_backed_up(change: DeleteTopic, observer: Observer, context: Context) -> bool:
    """Return whether the backup that a deletion names is still the one at the configured location, and enough.

    Errors: as observing; as `verified_backup`.
    """
    own = Scope(topics=frozenset({change.name}))
    parts = frozenset({Part.IDENTITY, Part.TOPICS, Part.OFFSETS})
    seen = observer.observe(parts, own, context.progress)
    topic = next((t for t in seen_or_fault(seen.topics) if t.id == change.topic_id), None)
    return topic is not None and verified_backup(topic, seen, context) == change.backup


def _offsets(topic: Topic, seen: ClusterSnapshot) -> Mapping[int, PartitionOffsets | Unknown]:
    part = seen.offsets
    if isinstance(part, Unknown):
        return {p.partition: part for p in topic.partitions}
    return {p.partition: part.value.get(p.key, NOT_REQUESTED) for p in topic.partitions}
