"""Carrying out plans on a live sandbox, as the product does, with a store of its own."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steward.change.execution.executor import Executor
from steward.change.execution.journal import Journal
from steward.change.execution.observation_scope import plan_scope
from steward.change.execution.open_executor import executor_for
from steward.change.planning.build import make_plan, unexecuted
from steward.cluster.observer import connect
from steward.model.change import Change, UpsertScram
from steward.model.connection import Connection, Secret
from steward.model.instant import Instant
from steward.model.plan import Execution, GuardDecision, Plan, Ruling
from steward.sandbox.tools import run_tool
from steward.store.open import Store, open_store

ALLOW = GuardDecision(ruling=Ruling.ALLOW)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class LiveExecution:
    """Plans and carries out changes of one sandbox."""

    sandbox: str
    connection: Connection
    folder: Path
    passwords: Mapping[str, str]

    def plan(self, *changes: Change, ordered: bool = False) -> Plan:
        with connect(self.connection) as observer:
            snapshot = observer.observe(*plan_scope(changes))
        plan = make_plan(
            changes,
            snapshot,
            title="t",
            made_by="me",
            source="test",
            now=Instant(now_ms()),
            ordered=ordered,
        )
        assert plan.impossible == ()
        with store_in(self.folder) as store:  # what was executed before has an id of its own
            return unexecuted(plan, store.plans.begun)

    @contextmanager
    def executor(self, plan: Plan) -> Iterator[Executor]:
        with store_in(self.folder) as store, connect(self.connection) as observer:
            store.plans.save(plan)
            yield executor_for(
                plan,
                store=store,
                observer=observer,
                connection=self.connection,
                journal=Journal(store.plans, plan, actor="me", origin="test", now_ms=now_ms),
                passwords=self._password,
                progress=lambda _: None,
                now_ms=now_ms,
            )

    def _password(self, change: UpsertScram) -> Secret:
        return Secret(self.passwords[change.user])

    def run(self, plan: Plan) -> Execution:
        with self.executor(plan) as executor:
            return executor.run(plan, lambda *_: ALLOW, approved=True).execution

    def carry_out(self, *changes: Change, ordered: bool = False) -> Execution:
        """Plan and carry out changes; all have to be done."""
        execution = self.run(self.plan(*changes, ordered=ordered))
        bad = [
            (r.index, r.status.value, r.detail)
            for r in execution.results
            if r.status.value != "done"
        ]
        assert not bad, bad
        return execution

    def tool(self, name: str, *words: str) -> str:
        """Run one of Kafka's tools and return what it says."""
        ran = run_tool(self.sandbox, name, words)
        assert ran.returncode == 0, (name, words, ran.stdout, ran.stderr)
        return ran.stdout

    def seen(self, change: Change) -> Any:
        """Return the state of a change's object as it is now."""
        from support.changes_seen import state_of

        with connect(self.connection) as observer:
            return state_of(change, observer.observe(*plan_scope([change])))


def store_in(folder: Path) -> Store:
    return open_store(Secret(f"sqlite:///{folder}/steward.db"))
