"""Observe a cluster in steps: a later step requests only what an earlier one showed to be relevant."""

from collections.abc import Iterable

from steward.cluster.ports import EVERYTHING, Observer, Scope
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
    """Observe once, then again for each step's request, over one connection.

    The result holds every part requested; for a part requested twice, the later one.
    """
    with context.connect(context.connection) as observer:
        return observed_in_steps(observer, context, parts, *then, scope=scope)


def observed_in_steps(
    observer: Observer,
    context: Context,
    parts: Iterable[Part],
    *then: Next,
    scope: Scope = EVERYTHING,
) -> ClusterSnapshot:
    """Do the same through an observer that is open already."""
    first = frozenset(parts) | {Part.IDENTITY}
    snapshot = observer.observe(first, scope, context.progress)
    for step in then:
        request = step(snapshot)
        if request is not None:
            snapshot = overlaid(snapshot, observer.observe(*request, context.progress))
    return snapshot


def not_applicable(snapshot: ClusterSnapshot, *parts: Part) -> tuple[Notice, ...]:
    """Report which parts this cluster does not have at all, so that an empty result is not mistaken for none."""
    return tuple(
        Notice(code="not_applicable", message=str(value), object=part.value)
        for part in parts
        if isinstance(value := snapshot.part(part), NotApplicable)
    )
