"""Connects an executor to a real cluster and the store."""

from collections.abc import Callable

from steward.change.execution.control import CANCEL, GO, ProgressWriter, RunControl
from steward.change.execution.executor import Executor
from steward.change.execution.journal import Journal
from steward.change.execution.lease import ExecutionLease
from steward.change.execution.moves.dependencies import MoverDependencies
from steward.change.execution.restore.changer import RestoringChanger
from steward.change.execution.restore.topic_restore import TopicRestore
from steward.change.execution.throttles.ledger import ThrottleLedger
from steward.change.execution.throttles.pacing import PaceControl
from steward.change.execution.throttles.throttling import Throttling
from steward.change.execution.throttles.write_rates import WriteRates
from steward.cluster.change import connect_changer
from steward.cluster.ports import Changer, Observer, Progress
from steward.model.change import ReassignPartition, UpsertScram
from steward.model.connection import Connection, Secret
from steward.model.plan import Plan
from steward.store.leases import FencingToken
from steward.store.open import Store


def executor_for(
    plan: Plan,
    *,
    store: Store,
    observer: Observer,
    connection: Connection,
    journal: Journal,
    passwords: Callable[[UpsertScram], Secret],
    progress: Progress,
    now_ms: Callable[[], int],
    calls_off: bool = False,
) -> Executor:
    """Return the executor for a connection's cluster; it connects at the first change.

    With ``calls_off`` its moves are reverted.
    """
    lease = ExecutionLease(store.leases, plan.cluster_id, plan.id)
    first = CANCEL if calls_off else GO
    dependencies = MoverDependencies(
        throttles=lambda changer: throttling_for(
            plan, store, observer, changer, progress, lease.fence
        ),
        control=RunControl(
            controls=store.controls, plan_id=plan.id, lease=lease, now_ms=now_ms, first=first
        ),
        sink=ProgressWriter(controls=store.controls, plan_id=plan.id, lease=lease, now_ms=now_ms),
    )
    return Executor(
        observer=observer,
        changer=lambda: RestoringChanger(
            connect_changer(connection),
            TopicRestore(connection=connection, renew=lease.renew, progress=progress),
        ),
        journal=journal,
        lease=lease,
        passwords=passwords,
        progress=progress,
        dependencies=dependencies,
    )


def throttling_for(
    plan: Plan,
    store: Store,
    observer: Observer,
    changer: Changer,
    progress: Progress,
    fence: FencingToken,
) -> Throttling:
    """Return the throttles of a plan's moves; they also remove what earlier plans left pending on the cluster.

    Errors: StoreUnavailable.
    """
    changes = (step.change for step in plan.steps)
    moved = frozenset(c.partition.topic for c in changes if isinstance(c, ReassignPartition))
    return Throttling(
        plan_id=plan.id,
        rate_limit=plan.rate_bytes_per_second,
        observer=observer,
        changer=changer,
        ledger=ThrottleLedger(store.throttles, plan.cluster_id, fence),
        written=WriteRates(observer=observer, topics=moved),
        pacing=PaceControl(observer=observer),
        progress=progress,
    )
