"""Topics of which read_committed consumers see only an old part."""

from collections.abc import Iterator, Sequence

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, few, on_topic
from steward.analysis.checks.transaction.coordinators import open_on
from steward.model.command import kafka
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Partition, PartitionOffsets, Topic
from steward.model.unknown import Observed, Unknown

_PARTS = (Part.TOPICS, Part.OFFSETS, Part.PRODUCERS, Part.TRANSACTIONS, Part.ACLS)
_Held = tuple[Partition, PartitionOffsets]


@check("X02", Severity.HIGH, over=TOPICS, parts=_PARTS, nature=Nature.STATE)
def lso_far_behind(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """An open transaction hides many records from read_committed consumers.

    What it means: the last stable offset did not move between snapshots and is behind the end of the log, either by
        more than the threshold stable_offset_lag_records, or because of a transaction that wrote nothing for longer
        than open_transaction_seconds. Younger transactions that a coordinator reports are left out: large batches are
        written that way.
    Why it matters: consumers with isolation.level=read_committed receive no records after the last stable offset.
    What to do: if a coordinator reports the transaction, check its producer: it may be stuck, and its timeout ends the
        transaction. If no coordinator does, the transaction hangs (transaction_hanging) and must be aborted.
    """
    offsets = zip(topic.partitions, facts.partitions.offsets(topic), strict=True)
    behind = [one for one in offsets if one[1].last_stable < one[1].end and _is_far(facts, *one)]
    held = [one for one in behind if not _moves(facts, *one) and not _is_young(facts, one[0])]
    if not held:
        return
    partition, worst = max(held, key=lambda one: one[1].end - one[1].last_stable)
    yield FoundState(
        object=on_topic(topic),
        summary=f"{count(worst.end - worst.last_stable, 'record')} of {partition.key} hidden from read_committed "
        f"consumers by an open transaction; {count(len(held), 'partition')} affected",
        evidence=tuple(_evidence(facts, held)),
        remedy=Remedy(
            "find the transaction that is open on the partition",
            kafka(
                "transactions",
                "describe-producers",
                topic=topic.name,
                partition=partition.partition,
            ),
        ),
    )


def _is_far(facts: Facts, partition: Partition, offsets: PartitionOffsets) -> bool:
    """Return whether many records are hidden, or any by a transaction that has written nothing for long."""
    if offsets.end - offsets.last_stable > facts.thresholds.stable_offset_lag_records:
        return True
    producers = facts.snapshot.producers
    states = producers.value.get(partition.key) if isinstance(producers, Observed) else None
    if states is None or isinstance(states, Unknown):
        return False
    oldest_ms = facts.now_ms - facts.thresholds.open_transaction_seconds * 1000
    return any(s.current_txn_start_offset >= 0 and s.last_timestamp_ms < oldest_ms for s in states)


def _moves(facts: Facts, partition: Partition, now: PartitionOffsets) -> bool:
    """Return whether the last stable offset moved since the first snapshot; without one, assume that it did not."""
    return any(
        earlier.offsets_of(partition.key).last_stable != now.last_stable
        for earlier in facts.earlier[:1]
    )


def _is_young(facts: Facts, partition: Partition) -> bool:
    """Return whether a coordinator reports the transaction and it is young enough to be still in use."""
    starts = [t.start_ms for t in open_on(facts, partition.key)]
    limit_ms = facts.thresholds.open_transaction_seconds * 1000
    return bool(starts) and facts.now_ms - min(starts) < limit_ms


def _evidence(facts: Facts, held: Sequence[_Held]) -> Iterator[Evidence]:
    for partition, offsets in held[:5]:
        yield Evidence(
            f"ListOffsets {partition.key}",
            "last stable offset, end",
            f"{offsets.last_stable}, {offsets.end}",
        )
        owners = [
            f"{t.transactional_id} since {duration((facts.now_ms - t.start_ms) / 1000)}"
            for t in open_on(facts, partition.key)
        ]
        known = few(owners, 3) or "no coordinator reports one"
        yield Evidence("DescribeTransactions", f"open transactions on {partition.key}", known)
