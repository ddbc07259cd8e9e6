"""Topics that are neither written nor read."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts, known
from steward.analysis.checks.missing import FactMissing
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import duration, on_topic
from steward.analysis.checks.topic_kinds import is_layered
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.instant import EARLIEST_SENSIBLE_MS
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.topic import MaxTimestamp, Topic
from steward.model.unknown import Observed, Unknown, Why

PARTS = (
    Part.TOPICS, Part.OFFSETS, Part.SAMPLES, Part.MAX_TIMESTAMPS, Part.GROUPS, Part.GROUP_OFFSETS,
)  # fmt: skip
_DAY_MS = 86_400_000


@check("T17", Severity.MEDIUM, over=USER_TOPICS, parts=PARTS)
def topic_unused(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Nothing was written for a long time, and no group reads the topic.

    What it means: the sampled records, and the largest timestamp of each partition if brokers report it, are older than
        the limit (60 days), the end offsets did not move between snapshots, and no group has members or committed
        offsets on the topic. Empty topics are not judged, because Kafka does not report the age of a topic.
    Why it matters: the topic uses partitions and disk space, and its data may be kept longer than it should.
    What to do: contact its owner, back it up if in doubt, then delete it. Consumers that commit no offsets are
        invisible, and a producer may write any timestamp, so check with the owner first.
    """
    if is_layered(topic.name):
        return
    newest_ms, sampled = _newest(facts, topic)
    if newest_ms is None:
        return
    idle_ms = facts.now_ms - newest_ms
    if idle_ms < facts.thresholds.idle_topic_days * _DAY_MS or _moved(facts, topic):
        return
    if facts.readership.of(topic.name):
        return
    if newest_ms < EARLIEST_SENSIBLE_MS:
        raise FactMissing(
            Unknown(
                Why.REFUSED,
                "its records have timestamps before 1980 or none, so their age is unknown",
            )
        )
    yield FoundState(
        object=on_topic(topic),
        confidence=Confidence.INFERRED,
        summary=f"unused: the newest known record is {duration(idle_ms / 1000)} old and no group reads the topic",
        evidence=(
            Evidence(
                f"Fetch topic {topic.name}",
                f"age of the newest record in {sampled} sampled partitions",
                duration(idle_ms / 1000),
            ),
            Evidence("ListGroups, OffsetFetch", "groups with members or offsets", "none"),
        ),
        remedy=Remedy(
            "contact its owner, back it up, then delete it",
            steward("topic delete", topic.name),
        ),
    )


def _newest(facts: Facts, topic: Topic) -> tuple[int | None, int]:
    """Return the newest sampled timestamp and the number of samples; None if nothing was sampled."""
    found: list[int] = []
    samples = facts.samples
    for p in topic.partitions:
        sample = samples.get(TopicPartition(topic.name, p.partition))
        if sample is not None:
            found.extend(b.max_timestamp_ms for b in known(sample).batches)
    stamps = facts.snapshot.max_timestamps
    if isinstance(stamps, Observed):
        largest = (stamps.value.get(p.key) for p in topic.partitions)
        found.extend(one.timestamp_ms for one in largest if isinstance(one, MaxTimestamp))
    sampled = sum(TopicPartition(topic.name, p.partition) in samples for p in topic.partitions)
    return max(found, default=None), sampled


def _moved(facts: Facts, topic: Topic) -> bool:
    """Return whether an end offset moved since the first snapshot."""
    if not facts.earlier or topic.name not in facts.earlier[0].topic_by_name:
        return False
    then = facts.earlier[0].partitions.offsets(topic)
    return any(a.end != b.end for a, b in zip(then, facts.partitions.offsets(topic), strict=False))
