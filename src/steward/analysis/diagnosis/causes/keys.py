"""What to do about a hot partition: that depends on whether its records have keys, and on how many."""

from math import ceil

from steward.analysis.diagnosis.causes.wording import count, share
from steward.analysis.diagnosis.record_keys import KeyPattern, bounded
from steward.model.command import Command, read_keys
from steward.model.names import TopicPartition
from steward.model.record_key import KeySample
from steward.model.unknown import Unknown
from steward.model.verdict import Action

_NOT_MORE = "More partitions or members do not help: "


def key_sentence(sample: KeySample | Unknown, pattern: KeyPattern | None) -> str:
    """Say in one sentence what keys the partition's records have."""
    if isinstance(sample, Unknown) or pattern is None:
        return f"Whether its records have keys was not seen: {sample}."
    if pattern is KeyPattern.NO_KEYS:
        without = "None" if sample.keyless == sample.records else f"{bounded(sample.keyless_share)}"
        if sample.keyless == sample.records:
            return "Its records have no key."
        return f"{without} of its records have no key."
    if pattern is KeyPattern.ONE_KEY:
        return f"One key makes {bounded(sample.frequent[0].share)} of its records."
    if pattern is KeyPattern.FEW_KEYS:
        return f"Its records have only {count(sample.distinct, 'key')}."
    return (
        f"Its records have many keys ({sample.distinct:,} in {sample.records:,}), and the most frequent makes "
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
    """Advise on a partition that gets ``part`` of its topic's records, for the pattern of its keys."""
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
            summary="Without a key the producer chooses the partition. Find out how: does it set a partition "
            "itself, or a partitioner.class of its own? Remove that"
        ),
        Action(
            summary="If it uses the default, sticky partitioner: Java clients from 3.3 on spread records without "
            "a key by bytes (leave partitioner.class unset); older ones and librdkafka stay with one "
            "partition for a batch, so lower batch.size or linger.ms (librdkafka: sticky.partitioning.linger.ms)",
            caution="smaller batches cost more requests and compress less",
        ),
        Action(
            summary=f"{_NOT_MORE}the producer keeps to one partition until its partitioner changes. A salt does not "
            f"apply: {partition.topic} has no keys to split"
        ),
    )


def _one_key(
    partition: TopicPartition, sample: KeySample, part: float, partitions: int
) -> tuple[Action, ...]:
    top = sample.frequent[0]
    pieces = max(2, ceil(part * top.share.value * partitions))
    return (
        Action(
            summary=f"Find the key: the record at offset {top.offset:,} has it (digest {top.digest} here). Ask its "
            "producers what it stands for: a customer, a tenant, a default value",
            command=_show_key(partition, top.offset),
            caution="the command prints the key, which may be personal data",
        ),
        Action(
            summary=f"Split that key at the producer: append a suffix, 0 to {pieces - 1}, to this key only, or give "
            "it a topic of its own",
            caution="order is then kept within a suffix only; consumers that need the whole key have to merge, and "
            "compaction and joins by that key break",
        ),
        Action(summary=f"{_NOT_MORE}all records of one key stay in one partition, with one reader"),
    )


def _few_keys(partition: TopicPartition, sample: KeySample, partitions: int) -> tuple[Action, ...]:
    return (
        Action(
            summary=f"Use a finer key: {count(sample.distinct, 'key')} cannot spread over {partitions} partitions "
            "evenly (add a sub-key such as the order or the device)",
            caution="order is then kept within the finer key only",
        ),
        Action(summary=f"{_NOT_MORE}there are too few keys to use more of them"),
        Action(
            summary="See the keys and who writes them",
            command=_show_key(partition, sample.frequent[0].offset) if sample.frequent else None,
            caution="the command prints keys, which may be personal data",
        ),
    )


def _many_keys(partition: TopicPartition) -> tuple[Action, ...]:
    return (
        Action(
            summary="No key explains it, so the choice of the partition does. Find a producer that sets the partition "
            "itself or has a partitioner.class of its own, and remove that"
        ),
        Action(
            summary="Use one partitioner in all producers of the topic: Java's default is murmur2, librdkafka's is "
            "CRC-32 (set partitioner=murmur2_random there). With two of them a key lies in two partitions",
            caution="keys move when the partitioner changes: their order breaks at the change",
        ),
        Action(
            summary=f"More partitions spread {partition.topic} better only if its keys are hashed evenly",
            caution="they cannot be removed again, and the order of keys breaks at the change",
        ),
    )


def _not_seen(partition: TopicPartition, why: KeySample | Unknown) -> tuple[Action, ...]:
    right = why.acl if isinstance(why, Unknown) else ""
    return (
        Action(
            summary=(f"Grant {right}, and diagnose again: " if right else "")
            + "what helps depends on whether the records have keys",
            command=_show_key(partition, None),
            caution="the command prints keys, which may be personal data",
        ),
        Action(
            summary="With one frequent key: split it by a suffix at the producer, or give it a topic of its own",
            caution="order is then kept within a suffix only",
        ),
        Action(
            summary="Without keys: check whether the producer sets the partition itself or has a partitioner.class "
            "of its own"
        ),
        Action(
            summary=f"{_NOT_MORE}a key stays in one partition, and a producer that sticks to one keeps to it"
        ),
    )


def _show_key(partition: TopicPartition, offset: int | None) -> Command:
    if offset is None:
        return read_keys(partition.topic, partition.partition, "latest", most=1000)
    return read_keys(partition.topic, partition.partition, offset, most=1)


def fair_share(part: float, partitions: int) -> str:
    """Write how much more than its fair share a partition gets."""
    return f"{part * partitions:.1f} times its fair share of {share(1 / partitions)}"
