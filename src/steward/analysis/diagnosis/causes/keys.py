"""Actions for a hot partition: they depend on whether its records have keys, and how many."""

from math import ceil

from steward.analysis.diagnosis.causes.wording import count, percent
from steward.analysis.diagnosis.record_keys import KeyPattern, bounded
from steward.model.command import Command, read_keys
from steward.model.names import TopicPartition
from steward.model.record_key import KeySample
from steward.model.unknown import Unknown
from steward.model.verdict import Action

_NOT_MORE = "More partitions or members do not help: "


def key_sentence(sample: KeySample | Unknown, pattern: KeyPattern | None) -> str:
    """Describe in one sentence the keys of the partition's records."""
    if isinstance(sample, Unknown) or pattern is None:
        return f"Unknown whether its records have keys: {sample}."
    if pattern is KeyPattern.NO_KEYS:
        without = "None" if sample.keyless == sample.records else f"{bounded(sample.keyless_share)}"
        if sample.keyless == sample.records:
            return "Its records have no key."
        return f"{without} of its records have no key."
    if pattern is KeyPattern.ONE_KEY:
        return f"One key accounts for {bounded(sample.frequent[0].share)} of its records."
    if pattern is KeyPattern.FEW_KEYS:
        return f"Its records have only {count(sample.distinct, 'key')}."
    return (
        f"Its records have many keys ({sample.distinct:,} in {sample.records:,}); the most frequent accounts for "
        f"{bounded(sample.frequent[0].share)}."
        if sample.frequent
        else "Its records have many keys."
    )


def key_actions(
    partition: TopicPartition,
    sample: KeySample | Unknown,
    pattern: KeyPattern | None,
    *,
    part: float,
    partitions: int,
) -> tuple[Action, ...]:
    """Return the actions for a partition that receives ``part`` of its topic's records, by its key pattern."""
    if isinstance(sample, Unknown) or pattern is None:
        return _not_seen(partition, sample)
    if pattern is KeyPattern.NO_KEYS:
        return _no_keys(partition)
    if pattern is KeyPattern.ONE_KEY:
        return _one_key(partition, sample, part, partitions)
    if pattern is KeyPattern.FEW_KEYS:
        return _few_keys(partition, sample, partitions)
    return _many_keys(partition)


def _no_keys(partition: TopicPartition) -> tuple[Action, ...]:
    return (
        Action(
            summary="Without keys the producer chooses the partition. Check whether it sets the partition "
            "itself, or uses a custom partitioner.class, and remove that"
        ),
        Action(
            summary="If it uses the default (sticky) partitioner: Java clients from 3.3 spread records without "
            "a key by bytes (leave partitioner.class unset); older ones and librdkafka write a whole batch to one "
            "partition, so lower batch.size or linger.ms (librdkafka: sticky.partitioning.linger.ms)",
            caution="smaller batches need more requests and compress less",
        ),
        Action(
            summary=f"{_NOT_MORE}the producer stays on one partition until its partitioner changes. A key suffix "
            f"does not apply: records of {partition.topic} have no key"
        ),
    )


def _one_key(
    partition: TopicPartition, sample: KeySample, part: float, partitions: int
) -> tuple[Action, ...]:
    top = sample.frequent[0]
    pieces = max(2, ceil(part * top.share.value * partitions))
    return (
        Action(
            summary=f"Find the key: the record at offset {top.offset:,} has it (digest {top.digest} here). Ask the "
            "producers what it is: a customer, a tenant, a default value",
            command=_show_key(partition, top.offset),
            caution="the command prints the key, which may be personal data",
        ),
        Action(
            summary=f"Split that key at the producer: append a suffix, 0 to {pieces - 1}, to this key only, or give "
            "it a topic of its own",
            caution="order then holds only within a suffix; consumers that need the whole key must merge, and "
            "compaction and joins by that key break",
        ),
        Action(
            summary=f"{_NOT_MORE}all records of one key stay in one partition, with one consumer"
        ),
    )


def _few_keys(partition: TopicPartition, sample: KeySample, partitions: int) -> tuple[Action, ...]:
    return (
        Action(
            summary=f"Use a finer key: {count(sample.distinct, 'key')} cannot spread evenly over {partitions} "
            "partitions (add a sub-key such as the order or the device)",
            caution="order then holds only within the finer key",
        ),
        Action(summary=f"{_NOT_MORE}there are too few keys to use more of them"),
        Action(
            summary="List the keys and find the producers that write them",
            command=_show_key(partition, sample.frequent[0].offset) if sample.frequent else None,
            caution="the command prints keys, which may be personal data",
        ),
    )


def _many_keys(partition: TopicPartition) -> tuple[Action, ...]:
    return (
        Action(
            summary="The keys do not explain it, so the producer's choice of partition does. Find a producer that "
            "sets the partition itself or uses a custom partitioner.class, and remove that"
        ),
        Action(
            summary="Use one partitioner in all producers of the topic: Java's default is murmur2, librdkafka's is "
            "CRC-32 (set partitioner=murmur2_random there). With both, one key is in two partitions",
            caution="keys move when the partitioner changes: per-key ordering breaks at the change",
        ),
        Action(
            summary=f"More partitions spread {partition.topic} better only if its keys hash evenly",
            caution="partitions cannot be removed, and per-key ordering breaks at the change",
        ),
    )


def _not_seen(partition: TopicPartition, why: KeySample | Unknown) -> tuple[Action, ...]:
    right = why.acl if isinstance(why, Unknown) else ""
    return (
        Action(
            summary=(f"Grant {right}, then diagnose again: " if right else "")
            + "the fix depends on whether the records have keys",
            command=_show_key(partition, None),
            caution="the command prints keys, which may be personal data",
        ),
        Action(
            summary="If one key is frequent: split it by a suffix at the producer, or give it a topic of its own",
            caution="order then holds only within a suffix",
        ),
        Action(
            summary="If records have no keys: check whether the producer sets the partition itself or uses a custom "
            "partitioner.class"
        ),
        Action(
            summary=f"{_NOT_MORE}a key stays in its partition, and a sticky producer stays on one partition"
        ),
    )


def _show_key(partition: TopicPartition, offset: int | None) -> Command:
    if offset is None:
        return read_keys(partition.topic, partition.partition, "latest", most=1000)
    return read_keys(partition.topic, partition.partition, offset, most=1)


def fair_share(part: float, partitions: int) -> str:
    """Write a partition's share as a multiple of its fair share."""
    return f"{part * partitions:.1f} times its fair share of {percent(1 / partitions)}"
