"""``steward plan break-lease``: show the execution lease of a cluster, and break it where its holder is stuck."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.context import Context
from steward.commands.api.current_user import current_user, origin_of
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.open_store import configuration_warnings, open_store
from steward.commands.api.registry import (
    Answer,
    Capability,
    ClusterName,
    Effect,
    Notice,
    Outcome,
    capability,
)
from steward.model.connection import Environment
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.snapshot import Part

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from steward.store.leases import Lease
    from steward.store.open import Store

LEASE_BROKEN = "lease_broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakLeaseParams:
    """Confirmation."""

    yes: Annotated[bool, Doc("break it without asking, outside production", short="y")] = False
    confirm: Annotated[str, Doc("the cluster's name: required in production", metavar="NAME")] = ""
    dry_run: Annotated[bool, Doc("only show the lease and its holder")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterLease:
    """The lease of a cluster; times are those of the store's clock."""

    holder: Annotated[str, Doc("host, process id and start time; empty: not held")]
    plan_id: Annotated[str, Doc("the plan that it executes")]
    since: Instant | None
    renewed_at: Annotated[Instant | None, Doc("last renewal")]
    expires_at: Annotated[Instant | None, Doc("expiry, unless renewed")]
    expired: bool
    process_ended: Annotated[bool, Doc("the holder's process has verifiably ended")]
    broken: Annotated[bool, Doc("the lease was broken now")]


@capability(
    "plan.break-lease",
    effect=Effect.PLAN,
    parts=(Part.IDENTITY,),
    examples=(
        "steward plan break-lease --dry-run",
        "steward plan break-lease --yes",
        "steward plan break-lease --cluster prod --confirm prod",
    ),
)
def break_lease(params: BreakLeaseParams, context: Context) -> Answer[ClusterLease]:
    """Break the execution lease of a holder that is stuck.

    Shows the holder, since when it holds the lease, and the last renewal. A holder that comes back is refused every
    further write and stops before its next request; a request already sent may still take effect. A lease that is not
    renewed expires after two minutes, or at once where its process has verifiably ended on this machine.
    """
    from steward.change.execution.lease import lease_name

    cluster_id = seen_or_fault(context.observe(frozenset({Part.IDENTITY})).identity).cluster_id
    with open_store(context) as store:
        lease = store.leases.find(lease_name(cluster_id))
        missing = _missing(params, context) if lease is not None and not params.dry_run else None
        broken = (
            lease is not None
            and not params.dry_run
            and missing is None
            and _broken(lease, cluster_id, store, context)
        )
    return Answer(
        data=_shown(lease, broken=broken),
        cluster=ClusterName(id=cluster_id or None, name=context.named_profile[0]),
        observed_at=Instant(context.now_ms()),
        warnings=configuration_warnings(context),
        errors=(missing,) if missing else (),
        outcome=Outcome.REFUSED if missing else Outcome.DONE,
    )


def _missing(params: BreakLeaseParams, context: Context) -> Notice | None:
    """Return what is missing before the lease is broken; None: nothing."""
    name, profile = context.named_profile
    in_production = profile.environment == Environment.PRODUCTION
    if params.confirm == name or (params.yes and not params.confirm and not in_production):
        return None
    wanted = f"--confirm {name}" if in_production or params.confirm else "--yes"
    return Notice(
        code="not_confirmed",
        message="lease not broken: confirmation required",
        object=f"cluster {name}",
        remedy=f"make sure that its holder is stuck, then pass {wanted}",
    )


def _broken(lease: "Lease", cluster_id: str, store: "Store", context: Context) -> bool:
    """Break a lease and log it in the audit log; False where its holder released it meanwhile."""
    from steward.store.plans import AuditEntry

    if not store.leases.revoke(lease.fence):
        return False
    store.plans.audit(
        AuditEntry(
            at=Instant(context.now_ms()),
            cluster=cluster_id,
            actor=current_user(),
            origin=origin_of(context),
            plan_id=lease.purpose,
            event=LEASE_BROKEN,
            detail=f"held by {lease.run} since {lease.since}, last renewed {lease.renewed}",
        )
    )
    return True


def _shown(lease: "Lease | None", *, broken: bool) -> ClusterLease:
    from steward.change.execution.lease_holder import has_ended

    return ClusterLease(
        holder=lease.holder.name if lease else "",
        plan_id=lease.purpose if lease else "",
        since=lease.since if lease else None,
        renewed_at=lease.renewed if lease else None,
        expires_at=lease.until if lease else None,
        expired=lease is not None and lease.is_over,
        process_ended=lease is not None and has_ended(lease.holder),
        broken=broken,
    )


CAPABILITIES: tuple[Capability, ...] = (break_lease,)
