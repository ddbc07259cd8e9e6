"""Layout of the demo: the cluster, its audit, and commands to try next."""

from steward.commands.sandbox.demo import DemoResult
from steward.interfaces.views.audit import arrange_audit
from steward.interfaces.views.blocks import Block, Paragraph, Prose


def arrange_tour(tour: DemoResult, wide: bool) -> tuple[Block, ...]:
    """Lay out the demo: the cluster, its audit, and commands to try next."""
    steps = Paragraph(
        "TRY NEXT",
        "bold",
        tuple(line for step in tour.next_steps for line in (("", step.shows), ("", step.command))),
    )
    opening = (
        f"Apache Kafka {tour.kafka_version} is running: {tour.brokers} brokers at {tour.bootstrap_servers}, "
        f"with the scenario '{tour.scenario}' in it."
    )
    return (Prose(opening), *arrange_audit(tour.audit, wide), steps)


ARRANGEMENTS = {DemoResult: arrange_tour}
"""Layouts by result type."""
