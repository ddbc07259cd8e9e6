"""Records from the future."""

from collections.abc import Iterator

from steward.checks.facts import Facts
from steward.checks.producer.writing import require_all_samples, writings
from steward.checks.registry import CLUSTER, Found, check
from steward.checks.say import on_topic, span
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("P13", Severity.MEDIUM, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def timestamps_in_future(facts: Facts, _: None) -> Iterator[Found]:
    """Records carry timestamps that lie ahead of now.

    What it means: sampled batches whose timestamps the client set (CreateTime) are further ahead than the threshold
        future_timestamp_seconds: a wrong clock, or microseconds where Kafka wants milliseconds.
    Why it matters: retention by time keeps a segment until its newest timestamp is old enough: one record from next
        year keeps its segment until then. Reads by time and windows of stream processors go wrong as well.
    What to do: set the producer's clock or unit right. To refuse such records, set
        message.timestamp.after.max.ms on the topic (an hour by default since Kafka 4.0).
    """
    for writing in writings(facts):
        if not writing.ahead:
            continue
        yield Found(
            object=on_topic(writing.topic),
            summary=f"{writing.ahead} of {writing.batches} sampled batches carry timestamps up to "
            f"{span(writing.ahead_ms / 1000)} ahead",
            evidence=(
                Evidence(
                    writing.source, "batches ahead of now", f"{writing.ahead} of {writing.batches}"
                ),
                Evidence(writing.source, "furthest ahead", f"{writing.ahead_ms} ms"),
            ),
            remedy=Remedy(
                "set the producer's clock or unit right; to refuse such records, bound message.timestamp.after.max.ms",
                "kafka-configs.sh --bootstrap-server $BOOTSTRAP --alter --entity-type topics "
                f"--entity-name {writing.topic.name} --add-config message.timestamp.after.max.ms=3600000",
            ),
        )
    require_all_samples(facts)
