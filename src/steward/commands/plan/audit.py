"""``steward plan audit``: the audit log: who changed which cluster, when, from where, and the result."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.context import Context
from steward.commands.api.open_store import (
    ClusterFilter,
    configuration_warnings,
    named_clusters,
    open_store,
)
from steward.commands.api.registry import Answer, Capability, Notice, capability
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.instant import Instant
from steward.model.offset_target import time_of

if TYPE_CHECKING:  # SQLAlchemy is imported only by work that needs it
    from steward.store.plans import AuditQuery

_TIMES = "a day, RFC 3339, epoch seconds, or a span before now"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAuditParams:
    """Which lines: those that fit all that is given; --cluster NAME keeps those about one cluster."""

    since: Annotated[
        str, Doc(f"entries from this time on: {_TIMES}, such as 7d", metavar="TIME")
    ] = ""
    until: Annotated[str, Doc("entries before this time", metavar="TIME")] = ""
    actor: Annotated[str, Doc("entries of this user", metavar="NAME")] = ""
    event: Annotated[
        tuple[str, ...],
        Doc("only started, refused, done, partly, failed, stale, restore_card ...", metavar="EVENT", commas=True),
    ] = ()  # fmt: skip
    cluster_id: Annotated[str, Doc("entries about the cluster with this id", metavar="ID")] = ""
    plan: Annotated[
        str,
        Doc(
            "entries about the plan with this id or prefix",
            metavar="ID",
            completes=Candidates.PLANS,
        ),
    ] = ""
    limit: Annotated[int, Doc("maximum number of entries, the newest; 0: all", unit="entries")] = (
        200
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One entry of the audit log."""

    at: Instant
    event: Annotated[str, Doc("started, refused, the outcome, or what was saved")]
    actor: Annotated[str, Doc("who")]
    origin: Annotated[str, Doc("by which surface, on which machine")]
    cluster: Annotated[
        str, Doc("the cluster that it is about: its name where that is known, else its id")
    ]
    cluster_id: Annotated[str, Doc("the id of that cluster", wide=True)]
    plan_id: Annotated[str, Doc("the plan that it is about; empty: none")]
    detail: Annotated[str, Doc("the guard's decision, the result, or the card that was kept")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """Entries of the audit log, oldest first."""

    lines: tuple[AuditLine, ...]


@capability(
    "plan.audit",
    needs_cluster=False,
    examples=(
        "steward plan audit --since 7d",
        "steward plan audit --event refused --actor alice",
        "steward plan audit --cluster prod",
        "steward plan audit --since 2026-11-01 --until 2026-12-01 --limit 0 -o csv > november.csv",
    ),
)
def audit_log(params: PlanAuditParams, context: Context) -> Answer[AuditLog]:
    """Show the audit log: every execution and every refusal, by whom, from where, and the result.

    The log is append-only: no steward command changes or deletes an entry.
    """
    if params.limit < 0:
        raise UsageError("--limit is below 0", remedy="pass --limit 0 for all entries")
    with open_store(context) as store:
        clusters = named_clusters(context, store)
        found = store.plans.audit_log(_query(params, context, clusters))
        names = store.clusters.names()
    older = bool(params.limit) and len(found) > params.limit
    lines = tuple(
        AuditLine(
            at=e.at,
            event=e.event,
            actor=e.actor,
            origin=e.origin,
            cluster=names.get(e.cluster, e.cluster),
            cluster_id=e.cluster,
            plan_id=e.plan_id,
            detail=e.detail,
        )
        for e in (found[1:] if older else found)
    )
    return Answer(
        data=AuditLog(lines=lines),
        observed_at=Instant(context.now_ms()),
        warnings=(
            *configuration_warnings(context),
            *clusters.warnings,
            *((_older(params.limit),) if older else ()),
        ),
    )


def _query(params: PlanAuditParams, context: Context, clusters: ClusterFilter) -> "AuditQuery":
    from steward.store.plans import AuditQuery

    return AuditQuery(
        since_ms=_time(params.since, context),
        until_ms=_time(params.until, context),
        actor=params.actor,
        events=params.event,
        cluster=params.cluster_id,
        clusters=clusters.ids,
        other_clusters=clusters.others,
        plan=params.plan,
        limit=params.limit + 1 if params.limit else 0,
    )


def _time(text: str, context: Context) -> int | None:
    """Parse a time; a duration, such as 7d, means before now.

    Errors: UsageError.
    """
    if not text:
        return None
    is_span = text[:1].isdigit() and text[-1:] in "smhdw"
    return time_of(f"-{text}" if is_span else text.removeprefix("@"), Instant(context.now_ms()))


def _older(limit: int) -> Notice:
    return Notice(
        code="older_lines",
        message=f"these are the newest {limit} entries: there are older ones",
        remedy="--limit 0 shows all",
    )


CAPABILITIES: tuple[Capability, ...] = (audit_log,)
