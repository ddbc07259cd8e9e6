"""Find the layout of a result by its type; results without one are laid out from their fields."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from steward.commands.api.registry import Answer
from steward.interfaces.views.blocks import Block, derive

Arrangement = Callable[[Any, bool], tuple[Block, ...]]
"""From a result, and whether wide output is requested, to blocks."""


_VIEWS: Mapping[str, str] = {
    "steward.analysis.diagnosis.decide": "diagnosis",
    "steward.commands.api.plan_report": "plan",
    "steward.commands.backup.translate_offsets": "offset_reset",
    "steward.commands.broker.capacity_forecast": "capacity",
    "steward.commands.broker.impact": "impact",
    "steward.commands.broker.restart_gate": "impact",
    "steward.commands.check.audit": "audit",
    "steward.commands.cluster.permissions": "permissions",
    "steward.commands.daemon.serve": "serve",
    "steward.commands.group.offsets": "offset_reset",
    "steward.commands.lag.lag": "lag",
    "steward.commands.log.verify": "log_verification",
    "steward.commands.manifests.lint": "lint",
    "steward.commands.plan.cancel_moves": "cancellation",
    "steward.commands.plan.execution_report": "execution",
    "steward.commands.quota.advise": "quota",
    "steward.commands.quota.describe": "quota",
    "steward.commands.quota.usage": "quota",
    "steward.commands.reassignment.report": "reassignment",
    "steward.commands.sandbox.demo": "tour",
    "steward.commands.sandbox.scenario": "scenario",
    "steward.commands.topic.advise": "topic_advice",
    "steward.commands.topic.delete": "topic_deletion",
    "steward.commands.topic.trim": "offset_reset",
}
"""By the module that defines a result: the module of this package to load when one is shown. Its ``ARRANGEMENTS``
and ``TABLES`` map types to layouts.
"""


def arrangement_of(result: type[Any], of: str = "ARRANGEMENTS") -> Arrangement | None:
    """Return the layout of a result type, or of the nearest base type; None where it is derived."""
    for cls in result.__mro__:
        place = _VIEWS.get(cls.__module__)
        if place is None:
            continue
        views = import_module(f"steward.interfaces.views.{place}")
        known: Mapping[type[Any], Arrangement] = getattr(views, of, {})
        if cls in known:
            return known[cls]
    return None


def arrange(answer: Answer[Any], *, wide: bool) -> tuple[Block, ...]:
    """Return the blocks that show an answer's data."""
    return () if answer.data is None else arrange_data(answer.data, wide=wide)


def arrange_for_csv(answer: Answer[Any]) -> tuple[Block, ...]:
    """Return the blocks whose first table is written as CSV."""
    data: object = answer.data
    own = arrangement_of(type(data), "TABLES")
    return own(answer.data, True) if own else arrange(answer, wide=True)


def arrange_data(data: object, *, wide: bool) -> tuple[Block, ...]:
    """Return the blocks that show a result."""
    own = arrangement_of(type(data))
    return own(data, wide) if own else derive(data)
