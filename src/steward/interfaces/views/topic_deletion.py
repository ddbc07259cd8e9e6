"""Arranging a deletion: the evidence of disuse, then the plan, or what became of it."""

from steward.change.planning.evidence import UseEvidence
from steward.commands.topic.delete import TopicDeletion
from steward.interfaces.views.blocks import Block, Prose, table
from steward.interfaces.views.execution import arrange_change
from steward.model.command import Hint


def arrange_topic_deletion(report: TopicDeletion, wide: bool) -> tuple[Block, ...]:
    """Arrange the evidence first: it is what a person decides by."""
    blocking = sum(e.blocks for e in report.evidence)
    if report.disuse:
        told, style = f"its disuse is confirmed: {report.disuse}", "bold green"
    elif blocking:
        told, style = f"{blocking} answers stand against it", "bold red"
    else:
        told, style = "nothing that was asked stands against it", "bold yellow"
    restore = (
        (Prose(Hint("to make it again, empty: ", report.restore), "dim"),)
        if report.execution
        else ()
    )
    return (
        Prose(f"topic {report.topic}: {told}", style),
        table("", report.evidence, UseEvidence),
        *arrange_change(report, wide),
        *restore,
    )


ARRANGEMENTS = {TopicDeletion: arrange_topic_deletion}
"""Who arranges which result."""
