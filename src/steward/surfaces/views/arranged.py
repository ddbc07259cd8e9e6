"""Which results have an arrangement of their own; all others are derived from their type."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from steward.capabilities.registry import Answer
from steward.surfaces.views.blocks import Block, derive

Arrangement = Callable[[Any, bool], tuple[Block, ...]]
"""From a result, and whether wide output is wanted, to blocks."""


_ARRANGEMENTS: Mapping[str, str] = {
    "Audit": "audit.arrange_audit",
    "CapacityForecast": "capacity.arrange_forecast",
    "CheckExplanation": "audit.arrange_explanation",
    "Diagnosis": "diagnosis.arrange_diagnosis",
    "DriftReport": "plan.arrange_plan",
    "PlanReport": "plan.arrange_plan",
    "ChangeReport": "execution.arrange_change",
    "ExecutionReport": "execution.arrange_execution",
    "TopicAdvices": "topic_advice.arrange_topic_advice",
    "TopicDeletion": "topic_deletion.arrange_topic_deletion",
    "TopicTrim": "offset_reset.arrange_trim",
    "OffsetReset": "offset_reset.arrange_offset_reset",
    "LagReport": "lag.arrange_lag",
    "ImpactReport": "impact.arrange_impact",
    "Lint": "lint.arrange_lint",
    "RestartGate": "impact.arrange_gate",
    "ReassignmentPlan": "reassignment.arrange_reassignment",
    "ServeReport": "serve.arrange_serve",
    "Permissions": "permissions.arrange_permissions",
    "ThrottleSweep": "execution.arrange_change",
    "Tour": "audit.arrange_tour",
}
"""Module and function of this package, by result type's name: a result's module loads only when it is shown."""


_TABLES: Mapping[str, str] = {
    "Audit": "audit.table_of_findings",
    "Lint": "lint.table_of_findings",
}
"""Those that people read as paragraphs, as the table that CSV wants."""


def _arrangement(result: object, places: Mapping[str, str] = _ARRANGEMENTS) -> Arrangement | None:
    place = places.get(type(result).__name__)
    if place is None:
        return None
    module, _, function = place.partition(".")
    return getattr(import_module(f"steward.surfaces.views.{module}"), function)


def arrange(answer: Answer[Any], *, wide: bool) -> tuple[Block, ...]:
    """Return the blocks that show an answer's data."""
    return () if answer.data is None else arrange_data(answer.data, wide=wide)


def arrange_for_csv(answer: Answer[Any]) -> tuple[Block, ...]:
    """Return the blocks of which the first table is written as CSV."""
    own = _arrangement(answer.data, _TABLES)
    return own(answer.data, True) if own else arrange(answer, wide=True)


def arrange_data(data: object, *, wide: bool) -> tuple[Block, ...]:
    """Return the blocks that show a result."""
    own = _arrangement(data)
    return own(data, wide) if own else derive(data)
