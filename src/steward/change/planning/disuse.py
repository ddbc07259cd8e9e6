"""Whether a topic is still used: each question with its answer, its source, and whether it blocks deletion."""

from collections.abc import Iterator

from steward.analysis.checks.topic_kinds import is_layered
from steward.change.planning.evidence import UseAnswer, UseEvidence, use_evidence
from steward.change.planning.layers import connectors, mirrors, subjects
from steward.change.planning.newest_record import newest_record
from steward.change.planning.quantities import records_text
from steward.change.planning.readers import readers_of
from steward.change.planning.topic_use import TopicUse
from steward.model.acl import AclBinding
from steward.model.config import config_entry
from steward.model.topic import PartitionOffsets
from steward.model.unknown import NotApplicable, Observed, Unknown, value_or
from steward.model.wording import count, duration, few
from steward.model.wording import size as size_text

EVERYONE = "User:*"
_QUARANTINED = ("READ", "WRITE")
_TIERED = "remote.storage.enable"


def evidence_of(use: TopicUse) -> tuple[UseEvidence, ...]:
    """Return every question with its answer, the most telling first."""
    return tuple(
        evidence
        for ask in (
            _owner,
            _log,
            newest_record,
            _groups,
            _producers,
            _declared,
            _connectors,
            _acls,
            _tiered,
            _size,
        )
        for evidence in ask(use)
    )


def _owner(use: TopicUse) -> Iterator[UseEvidence]:
    name = use.topic.name
    if use.topic.is_internal:
        yield use_evidence("owner", UseAnswer.IN_USE, "one of Kafka's own topics", "Metadata")
    elif is_layered(name):
        fact = "named like a topic of Kafka Streams, Connect, MirrorMaker or a schema registry"
        yield use_evidence("owner", UseAnswer.IN_USE, fact, "Metadata")


def _log(use: TopicUse) -> Iterator[UseEvidence]:
    """Compare two polls to see whether records arrive right now."""
    question = "records arrive"
    offsets = use.snapshot.offsets
    if isinstance(offsets, Unknown):
        yield use_evidence(question, UseAnswer.UNKNOWN, str(offsets), "ListOffsets")
        return
    moved = 0
    for partition in use.topic.partitions:
        before, after = use.earlier.get(partition.key), offsets.value.get(partition.key)
        if not isinstance(before, PartitionOffsets) or not isinstance(after, PartitionOffsets):
            yield use_evidence(
                question,
                UseAnswer.UNKNOWN,
                f"end offset of {partition.key} is unknown",
                "ListOffsets",
            )
            return
        moved += after.end - before.end
    if moved:
        yield use_evidence(
            question,
            UseAnswer.IN_USE,
            f"{records_text(moved)} arrived between two polls",
            "ListOffsets",
        )
    else:
        yield use_evidence(
            question, UseAnswer.CLEAR, "no record arrived between two polls", "ListOffsets"
        )


def _groups(use: TopicUse) -> Iterator[UseEvidence]:
    question, source = "groups", "OffsetFetch, group descriptions"
    readers = readers_of(use.topic.name, use.snapshot)
    if readers.found:
        yield use_evidence(question, UseAnswer.IN_USE, few(readers.found, 3), source)
    elif readers.unseen:
        yield use_evidence(question, UseAnswer.UNKNOWN, few(readers.unseen, 2), source)
    else:
        yield use_evidence(
            question, UseAnswer.CLEAR, "no group has offsets or members on it", source
        )


def _producers(use: TopicUse) -> Iterator[UseEvidence]:
    question, source = "producers and transactions", "DescribeProducers"
    part = use.snapshot.producers
    if isinstance(part, Unknown | NotApplicable):
        yield use_evidence(question, UseAnswer.UNKNOWN, str(part), source)
        return
    found: list[str] = []
    for partition in use.topic.partitions:
        states = part.value.get(partition.key, ())
        if isinstance(states, Unknown):
            yield use_evidence(question, UseAnswer.UNKNOWN, f"{partition.key}: {states}", source)
            return
        for state in states:
            age_ms = use.now.ms - state.last_timestamp_ms
            if state.current_txn_start_offset >= 0:
                found.append(
                    f"producer {state.producer_id} has an open transaction on {partition.key}"
                )
            elif age_ms < use.idle_ms:
                found.append(
                    f"producer {state.producer_id} wrote {duration(max(0, age_ms) / 1000)} ago"
                )
    if found:
        yield use_evidence(question, UseAnswer.IN_USE, few(found, 3), source)
    else:
        yield use_evidence(question, UseAnswer.CLEAR, "no recent producers", source)


