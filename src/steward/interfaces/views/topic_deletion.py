"""Layout of a deletion: signs of use, then the plan, or its execution."""

from steward.change.planning.evidence import UseEvidence
from steward.commands.topic.delete import TopicDeletion
from steward.interfaces.views.blocks import Block, Prose, table
from steward.interfaces.views.execution import arrange_change
from steward.model.command import Hint
from steward.model.wording import count


def arrange_topic_deletion(report: TopicDeletion, wide: bool) -> tuple[Block, ...]:
    """Lay out the signs of use first: the decision depends on them."""
    blocking = sum(e.blocks for e in report.evidence)
    if report.disuse:
        text, style = f"No use found: {report.disuse}", "bold green"
    elif report.backup:
        text, style = f"Held by a verified backup: {report.backup}", "bold green"
    elif blocking:
        text, style = f"{count(blocking, 'sign')} of use found", "bold red"
    else:
        text, style = "no sign of use found; not confirmed", "bold yellow"
    restore = (
        (Prose(Hint("to recreate it without records: ", report.restore), "dim"),)
        if report.execution
        else ()
    )
    return (
        Prose(f"topic {report.topic}: {text}", style),
        table("", report.evidence, UseEvidence),
        *arrange_change(report, wide),
        *restore,
    )


ARRANGEMENTS = {TopicDeletion: arrange_topic_deletion}
"""Layouts by result type."""
