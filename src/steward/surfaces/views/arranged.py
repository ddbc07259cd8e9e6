"""Which results have an arrangement of their own; all others are derived from their type."""

from collections.abc import Callable, Mapping
from typing import Any

from steward.capabilities.registry import Answer
from steward.surfaces.views.blocks import Block, derive

Arrangement = Callable[[Any, bool], tuple[Block, ...]]
"""From a result, and whether wide output is wanted, to blocks."""


def _arrangements() -> Mapping[str, Arrangement]:
    """Return arrangements by result type's name, so that a result's module loads only when it is shown."""
    from steward.surfaces.views.audit import arrange_audit, arrange_explanation, arrange_tour

    return {
        "Audit": arrange_audit,
        "CheckExplanation": arrange_explanation,
        "Tour": arrange_tour,
    }


def arrange(answer: Answer[Any], *, wide: bool) -> tuple[Block, ...]:
    """Return the blocks that show an answer's data."""
    if answer.data is None:
        return ()
    own = _arrangements().get(type(answer.data).__name__)
    return own(answer.data, wide) if own else derive(answer.data)
