"""Topics written without compression."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.producer.writing import require_all_samples, writings
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_topic
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_MOST = 0.5


@check("P06", Severity.MEDIUM, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def batches_uncompressed(facts: Facts, _: None) -> Iterator[FoundState]:
    """Most batches that are worth compressing are stored uncompressed.

    What it means: of the sampled batches that are larger than the threshold small_batch_bytes, most carry no codec.
        It is what the broker stores: a topic whose compression.type is uncompressed unpacks what producers packed.
    Why it matters: text, JSON and Avro mostly shrink to a third or less. Without it, every replica's disk, the
        network between brokers and that to every consumer carry the rest.
    What to do: set compression.type=lz4 or zstd in the producers, and leave the topic's compression.type at producer.
        Where the data is compressed or encrypted already (images, archives), waive the finding.
    """
    for writing in writings(facts):
        if (
            writing.raw < facts.thresholds.min_sampled_batches
            or writing.raw < _MOST * writing.large
        ):
            continue
        yield FoundState(
            object=on_topic(writing.topic),
            summary=f"{writing.raw} of {writing.large} sampled batches above "
            f"{facts.thresholds.small_batch_bytes} bytes are not compressed",
            evidence=(
                Evidence(
                    writing.source,
                    "batches without codec",
                    f"{writing.raw}, {writing.raw_bytes} bytes",
                ),
            ),
            remedy=Remedy("set compression.type=lz4 or zstd in the producers of this topic"),
        )
    require_all_samples(facts)
