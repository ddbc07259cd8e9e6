"""The audit log as a whole: who changed, or wanted to change, which cluster, when, from where, and how it went."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings, open_store
from steward.commands.api.registry import Answer, Capability, Notice, capability
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.offset_target import time_of

_TIMES = "a day, RFC 3339, epoch seconds, or a span before now"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAuditParams:
    """Which lines: those that fit all that is given."""

    since: Annotated[str, Doc(f"lines from then on: {_TIMES}, such as 7d", metavar="TIME")] = ""
    until: Annotated[str, Doc("lines before then", metavar="TIME")] = ""
    actor: Annotated[str, Doc("lines of this person", metavar="NAME")] = ""
    event: Annotated[
        tuple[str, ...],
        Doc("only started, refused, done, partly, failed, stale, restore_card ...", metavar="EVENT", commas=True),
    ] = ()  # fmt: skip
    cluster_id: Annotated[str, Doc("lines about this cluster", metavar="ID")] = ""
    plan: Annotated[str, Doc("lines about the plan whose id begins so", metavar="ID")] = ""
    limit: Annotated[int, Doc("how many lines at most, the newest; 0: all")] = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of the audit log."""

    at: Instant
    event: Annotated[str, Doc("started, refused, how it ended, or what was kept")]
    actor: Annotated[str, Doc("who")]
    origin: Annotated[str, Doc("by which surface, on which machine")]
    cluster_id: Annotated[str, Doc("the cluster that it is about")]
    plan_id: Annotated[str, Doc("the plan that it is about; empty: none")]
    detail: Annotated[str, Doc("the guard's decision, the result, or the card that was kept")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """Lines of the audit log, oldest first."""

    lines: tuple[AuditLine, ...]


@capability(
    "plan.audit",
    needs_cluster=False,
    examples=(
        "steward plan audit --since 7d",
        "steward plan audit --event refused --actor alice",
        "steward plan audit --since 2026-11-01 --until 2026-12-01 --limit 0 -o csv > november.csv",
    ),
)
def audit_log(params: PlanAuditParams, context: Context) -> Answer[AuditLog]:
    """Show the audit log: every execution and every refusal, by whom, from where, and how it went.

    The log is only ever appended to; no command of steward changes or removes a line.
    """
    if params.limit < 0:
        raise UsageError("--limit is below 0", remedy="write --limit 0 for all lines")
    from steward.store.plans import AuditQuery  # SQLAlchemy is imported only by work that needs it

    query = AuditQuery(
        since_ms=_time(params.since, context),
        until_ms=_time(params.until, context),
        actor=params.actor,
        events=params.event,
        cluster=params.cluster_id,
        plan=params.plan,
        limit=params.limit + 1 if params.limit else 0,
    )
    with open_store(context) as store:
        found = store.plans.audit_log(query)
    older = bool(params.limit) and len(found) > params.limit
    lines = tuple(
        AuditLine(
            at=e.at,
            event=e.event,
            actor=e.actor,
            origin=e.origin,
            cluster_id=e.cluster,
            plan_id=e.plan_id,
            detail=e.detail,
        )
        for e in (found[1:] if older else found)
    )
    return Answer(
        data=AuditLog(lines=lines),
        observed_at=Instant(context.now_ms()),
        warnings=(*configuration_warnings(context), *((_older(params.limit),) if older else ())),
    )


def _time(text: str, context: Context) -> int | None:
    """Read a time; a bare span, such as 7d, is before now, as everywhere.

    Errors: UsageError.
    """
    if not text:
        return None
    is_span = text[:1].isdigit() and text[-1:] in "smhdw"
    return time_of(f"-{text}" if is_span else text.removeprefix("@"), Instant(context.now_ms()))


def _older(limit: int) -> Notice:
    return Notice(
        code="older_lines",
        message=f"these are the newest {limit} lines: there are older ones",
        remedy="--limit 0 shows all",
    )


CAPABILITIES: tuple[Capability, ...] = (audit_log,)
