"""Topics with very small batches."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.producer.writing import PartitionWriting, require_all_samples, writings
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_topic
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown


@check("P05", Severity.MEDIUM, over=CLUSTER, parts=(Part.TOPICS, Part.SAMPLES))
def batches_tiny(facts: Facts, _: None) -> Iterator[FoundState]:
    """Producers send about one record per batch although records arrive fast enough to be sent together.

    What it means: on some partition the sampled batches have on average fewer records than the threshold
        small_batch_records and fewer bytes than small_batch_bytes, and arrive at a rate of at least
        small_batches_per_second. Slow topics are left out, because there is nothing to combine. If timestamps do not
        rise, the rate is unknown.
    Why it matters: every batch costs request handling, 61 bytes of header and an index entry on every replica. The
        request rate overloads brokers long before the network is full, and compression has little effect.
    What to do: raise linger.ms to 5 or 20 milliseconds and batch.size to 64 KiB or more in the producer, and do not
        flush or wait after each record.
    """
    untimed: dict[str, Unknown] = {}
    for writing in writings(facts):
        small = [at for at in writing.partitions if _is_small(facts, at)]
        tiny = [at for at in small if _is_fast(facts, at)]
        if not tiny:
            for at in small:
                if isinstance(rate := at.batches_per_second, Unknown):
                    untimed[writing.topic.name] = rate
            continue
        worst = max(tiny, key=lambda at: at.batches)
        yield FoundState(
            object=on_topic(writing.topic),
            summary=f"{worst.records / worst.batches:.1f} records and {worst.size_bytes / worst.batches:.0f} bytes per "
            f"batch on partition {worst.partition}",
            evidence=(
                Evidence(
                    f"Fetch {writing.topic.name}-{worst.partition}, {worst.batches} batch headers",
                    "records, bytes, batches per second",
                    f"{worst.records}, {worst.size_bytes}, {_rate(worst)}",
                ),
                Evidence(
                    writing.source,
                    "partitions with small batches",
                    f"{len(tiny)} of {len(writing.partitions)} sampled",
                ),
            ),
            remedy=Remedy(
                "raise linger.ms (5 to 20) and batch.size (65536) in the producers of this topic"
            ),
        )
    require_all_samples(facts)
    require_all(sorted(untimed.items()))


def _is_small(facts: Facts, at: PartitionWriting) -> bool:
    limits = facts.thresholds
    return (
        at.batches >= limits.min_sampled_batches
        and at.records < limits.small_batch_records * at.batches
        and at.size_bytes < limits.small_batch_bytes * at.batches
    )


def _is_fast(facts: Facts, at: PartitionWriting) -> bool:
    rate = at.batches_per_second
    return not isinstance(rate, Unknown) and rate >= facts.thresholds.small_batches_per_second


def _rate(at: PartitionWriting) -> str:
    rate = at.batches_per_second
    return f"{rate:.0f}" if rate != float("inf") else "all in one millisecond"
