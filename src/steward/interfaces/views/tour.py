"""Layout of the demo: the cluster, its audit, and commands to try next."""

from steward.commands.sandbox.demo import DemoResult
from steward.interfaces.views.audit import arrange_audit
from steward.interfaces.views.blocks import Block, Prose
from steward.interfaces.views.scenario import try_next


def arrange_demo(tour: DemoResult, wide: bool) -> tuple[Block, ...]:
    """Lay out the demo: the cluster, its audit, and commands to try next."""
    opening = (
        f"Apache Kafka {tour.kafka_version} is running: {tour.brokers} brokers at {tour.bootstrap_servers}, "
        f"with the scenario '{tour.scenario}' in it."
    )
    return (Prose(opening), *arrange_audit(tour.audit, wide), try_next(tour.next_steps))


ARRANGEMENTS = {DemoResult: arrange_demo}
"""Layouts by result type."""
