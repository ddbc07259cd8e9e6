"""Whether a topic's newest record is old: by timestamp, with its source and whether timestamps are in order."""

from collections.abc import Iterator, Mapping

from steward.change.planning.evidence import UseAnswer, UseEvidence, use_evidence
from steward.change.planning.topic_use import TopicUse
from steward.model.config import config_entry
from steward.model.instant import CLOCK_TOLERANCE_MS, EARLIEST_SENSIBLE_MS, Instant
from steward.model.names import TopicPartition
from steward.model.topic import MaxTimestamp
from steward.model.unknown import Observed, Unknown, value_or
from steward.model.wording import duration, few

_STAMPED = "message.timestamp.type"


def newest_record(use: TopicUse) -> Iterator[UseEvidence]:
    """Report the age of the newest record: by each partition's largest timestamp, and by its last record's."""
    question = f"newest record older than {duration(use.idle_ms / 1000)}"
    source = "ListOffsets by time and by largest timestamp"
    largest = _largest(use)
    stamps = {p: t.ms for p, t in use.newest.items() if isinstance(t, Instant)}
    times = [*stamps.values(), *(one.timestamp_ms for one in largest.values())]
    tolerated = use.now.ms + CLOCK_TOLERANCE_MS
    newest = max((ms for ms in times if ms <= tolerated), default=None)
    unknown = list(_ageless(use, stamps, largest))
    if newest is not None and newest > use.now.ms - use.idle_ms:
        age = duration(max(0, use.now.ms - newest) / 1000)
        yield use_evidence(
            question, UseAnswer.IN_USE, f"newest record is {age} old{_stamped(use)}", source
        )
    elif unknown:
        yield use_evidence(question, UseAnswer.UNKNOWN, few(unknown, 2), source)
    elif newest is None:
        yield use_evidence(question, UseAnswer.CLEAR, "no records stored", source)
    else:
        age = duration((use.now.ms - newest) / 1000)
        disorder = _disordered(stamps, largest)
        fact = f"newest record is {age} old{_stamped(use)}{disorder}"
        yield use_evidence(question, UseAnswer.CLEAR, fact, source)


def _largest(use: TopicUse) -> Mapping[TopicPartition, MaxTimestamp]:
    """Return the records with the largest timestamps that leaders report."""
    part = use.snapshot.max_timestamps
    if not isinstance(part, Observed):
        return {}
    found = ((p.key, part.value.get(p.key)) for p in use.topic.partitions)
    return {key: one for key, one in found if isinstance(one, MaxTimestamp)}


def _ageless(
    use: TopicUse,
    stamps: Mapping[TopicPartition, int],
    largest: Mapping[TopicPartition, MaxTimestamp],
) -> Iterator[str]:
    """Return for each partition why its timestamps give no age.

    The largest timestamp replaces that of an unread last record: no timestamp is later.
    """
    for partition, last in sorted(use.newest.items()):
        newest = largest.get(partition)
        if isinstance(last, Unknown) and newest is None:
            yield f"{partition}: {last}"
            continue
        known = [stamps[partition]] if partition in stamps else []
        known += [newest.timestamp_ms] if newest is not None else []
        if any(ms < EARLIEST_SENSIBLE_MS for ms in known):
            yield f"{partition}: a record has the timestamp {Instant(min(known))}, which gives no age"
        elif known and max(known) > use.now.ms + CLOCK_TOLERANCE_MS:
            ahead = duration((max(known) - use.now.ms) / 1000)
            yield f"{partition}: a record's timestamp is {ahead} in the future, which gives no age"


def _stamped(use: TopicUse) -> str:
    """Name the source of the timestamps: a producer may write any."""
    part = use.snapshot.topic_configs
    entry = config_entry(value_or(part, {}).get(use.topic.name), _STAMPED)
    match entry.value if entry is not None else None:
        case "LogAppendTime":
            return " by brokers' timestamps"
        case "CreateTime":
            return " by producers' timestamps, which may differ from the time of writing"
        case _:
            return " by its timestamp (from brokers or producers: the configuration is unknown)"


def _disordered(
    stamps: Mapping[TopicPartition, int],
    largest: Mapping[TopicPartition, MaxTimestamp],
) -> str:
    """Return partitions whose last record has an earlier timestamp than a previous one."""
    found = [
        f"{p} (last timestamp is {duration((one.timestamp_ms - stamps[p]) / 1000)} before an earlier record's)"
        for p, one in sorted(largest.items())
        if p in stamps and one.timestamp_ms - stamps[p] > CLOCK_TOLERANCE_MS
    ]
    return f"; timestamps are out of order in {few(found, 2)}" if found else ""
