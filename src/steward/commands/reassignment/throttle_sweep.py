"""``steward reassignment throttle sweep``: remove throttles that steward left and no reassignment needs."""

from dataclasses import dataclass
from typing import Annotated

from steward.analysis.rebalance.throttles.leftover import (
    SweepInput,
    gone_since,
    sweep,
)
from steward.cluster.ports import EVERYTHING
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.open_store import open_store
from steward.commands.api.plan_report import PlanReport
from steward.commands.api.registry import Answer, Capability, Effect, Outcome, capability
from steward.commands.plan.change_command import plan_fields, source_of
from steward.commands.plan.create import PlanRequest, create_plan
from steward.commands.plan.execution import confirm_and_report
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.reassignment.throttles import (
    PARTS,
    ThrottleRow,
    brokers_down,
    sweep_input,
    throttle_rows,
)
from steward.model.change import ConfigTarget
from steward.model.doc import Doc
from steward.model.finding import ObjectRef
from steward.model.plan import Remaining
from steward.model.snapshot import ClusterSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleSweepParams(ConsentParams):
    """Which throttles to remove, and confirmation."""

    all: Annotated[
        bool,
        Doc("also throttles that steward did not set, if no reassignment in progress needs them"),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleSweep(ChangeReport):
    """The plan that removes orphans, and its result."""

    throttles: Annotated[tuple[ThrottleRow, ...], Doc("every throttle, before the change")] = ()


@capability(
    "reassignment.throttle.sweep",
    effect=Effect.EXECUTE,
    parts=PARTS,
    changes=(ConfigTarget.TOPIC, ConfigTarget.BROKER),
    examples=(
        "steward reassignment throttle sweep --dry-run",
        "steward reassignment throttle sweep --yes",
        "steward reassignment throttle sweep --all --yes",
    ),
)
def sweep_throttles(params: ThrottleSweepParams, context: Context) -> Answer[ThrottleSweep]:
    """Remove throttles that steward left and no reassignment needs.

    Values that an operator had set before are restored. Moves in progress keep their throttle. Throttles that others
    set stay, unless --all is given. A broker that is down is skipped: its pending removal stays in the journal, and the
    next sweep, or the next execution that moves data, completes it.
    """
    first: list[SweepInput] = []

    def wanted(seen: ClusterSnapshot) -> PlanRequest:
        inputs = sweep_input(seen, context)
        first.append(inputs)
        return PlanRequest(
            title="remove throttles that no reassignment needs",
            source=source_of("reassignment", "throttle", "sweep", "--all" if params.all else ""),
            changes=sweep(inputs, others_too=params.all),
            remaining=_remaining(inputs),
        )

    made = create_plan(
        context, wanted, first=(frozenset(PARTS), EVERYTHING), dry_run=params.dry_run
    )
    rows = throttle_rows(first[0])

    def extended(report: PlanReport) -> ThrottleSweep:
        return ThrottleSweep(**plan_fields(report), throttles=rows)

    answered = confirm_and_report(made, context, params, extended)
    if answered.outcome is Outcome.DONE and not params.dry_run:
        _delete_completed(context)
    return answered


def _delete_completed(context: Context) -> None:
    """Delete journal entries of throttles that no longer exist, unless another process is changing the cluster."""
    from steward.change.execution.lease import ExecutionLease

    seen = context.observe(frozenset(PARTS), EVERYTHING)
    gone = gone_since(sweep_input(seen, context))
    if not gone:
        return
    cluster_id = seen_or_fault(seen.identity).cluster_id
    with open_store(context) as store:
        turn = ExecutionLease(store.leases, cluster_id)
        if turn.take() is not None:
            return  # the next sweep, or the next execution that moves data, deletes it
        try:
            store.throttles.write(cluster_id, turn.fence, drop=gone)
        finally:
            turn.give_back()


def _remaining(inputs: SweepInput) -> tuple[Remaining, ...]:
    return tuple(
        Remaining(
            object=ObjectRef("broker", h.name),
            reason=f"{h.key} of plan {h.plan_id} is still set, and the broker does not respond",
            remedy="sweep again when the broker is back",
        )
        for h in brokers_down(inputs)
    )


CAPABILITIES: tuple[Capability, ...] = (sweep_throttles,)
