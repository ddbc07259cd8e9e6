"""``steward plan list``: list saved plans and their outcomes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.context import Context
from steward.commands.api.open_store import configuration_warnings, named_clusters, open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    Notice,
    capability,
)
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.plan import INTERRUPTED, RUNNING

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from steward.store.plans import PlanHead


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanListParams:
    """Which plans; --cluster NAME keeps those of one cluster."""

    limit: Annotated[int, Doc("how many at most, the newest", unit="plans")] = 50
    dry_runs: Annotated[bool, Doc("list also plans that only a --dry-run made")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHeadRow:
    """Summary of a saved plan."""

    id: str
    title: str
    created_at: Instant
    expires_at: Annotated[Instant, Doc("expiry; not executed after it", wide=True)]
    made_by: str
    outcome: Annotated[
        str,
        Doc(
            "last outcome: done, partly, failed, stale, interrupted; damaged: it cannot be read; "
            "running: its moves are in progress; "
            "empty: never executed"
        ),
    ]
    cluster: Annotated[
        str, Doc("the cluster that it was made for: its name where that is known, else its id")
    ]
    cluster_id: Annotated[str, Doc("the id of that cluster", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanList:
    """Plans, the newest first."""

    plans: tuple[PlanHeadRow, ...]


@capability(
    "plan.list",
    is_list=True,
    needs_cluster=False,
    examples=(
        "steward plan list",
        "steward plan list --cluster prod --limit 5",
        "steward plan list --dry-runs",
    ),
)
def list_plans(params: PlanListParams, context: Context) -> Answer[PlanList]:
    """List the saved plans, and how each ended.

    Plans of all clusters are listed, or with --cluster NAME those of one. What a --dry-run made is left out.
    """
    from steward.change.execution.control import runs_in

    with open_store(context) as store:
        clusters = named_clusters(context, store)
        heads = store.plans.heads(
            params.limit,
            clusters=clusters.ids,
            other_clusters=clusters.others,
            dry_runs=params.dry_runs,
        )
        names = store.clusters.names()
        running = {
            h.id
            for h in heads
            if h.outcome == INTERRUPTED and runs_in(store.controls, store.leases, h.id, h.cluster)
        }
    rows = tuple(
        PlanHeadRow(
            id=h.id,
            title=h.title,
            created_at=h.created_at,
            expires_at=h.expires_at,
            made_by=h.made_by,
            outcome=RUNNING if h.id in running else h.outcome,
            cluster=names.get(h.cluster, h.cluster),
            cluster_id=h.cluster,
        )
        for h in heads
    )
    return Answer(
        data=PlanList(plans=rows),
        observed_at=Instant(context.now_ms()),
        warnings=(*configuration_warnings(context), *clusters.warnings, *_damaged(heads)),
    )


def _damaged(heads: Iterable["PlanHead"]) -> Iterator[Notice]:
    """Warn about each plan that cannot be read; the others are listed."""
    from steward.store.plans import DAMAGED_OUTCOME

    for head in heads:
        if head.outcome == DAMAGED_OUTCOME:
            yield Notice(
                code="damaged",
                message=f"plan {head.id} is damaged in the store and cannot be read",
                object=head.id,
                remedy="create the plan again",
            )


CAPABILITIES: tuple[Capability, ...] = (list_plans,)
