"""Layout of offset changes, a group's or a log's: each partition before and after, then the plan or its execution."""

from steward.commands.backup.translate_offsets import OffsetsTranslated, TranslatedOffset
from steward.commands.group.offsets import OffsetReset, OffsetRow
from steward.commands.topic.trim import TopicTrim, TrimRow
from steward.interfaces.views.blocks import Block, Prose, table
from steward.interfaces.views.execution import arrange_change

SHOWN = 40
"""Maximum number of partitions listed; of more the count is shown, and -o wide has all."""


def arrange_offset_reset(report: OffsetReset, wide: bool) -> tuple[Block, ...]:
    """Lay out the partitions first: the decision depends on them."""
    rows = report.offsets if wide else report.offsets[:SHOWN]
    hidden = len(report.offsets) - len(rows)
    more = (Prose(f"and {hidden} more partitions (all: -o wide)", "dim"),) if hidden else ()
    return (
        Prose(_headline(report), "bold"),
        table("", rows, OffsetRow, "no partition can be changed"),
        *more,
        *arrange_change(report, wide),
    )


def _headline(report: OffsetReset) -> str:
    return (
        f"group {report.group}: {len(report.offsets)} partitions; at most "
        f"{report.skipped_records:,} records are skipped, {report.read_again_records:,} are read again"
    )


def arrange_trim(report: TopicTrim, wide: bool) -> tuple[Block, ...]:
    """Lay out the partitions that lose records, then the plan, or its execution."""
    rows = report.partitions if wide else report.partitions[:SHOWN]
    hidden = len(report.partitions) - len(rows)
    more = (Prose(f"and {hidden} more partitions (all: -o wide)", "dim"),) if hidden else ()
    text = f"topic {report.topic}: at most {report.deleted_records:,} records are deleted"
    table_ = table("", rows, TrimRow, "no partition has a record before this position")
    return (Prose(text, "bold"), table_, *more, *arrange_change(report, wide))


def arrange_translated(report: OffsetsTranslated, wide: bool) -> tuple[Block, ...]:
    """Lay out each group's offset before and after, then the plan, or its execution."""
    rows = report.offsets if wide else report.offsets[:SHOWN]
    hidden = len(report.offsets) - len(rows)
    more = (Prose(f"and {hidden} more offsets (all: -o wide)", "dim"),) if hidden else ()
    table_ = table("", rows, TranslatedOffset, "no group had offsets on the topic")
    return (table_, *more, *arrange_change(report, wide))


ARRANGEMENTS = {
    OffsetReset: arrange_offset_reset,
    OffsetsTranslated: arrange_translated,
    TopicTrim: arrange_trim,
}
"""Layouts by result type."""
