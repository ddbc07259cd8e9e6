"""Looking at a cluster in steps: a later look asks only for what an earlier one showed to matter."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from steward.capabilities.context import Context
from steward.capabilities.registry import Notice
from steward.cluster.ports import EVERYTHING, Scope
from steward.model.snapshot import ALL_PARTS, ClusterSnapshot, Part
from steward.model.unknown import NOT_REQUESTED, NotApplicable

Look = tuple[frozenset[Part], Scope]
"""Which parts, and how much of each."""

Next = Callable[[ClusterSnapshot], Look | None]
"""From what was seen so far to what to look at now; None where that is enough."""


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


def overlaid(earlier: ClusterSnapshot, later: ClusterSnapshot) -> ClusterSnapshot:
    """Return the earlier snapshot with every part that the later one was asked for."""
    seen: dict[str, Any] = {
        part.value: later.part(part) for part in ALL_PARTS if later.part(part) != NOT_REQUESTED
    }
    return replace(earlier, **seen)


def not_applicable(snapshot: ClusterSnapshot, *parts: Part) -> tuple[Notice, ...]:
    """Say which parts this cluster does not have at all, so that nothing shown is not taken for none."""
    return tuple(
        Notice(code="not_applicable", message=str(value), object=part.value)
        for part in parts
        if isinstance(value := snapshot.part(part), NotApplicable)
    )
