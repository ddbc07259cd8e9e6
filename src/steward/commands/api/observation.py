"""Looking at a cluster in steps: a later look asks only for what an earlier one showed to matter."""

from collections.abc import Iterable

from steward.cluster.ports import EVERYTHING, Scope
from steward.cluster.ports import Next as Next
from steward.cluster.ports import ObservationRequest as ObservationRequest
from steward.commands.api.context import Context
from steward.commands.api.registry import Notice
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.snapshot import overlaid as overlaid
from steward.model.unknown import NotApplicable


def observe_in_steps(
    context: Context, parts: Iterable[Part], *then: Next, scope: Scope = EVERYTHING
) -> ClusterSnapshot:
    """Look once, then again for what each step asks, over one connection.

    Shape: the result holds every part that was asked for; a part asked for twice is the later one.
    """
    with context.connect(context.connection) as observer:
        first = frozenset(parts) | {Part.IDENTITY}
        snapshot = observer.observe(first, scope, context.progress)
        for step in then:
            look = step(snapshot)
            if look is not None:
                snapshot = overlaid(snapshot, observer.observe(*look, context.progress))
    return snapshot


def not_applicable(snapshot: ClusterSnapshot, *parts: Part) -> tuple[Notice, ...]:
    """Say which parts this cluster does not have at all, so that nothing shown is not taken for none."""
    return tuple(
        Notice(code="not_applicable", message=str(value), object=part.value)
        for part in parts
        if isinstance(value := snapshot.part(part), NotApplicable)
    )
