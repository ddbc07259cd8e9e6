"""Topics written without compression."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.producer.writing import require_all_samples, writings
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_topic, volume
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_MAJORITY = 0.5


@check("P06", Severity.MEDIUM, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def batches_uncompressed(facts: Facts, _: None) -> Iterator[FoundState]:
    """Most batches that are large enough to compress are stored uncompressed.

    What it means: most of the sampled batches that are larger than the threshold small_batch_bytes have no compression.
        This is what the broker stores: with compression.type=uncompressed the broker decompresses what producers send.
    Why it matters: text, JSON and Avro usually compress to a third or less. Without compression, disks of all replicas
        and the network to followers and consumers carry the full size.
    What to do: set compression.type=lz4 or zstd in the producers, and leave the topic's compression.type at producer.
        If the data is already compressed or encrypted (images, archives), waive the finding.
    """
    for writing in writings(facts):
        if (
            writing.raw < facts.thresholds.min_sampled_batches
            or writing.raw < _MAJORITY * writing.large
        ):
            continue
        yield FoundState(
            object=on_topic(writing.topic),
            summary=f"{writing.raw} of {writing.large} sampled batches above "
            f"{volume(facts.thresholds.small_batch_bytes)} are not compressed",
            evidence=(
                Evidence(
                    writing.source,
                    "batches without compression",
                    f"{writing.raw}, {volume(writing.raw_bytes)}",
                ),
            ),
            remedy=Remedy("set compression.type=lz4 or zstd in the producers of this topic"),
        )
    require_all_samples(facts)
