"""How each topic is written, aggregated from its sampled batches in one pass."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.topic_kinds import is_layered
from steward.model.batch import NO_TIMESTAMP, BatchHeader, BatchSample
from steward.model.instant import CLOCK_TOLERANCE_MS
from steward.model.topic import Topic
from steward.model.unknown import Unknown, Why

_CURRENT_MAGIC = 2


@dataclass(slots=True, kw_only=True)
class PartitionWriting:
    """One partition's sampled batches of records; ``records`` are those written, before compaction.

    Units: epoch ms. ``first_ms`` and ``last_ms`` are the first and the largest timestamp of the ``timed`` batches;
           ``back_ms`` is the largest step back in time from one batch to a later one in the log.
    """

    partition: int
    batches: int = 0
    records: int = 0
    size_bytes: int = 0
    timed: int = 0
    first_ms: int = 0
    last_ms: int = 0
    back_ms: int = 0

    def take_time(self, batch: BatchHeader) -> None:
        """Add the timestamp of a batch's first record, in order of offsets, if its header has one."""
        stamp_ms = batch.base_timestamp_ms
        if batch.has_delete_horizon or stamp_ms <= NO_TIMESTAMP:
            return
        if not self.timed:
            self.first_ms = self.last_ms = stamp_ms
        self.back_ms = max(self.back_ms, self.last_ms - stamp_ms)
        self.first_ms = min(self.first_ms, stamp_ms)
        self.last_ms = max(self.last_ms, stamp_ms)
        self.timed += 1

    @property
    def batches_per_second(self) -> float | Unknown:
        """The minimum rate at which the sampled batches were written, by their timestamps, in batches per second.

        Differences that the clocks of several producers may have lengthen the time. If timestamps fall by more, the
        rate is unknown.
        """
        if self.timed < 2:
            return Unknown(
                Why.REFUSED, "its batches have no timestamps from which to compute a rate"
            )
        if self.back_ms > CLOCK_TOLERANCE_MS:
            return Unknown(
                Why.REFUSED, "its timestamps do not rise with offsets, so the rate is unknown"
            )
        span_ms = self.last_ms - self.first_ms + self.back_ms
        return (self.timed - 1) * 1000 / span_ms if span_ms > 0 else float("inf")


@dataclass(slots=True, kw_only=True)
class Writing:
    """One topic's sampled batches of records; control batches are left out.

    ``plain`` counts batches without a producer id, ``raw`` those without compression among the ``large``, ``old`` those
    in a message format before v2.
    """

    topic: Topic
    partitions: list[PartitionWriting] = field(default_factory=list[PartitionWriting])
    batches: int = 0
    records: int = 0
    plain: int = 0
    plain_records: int = 0
    large: int = 0
    raw: int = 0
    raw_bytes: int = 0
    old: int = 0
    producer_ids: set[int] = field(default_factory=set[int])

    @property
    def source(self) -> str:
        """The sample as evidence names it."""
        return f"Fetch {self.topic.name}, {self.batches} batch headers"


def writings(facts: Facts) -> tuple[Writing, ...]:
    """Return how applications write each sampled topic; topics of Kafka's own layers are left out."""
    return facts.index(_writings)


def require_all_samples(facts: Facts) -> None:
    """Stop a check with Unknown, after it has judged the rest, if samples of other topics are missing.

    An empty partition has no sample and needs none.
    """
    missing: dict[str, Unknown] = {}
    for partition, sample in facts.samples.items():
        if isinstance(sample, Unknown) and not is_layered(partition.topic):
            missing.setdefault(partition.topic, sample)
    require_all(sorted(missing.items()))


def _writings(facts: Facts) -> tuple[Writing, ...]:
    found: dict[str, Writing] = {}
    large_bytes = facts.thresholds.small_batch_bytes
    for sample in _application_samples(facts, facts.topic_by_name):
        topic = facts.topic_by_name[sample.partition.topic]
        writing = found.setdefault(topic.name, Writing(topic=topic))
        at = PartitionWriting(partition=sample.partition.partition)
        for batch in sample.batches:
            if not batch.is_control:
                _add(writing, at, batch, large_bytes)
        if at.batches:
            writing.partitions.append(at)
    return tuple(found[name] for name in sorted(found) if found[name].batches)


def _application_samples(facts: Facts, topics: Mapping[str, Topic]) -> Iterator[BatchSample]:
    for partition, sample in facts.samples.items():
        topic = topics.get(partition.topic)
        if isinstance(sample, Unknown) or topic is None:
            continue
        if not topic.is_internal and not is_layered(topic.name):
            yield sample


def _add(writing: Writing, at: PartitionWriting, batch: BatchHeader, large_bytes: int) -> None:
    is_old = batch.magic < _CURRENT_MAGIC
    records = batch.record_count if is_old else batch.last_offset_delta + 1
    writing.batches += 1
    writing.records += records
    writing.old += is_old
    if batch.producer_id >= 0:
        writing.producer_ids.add(batch.producer_id)
    else:
        writing.plain += 1
        writing.plain_records += records
    if batch.size_bytes > large_bytes:
        writing.large += 1
        if batch.codec == "none":
            writing.raw += 1
            writing.raw_bytes += batch.size_bytes
    at.take_time(batch)
    at.batches += 1
    at.records += records
    at.size_bytes += batch.size_bytes
