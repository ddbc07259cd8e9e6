"""Topics that hold records in a message format of before Kafka 0.11."""

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

    What it means: some of the newest batches, as sampled, have a magic number below 2, the format since 0.11.
    Why it matters: the old formats know no idempotence, no transactions and no headers. Kafka 4 writes v2 only, and
        reading old batches costs the broker and the client conversions.
    What to do: upgrade the clients that write the topic, remove message.format.version from the topic, and let
        retention remove the old batches; a compacted topic has to be copied.
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
                "upgrade the clients that write this topic, and let retention remove the old batches"
            ),
        )
    require_all_samples(facts)
