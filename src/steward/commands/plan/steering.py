"""Control of running moves: pause, cancel, progress."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from steward.model.doc import Candidates, Doc
from steward.model.instant import Instant
from steward.model.plan import Plan

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from steward.store.open import Store

PLAN_ID = Doc("the plan's id, or its first characters", positional=True, completes=Candidates.PLANS)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveReport:
    """Progress of a plan's moves, as last reported by the process that executes it."""

    at: Annotated[Instant, Doc("time of the report")]
    carried_out_by: Annotated[str, Doc("host, process and run; empty: none now")]
    wanted: Annotated[str, Doc("go, pause or cancel")]
    bytes_done: int
    bytes_left: int
    moves_done: int
    moves_in_flight: int
    moves_left: int
    bytes_per_second: Annotated[float | None, Doc("measured over the last minute")]
    throttle_bytes_per_second: Annotated[
        int | None, Doc("lowest throttle rate set on a broker now; null: none")
    ]
    eta_seconds: Annotated[float | None, Doc("until all moves finish, at the measured rate")]
    paused_because: str
    stalled: Annotated[tuple[str, ...], Doc("partitions whose copies make no progress")]


def move_report(plan: Plan, store: "Store") -> MoveReport | None:
    """Return the progress of a plan's moves; None where none ever started.

    Errors: StoreUnavailable.
    """
    from steward.change.execution.control import runs_in

    progress, control = store.controls.progress(plan.id), store.controls.find(plan.id)
    if progress is None:
        return None
    body: Mapping[str, Any] = progress.body
    rates = [
        int(h.ours[-1])
        for h in store.throttles.held(plan.cluster_id)
        if h.plan_id == plan.id and not h.item and h.ours
    ]
    return MoveReport(
        at=progress.at,
        carried_out_by=runs_in(store.controls, store.leases, plan.id, plan.cluster_id) or "",
        wanted=control.wanted if control else "",
        bytes_done=body["bytes_done"],
        bytes_left=body["bytes_left"],
        moves_done=body["done"],
        moves_in_flight=body["in_flight"],
        moves_left=body["left"],
        bytes_per_second=body["rate"],
        throttle_bytes_per_second=min(rates, default=None),
        eta_seconds=body["eta_seconds"],
        paused_because=body["paused_because"],
        stalled=tuple(body["stalled"]),
    )
