"""Joining an executor to a real cluster and the store."""

from collections.abc import Callable

from steward.cluster.change import connect_changer
from steward.cluster.ports import Observer, Progress
from steward.executing.executor import Executor
from steward.executing.journal import Journal
from steward.executing.turn import Turn
from steward.model.change import UpsertScram
from steward.model.connection import Connection, Secret
from steward.model.plan import Plan
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
) -> Executor:
    """Return who carries out a plan on the cluster of a connection; the connection is opened at the first change."""
    return Executor(
        observer=observer,
        changer=lambda: connect_changer(connection),
        journal=journal,
        turn=Turn(store.leases, plan.cluster_id, now_ms),
        passwords=passwords,
        progress=progress,
    )
