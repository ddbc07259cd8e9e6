"""Resolve the requested reset target to an offset of each partition, and count the records skipped or read again."""

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
"""The first offset at or after the requested time; None if no record is that recent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetMove:
    """One partition's position before and after.

    ``old`` is None if nothing is committed. ``asked`` is the requested offset, ``new`` the same limited to the log's
    ``start`` and ``end``.
    """

    partition: TopicPartition
    old: int | None
    asked: int
    new: int
    start: int
    end: int

    @property
    def skipped(self) -> int:
        """Stored offsets that the group will never read."""
        return 0 if self.old is None else max(0, self.new - max(self.old, self.start))

    @property
    def again(self) -> int:
        """Offsets that the group will read again."""
        return 0 if self.old is None else max(0, min(self.old, self.end) - self.new)

    @property
    def cut(self) -> str:
        """Report that the requested offset is outside the log; empty if it is not."""
        if self.asked == self.new:
            return ""
        edge = "start" if self.asked < self.new else "end"
        return f"{self.partition}: {self.asked} is outside the log, using its {edge} {self.new}"


@dataclass(frozen=True, slots=True)
class NotMoved:
    """A partition whose new offset is unknown, and why."""

    partition: TopicPartition
    reason: str
    remedy: Phrase = ""


ResetOutcome = OffsetMove | NotMoved


def partitions_to_move(
    choice: PartitionChoice | None,
    committed: Mapping[TopicPartition, int],
    existing: Iterable[TopicPartition],
) -> tuple[TopicPartition, ...]:
    """Return the selected partitions, in order.

    Without a choice: those with a committed offset whose topic exists, as kafka-consumer-groups --all-topics does.
    Of a chosen topic: all its partitions, or the named ones, which need not exist.
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
    """Return the shift of each partition.

    Where no record is as recent as the requested time, the partition is left unchanged, unless moving it to the end
    skips nothing. Offsets outside the log are limited to its edge.

    Shape: ``target`` is one for all, or an offset for each.
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
        return NotMoved(partition, "the partition does not exist", "exclude it with --topics")
    if isinstance(offsets, Unknown):
        return NotMoved(partition, f"its log's start and end offsets are unknown: {offsets}")
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
                remedy = "exclude it with --topics, or use --to start or --to end"
                return NotMoved(partition, "no committed offset to shift", remedy)
            return old + records
        case AtTime():
            found = at_time.get(partition)
            if isinstance(found, Unknown):
                return NotMoved(partition, f"the offset for this time is unknown: {found}")
            return _past_the_newest(partition, old, offsets) if found is None else found
        case _:
            wanted = target.get(partition)
            if wanted is None:
                return NotMoved(partition, "no offset is given for it", "exclude it with --topics")
            return wanted


def _past_the_newest(
    partition: TopicPartition, old: int | None, offsets: PartitionOffsets
) -> int | NotMoved:
    """Return the log's end if that skips nothing; else require an explicit request to skip unread records."""
    unread = offsets.end - (offsets.start if old is None else max(old, offsets.start))
    if unread <= 0:
        return offsets.end
    return NotMoved(
        partition,
        f"no record has this timestamp or a later one, and moving to the end would skip {count(unread, 'record')}",
        f"to skip them, use --to latest --topics {partition.topic}:{partition.partition}; else give an earlier time, "
        "or exclude it with --topics",
    )