def _declared(use: TopicUse) -> Iterator[UseEvidence]:
    question = "manifests"
    if use.mentioned is None:
        yield use_evidence(question, UseAnswer.NOTE, "not checked: pass --manifests PATH", "files")
    elif use.declared:
        fact = f"{use.declared} declares it: the next apply would create it again"
        yield use_evidence(question, UseAnswer.IN_USE, fact, "files")
    elif use.mentioned:
        yield use_evidence(
            question, UseAnswer.NOTE, f"mentioned in {few(use.mentioned, 3)}", "files"
        )
    else:
        yield use_evidence(question, UseAnswer.CLEAR, "no manifest mentions it", "files")


def _connectors(use: TopicUse) -> Iterator[UseEvidence]:
    """Check systems above the brokers: Connect, MirrorMaker, schema registry."""
    name = use.topic.name
    yield from connectors(name, use.layers, use.snapshot)
    yield from mirrors(name, use.layers)
    yield from subjects(name, use.layers)


def _acls(use: TopicUse) -> Iterator[UseEvidence]:
    part = use.snapshot.acls
    if not isinstance(part, Observed):
        yield use_evidence("ACLs", UseAnswer.NOTE, str(part), "DescribeAcls")
        return
    named = named_acls(use.topic.name, part.value)
    fact = "no ACL names it"
    if named:
        fact = (
            f"{count(len(named), 'ACL')} on this name, also in effect for a later topic of the name"
        )
    yield use_evidence("ACLs", UseAnswer.NOTE if named else UseAnswer.CLEAR, fact, "DescribeAcls")


def _tiered(use: TopicUse) -> Iterator[UseEvidence]:
    """Report that remote segments are deleted too (KIP-405)."""
    part = use.snapshot.topic_configs
    entry = config_entry(value_or(part, {}).get(use.topic.name), _TIERED)
    if entry is not None and entry.value == "true":
        fact = f"{_TIERED} is true: its remote segments are deleted too"
        yield use_evidence("remote storage", UseAnswer.NOTE, fact, "DescribeConfigs")


def _size(use: TopicUse) -> Iterator[UseEvidence]:
    offsets = use.snapshot.offsets
    if isinstance(offsets, Unknown):
        return
    found = [offsets.value.get(p.key) for p in use.topic.partitions]
    records = sum(o.end - o.start for o in found if isinstance(o, PartitionOffsets))
    size = _bytes(use)
    text = "" if size is None else f", {size_text(size)} on disk"
    yield use_evidence(
        "what is lost",
        UseAnswer.NOTE,
        f"about {records_text(records)}{text}",
        "ListOffsets, DescribeLogDirs",
    )


def _bytes(use: TopicUse) -> int | None:
    dirs = use.snapshot.log_dirs
    if isinstance(dirs, Unknown):
        return None
    return sum(
        log.size_bytes
        for of_broker in dirs.value.values()
        if not isinstance(of_broker, Unknown)
        for log_dir in of_broker
        for log in log_dir.replicas
        if log.partition.topic == use.topic.name
    )


def named_acls(topic: str, acls: tuple[AclBinding, ...]) -> tuple[AclBinding, ...]:
    """Return the bindings that name a topic literally, without a quarantine's own."""
    own = quarantine_acls(topic)
    return tuple(
        a
        for a in acls
        if (a.resource_type, a.resource_name, a.pattern_type) == ("TOPIC", topic, "LITERAL")
        and a not in own
    )


def quarantine_acls(topic: str) -> tuple[AclBinding, ...]:
    """Return the bindings that keep all but super users from a topic's records."""
    return tuple(
        AclBinding("TOPIC", topic, "LITERAL", EVERYONE, "*", operation, "DENY")
        for operation in _QUARANTINED
    )
