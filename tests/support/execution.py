"""One execution of one plan against a cluster on file, as a process of its own that a test can have killed.

Called as ``python -m support.execution DIRECTORY KILL_AT``: DIRECTORY holds ``cluster``, ``plan.json`` and the store.
"""

import json
import sys
from pathlib import Path
from typing import Any

from steward.change.execution.executor import Executor, ExecutorRun
from steward.change.execution.journal import Journal
from steward.change.execution.lease import ExecutionLease
from steward.documents.plan import plan_from_plain, plan_to_plain
from steward.model.connection import Secret
from steward.model.plan import GuardDecision, Plan, Ruling
from steward.store.leases import FencingToken
from steward.store.open import Store, open_store
from steward.store.plans import Plans
from support.cluster_on_file import ClusterOnFile, KillSwitch

ALLOW = GuardDecision(ruling=Ruling.ALLOW)
NOW_MS = 1_700_000_000_000


class KilledPlans(Plans):
    """Passes a kill point before and after every line of the journal."""

    switch: KillSwitch

    def write(self, plan_id: str, entries: Any, fence: FencingToken) -> None:
        self.switch.point()
        super().write(plan_id, entries, fence)
        self.switch.point()


def store_at(directory: Path) -> Store:
    return open_store(Secret(f"sqlite:///{directory}/steward.db"))


def executor(cluster: ClusterOnFile, store: Store, plan: Plan, **other: Any) -> Executor:
    """Make an executor whose time is its own: waiting costs nothing."""
    ticks = iter(range(1_000_000))
    given: dict[str, Any] = {
        "observer": cluster,
        "changer": lambda: cluster,
        "journal": Journal(store.plans, plan, actor="me", origin="here", now_ms=lambda: NOW_MS),
        "lease": ExecutionLease(store.leases, plan.cluster_id, plan.id),
        "passwords": lambda _: Secret("hush"),
        "sleep": lambda _: None,
        "clock": lambda: float(next(ticks)),
    }
    return Executor(**{**given, **other})


def execute(directory: Path, switch: KillSwitch) -> ExecutorRun:
    plan = plan_from_plain(json.loads((directory / "plan.json").read_text()), "plan.json")
    cluster = ClusterOnFile(directory / "cluster", switch)
    with store_at(directory) as store:
        plans: Any = store.plans
        plans.__class__ = KilledPlans
        plans.switch = switch
        return executor(cluster, store, plan).run(plan, lambda *_: ALLOW, approved=False)


def prepare(directory: Path, plan: Plan, snapshot: Any) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "plan.json").write_text(json.dumps(plan_to_plain(plan)))
    ClusterOnFile(directory / "cluster").snapshot = snapshot


if __name__ == "__main__":
    execute(Path(sys.argv[1]), KillSwitch(int(sys.argv[2])))
