"""Arranging scenarios: the list, or the one that runs in the background, until when, and what to try next."""

from steward.commands.sandbox.scenario import ScenarioAnswer, ScenarioRow
from steward.commands.sandbox.shared import NextStep
from steward.interfaces.views.blocks import Block, Paragraph, Prose, table


def arrange_scenarios(answer: ScenarioAnswer, wide: bool) -> tuple[Block, ...]:
    """Arrange scenarios, and what follows where one runs in the background."""
    rows = table("", answer.scenarios, ScenarioRow, "no scenarios")
    if not answer.next_steps:
        return (rows,)
    until = f" until {answer.until}" if answer.until else ""
    return (rows, Prose(f"It runs in the background{until}."), try_next(answer.next_steps))


def try_next(steps: tuple[NextStep, ...]) -> Paragraph:
    """Arrange commands to try, each below what it shows."""
    return Paragraph(
        "TRY NEXT",
        "bold",
        tuple(line for step in steps for line in (("", step.shows), ("", step.command))),
    )


ARRANGEMENTS = {ScenarioAnswer: arrange_scenarios}
"""Who arranges which result."""
