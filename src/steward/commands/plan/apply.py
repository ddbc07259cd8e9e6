"""``steward apply``: execute a plan by its id or file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from steward.codec import to_plain
from steward.commands.api.context import Context
from steward.commands.api.open_store import open_store
from steward.commands.api.plan_report import planned
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.execution import ConsentParams, execute_saved
from steward.commands.plan.execution_report import ExecutionReport
from steward.commands.plan.plan_cluster import choose_printed_cluster
from steward.commands.plan.saved import ALLOW_PARTIAL
from steward.documents.fault import DocumentError
from steward.documents.files import read_file, read_stdin
from steward.documents.json_text import read_json
from steward.documents.plan import plan_from_plain
from steward.model.change import CHANGE_KINDS
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import ConfigurationError, PlanEdited
from steward.model.plan import Plan

_ID = re.compile(r"[0-9a-f]{4,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyParams(ConsentParams):
    """Which plan, and confirmation."""

    plan: Annotated[
        str,
        Doc(
            "id of a saved plan, or a plan file; - reads standard input",
            positional=True,
            completes=Candidates.PLANS,
        ),
    ]
    allow_partial: Annotated[bool, ALLOW_PARTIAL] = False


@capability(
    "apply",
    effect=Effect.EXECUTE,
    changes=CHANGE_KINDS,
    long=True,
    examples=(
        "steward apply 3f2a91bc",
        "steward apply payments.plan.json --yes",
        "steward apply 3f2a91bc --dry-run",
    ),
)
def apply(params: ApplyParams, context: Context) -> Answer[ExecutionReport]:
    """Execute a plan, by its id or its file, after reading the cluster again and checking policy again.

    A plan for another cluster, an edited plan, or an expired plan is refused. Applying a plan again after it was
    executed sends no request that changes the cluster.
    """
    given = params.plan
    is_id = bool(_ID.fullmatch(given)) and not (context.directory / given).exists()
    read = None if is_id else _handed_over(given, context)
    with open_store(context) as store:
        plan = read or store.plans.find(given)
        choose_printed_cluster(plan, store, context)
        return execute_saved(
            plan,
            store,
            context,
            params,
            allow_partial=params.allow_partial,
            save=read is not None,
        )


def _handed_over(given: str, context: Context) -> Plan:
    if given == "-":
        return _from_bytes(read_stdin(), "standard input")
    return _from_file(context.directory / given, given)


def _from_file(path: Path, given: str) -> Plan:
    try:
        content = read_file(path, given)
    except DocumentError as fault:
        raise ConfigurationError(
            f"cannot read plan {given}: {fault.reason}",
            remedy=Hint("pass a plan's id or file; list plans: ", steward("plan list")),
        ) from None
    return _from_bytes(content, given)


def _from_bytes(content: bytes, place: str) -> Plan:
    """Read a plan: a saved one, or the envelope printed by a planning command with ``-o json``."""
    found: Any = read_json(content, place)
    data: Any = found.get("data") if isinstance(found, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if not isinstance(data, Mapping) or "document" not in data:
        return plan_from_plain(found, place)
    shown: Any = data  # pyright: ignore[reportUnknownVariableType]
    plan = plan_from_plain(shown["document"], place)
    steps, _ = to_plain(tuple(planned(step) for step in plan.steps))
    if shown.get("id") != plan.id or _identity(shown.get("steps")) != _identity(steps):
        raise PlanEdited(
            f"{place} was edited: its steps differ from plan {plan.id}",
            remedy="change the manifests instead, and plan again",
        )
    return plan


def _identity(steps: Any) -> Any:
    """Return the fields that identify steps; risk and effects depend on when they were shown."""
    try:
        return [[step[key] for key in ("kind", "object", "before", "after")] for step in steps]
    except (KeyError, TypeError):
        return None


CAPABILITIES: tuple[Capability, ...] = (apply,)
