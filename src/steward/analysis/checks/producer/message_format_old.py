"""Topics with records in a message format older than Kafka 0.11."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.producer.writing import require_all_samples, writings
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_topic
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("P08", Severity.MEDIUM, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def message_format_old(facts: Facts, _: None) -> Iterator[FoundState]:
    """Records are stored in message format v0 or v1.

    What it means: some of the newest sampled batches have a magic number below 2, the format since 0.11.
    Why it matters: the old formats support no idempotence, no transactions and no headers. Kafka 4 writes only v2, and
        broker and client must convert old batches when they are read.
    What to do: upgrade the clients that write the topic, remove message.format.version from the topic, and let
        retention delete the old batches. A compacted topic must be copied.
    """
    for writing in writings(facts):
        if not writing.old:
            continue
        yield FoundState(
            object=on_topic(writing.topic),
            summary=f"{writing.old} of {writing.batches} sampled batches are older than message format v2",
            evidence=(
                Evidence(
                    writing.source,
                    "batches with magic below 2",
                    f"{writing.old} of {writing.batches}",
                ),
            ),
            remedy=Remedy(
                "upgrade the clients that write this topic, and let retention delete the old batches"
            ),
        )
    require_all_samples(facts)
