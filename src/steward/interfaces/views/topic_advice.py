"""Layout of advice on partitions: each with its evidence and remedy, then the measurements."""

from steward.commands.topic.advise import TopicAdviceRow, TopicAdvices, TopicFigures
from steward.interfaces.views.blocks import Block, Paragraph, Prose, command_line, table

SHOWN = 20
"""Maximum number of topics and pieces of advice shown; -o wide has all."""
_STYLES = {"monster": "bold red", "above_limit": "red"}


def arrange_topic_advice(data: TopicAdvices, wide: bool) -> tuple[Block, ...]:
    """Lay out advice first; figures of the busiest topics follow."""
    advice = data.advice if wide else data.advice[:SHOWN]
    topics = data.topics if wide else data.topics[:SHOWN]
    hidden = len(data.advice) - len(advice)
    more = (Prose(f"and {hidden} more (all: -o wide)", "dim"),) if hidden else ()
    none = (Prose("no advice", "bold"),) if not data.advice else ()
    return (*none, *map(_paragraph, advice), *more, table("topics", topics, TopicFigures))


def _paragraph(row: TopicAdviceRow) -> Paragraph:
    lines = [("", row.summary)]
    lines += [
        ("" if i else "proof", f"{e.fact} = {e.value}, by {e.source}")
        for i, e in enumerate(row.evidence)
    ]
    lines.append(("do", row.remedy.summary))
    if row.remedy.command:
        lines.append(("", command_line(row.remedy.command)))
    return Paragraph(f"{row.kind}  {row.object}", _STYLES.get(row.kind, "yellow"), tuple(lines))


ARRANGEMENTS = {TopicAdvices: arrange_topic_advice}
"""Layouts by result type."""
