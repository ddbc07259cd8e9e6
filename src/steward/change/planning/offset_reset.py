"""From where a group is meant to read on to an offset of each partition, and what that skips or reads again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from steward.model.command import Phrase
from steward.model.names import TopicPartition
from steward.model.offset_target import AtOffset, AtTime, BeforeEnd, FromStart, OffsetTarget, Shift
from steward.model.partition_choice import PartitionChoice
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Unknown
from steward.model.wording import count

OffsetAtTime = Mapping[TopicPartition, int | Unknown | None]
"""The first offset at or after the time that was asked for; None where no record is as young."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetMove:
    """One partition's position before and after.

    ``old`` is None where nothing is committed. ``asked`` is what the words came to, ``new`` what the log holds of it:
    both differ where the words lead out of the log. ``start`` and ``end`` are the log's.
    """

    partition: TopicPartition
    old: int | None
    asked: int
    new: int
    start: int
    end: int

    @property
    def skipped(self) -> int:
        """Offsets that the group will never read, of those still stored."""
        return 0 if self.old is None else max(0, self.new - max(self.old, self.start))

    @property
    def again(self) -> int:
        """Offsets that the group will read a second time."""
        return 0 if self.old is None else max(0, min(self.old, self.end) - self.new)

    @property
    def cut(self) -> str:
        """Say that the words lead out of the log; empty where they do not."""
        if self.asked == self.new:
            return ""
        edge = "start" if self.asked < self.new else "end"
        return f"{self.partition}: {self.asked} is outside the log, its {edge} {self.new} is taken"


@dataclass(frozen=True, slots=True)
class NotMoved:
    """A partition whose new offset cannot be told, and why."""

    partition: TopicPartition
    reason: str
    remedy: Phrase = ""


ResetOutcome = OffsetMove | NotMoved


def partitions_to_move(
    choice: PartitionChoice | None,
    committed: Mapping[TopicPartition, int],
    existing: Iterable[TopicPartition],
) -> tuple[TopicPartition, ...]:
    """Return the partitions that are meant, in order.

    Shape: without a choice those with a commit whose topic exists, as kafka-consumer-groups --all-topics has it; of a
           chosen topic all partitions that exist, or those that are named, which need not exist.
    """
    there = sorted(existing)
    if choice is None:
        return tuple(p for p in there if p in committed)
    named = {TopicPartition(t, n) for t, numbers in choice.items() for n in numbers or ()}
    whole = {t for t, numbers in choice.items() if numbers is None}
    return tuple(sorted(named | {p for p in there if p.topic in whole}))


def moves_to(
    target: OffsetTarget | Mapping[TopicPartition, int],
    partitions: Iterable[TopicPartition],
    committed: Mapping[TopicPartition, int],
    offsets: Mapping[TopicPartition, PartitionOffsets | Unknown],
    at_time: OffsetAtTime,
) -> tuple[ResetOutcome, ...]:
    """Return what becomes of each partition.

    Shape: ``target`` is one for all, or an offset for each. Where no record is as young as a time, a partition stays
           where it is, unless the log's end skips nothing. Offsets outside the log are cut to its edge.
    """
    return tuple(_move(target, p, committed.get(p), offsets.get(p), at_time) for p in partitions)


def _move(
    target: OffsetTarget | Mapping[TopicPartition, int],
    partition: TopicPartition,
    old: int | None,
    offsets: PartitionOffsets | Unknown | None,
    at_time: OffsetAtTime,
) -> ResetOutcome:
    if offsets is None:
        return NotMoved(partition, "the partition does not exist", "leave it out with --topics")
    if isinstance(offsets, Unknown):
        return NotMoved(partition, f"where its log begins and ends is unknown: {offsets}")
    asked = _asked(target, partition, old, offsets, at_time)
    if isinstance(asked, NotMoved):
        return asked
    return OffsetMove(
        partition=partition,
        old=old,
        asked=asked,
        new=min(max(asked, offsets.start), offsets.end),
        start=offsets.start,
        end=offsets.end,
    )


def _asked(
    target: OffsetTarget | Mapping[TopicPartition, int],
    partition: TopicPartition,
    old: int | None,
    offsets: PartitionOffsets,
    at_time: OffsetAtTime,
) -> int | NotMoved:
    match target:
        case FromStart(records):
            return offsets.start + records
        case BeforeEnd(records):
            return offsets.end - records
        case AtOffset(offset):
            return offset
        case Shift(records):
            if old is None:
                remedy = "leave it out with --topics, or use --to start or --to end"
                return NotMoved(partition, "nothing is committed that could be shifted", remedy)
            return old + records
        case AtTime():
            found = at_time.get(partition)
            if isinstance(found, Unknown):
                return NotMoved(partition, f"the time could not be looked up: {found}")
            return _past_the_newest(partition, old, offsets) if found is None else found
        case _:
            wanted = target.get(partition)
            if wanted is None:
                return NotMoved(
                    partition, "no offset is given for it", "leave it out with --topics"
                )
            return wanted


def _past_the_newest(
    partition: TopicPartition, old: int | None, offsets: PartitionOffsets
) -> int | NotMoved:
    """Return the end where nothing is skipped by it; else leave the jump over unread records to an explicit word."""
    unread = offsets.end - (offsets.start if old is None else max(old, offsets.start))
    if unread <= 0:
        return offsets.end
    return NotMoved(
        partition,
        f"no record is stamped at the time or later, and its end would skip {count(unread, 'record')}",
        f"to skip them, use --to latest --topics {partition.topic}:{partition.partition}; else name an earlier time, "
        "or leave it out with --topics",
    )
