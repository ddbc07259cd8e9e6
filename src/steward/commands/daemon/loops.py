"""The daemon's loops besides polling: drift and quarantines, wired to manifests, policy, store and executor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from steward.cluster.ports import Observer
from steward.commands.api.context import Context, target_of
from steward.commands.api.current_user import current_user, origin_of
from steward.commands.api.manifest_files import sources
from steward.commands.plan.policy import guard_policy
from steward.model.command import ClusterTarget
from steward.model.connection import Connection
from steward.model.drift import DriftModes
from steward.model.plan import Plan
from steward.settings.connecting import connection_of
from steward.settings.drift import drift_settings
from steward.settings.shapes import DriftSetting, Profile

if TYPE_CHECKING:  # manifests, the database and the executor: imported only when the daemon runs
    from steward.analysis.alerting.facts import TickFacts
    from steward.change.execution.executor import ExecutorRun, PlanJudge
    from steward.change.guard.policy import Policy
    from steward.change.manifests.reading import Manifests
    from steward.daemon.drift.enforce import Enforcer
    from steward.daemon.drift.loop import DriftWatch
    from steward.daemon.quarantine import QuarantineWatch
    from steward.store.open import Store

Notify = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class Loops:
    """The loops besides the collectors."""

    drifts: "tuple[DriftWatch, ...]"
    quarantines: "tuple[QuarantineWatch, ...]"

    def with_loop_facts(self, cluster: str, facts: "TickFacts") -> "TickFacts":
        """Add the state of these loops to the facts of a cluster poll, unless the cluster was replaced."""
        from steward.analysis.alerting.facts import DriftFacts
        from steward.model.unknown import NOT_REQUESTED

        states = [d.state for d in self.drifts if d.state.cluster == cluster]
        seen = [s for s in states if s.is_of(facts.cluster_id)]
        own = [q.troubles_of(facts.cluster_id) for q in self.quarantines if q.cluster == cluster]
        return replace(
            facts,
            drift=DriftFacts(
                troubles=tuple(t for s in seen for t in s.troubles),
                unseen=next(
                    (s.unseen for s in seen if s.unseen is not None),
                    None if len(seen) == len(states) else NOT_REQUESTED,
                ),
            ),
            quarantines_over=own[0] if own else (),
        )


def loops_of(
    context: Context, served: Mapping[str, Profile], store: "Store", tell: Notify
) -> Loops:  # fmt: skip
    """Return the loops: for drift one per served entry of [[drift]], for quarantines one per cluster.

    Errors: ConfigurationError; manifests that cannot be read are no error at this point.
    """
    ends = {name: _End(context, name, profile, store) for name, profile in served.items()}
    return Loops(
        drifts=tuple(
            _drift(ends[entry.cluster], entry, modes, tell)
            for entry, modes in drift_settings(context.settings)
            if entry.cluster in served
        ),
        quarantines=tuple(_quarantine(end, tell) for end in ends.values()),
    )


@dataclass(frozen=True)
class _End:
    """One cluster as these loops reach, evaluate and change it."""

    context: Context
    name: str
    profile: Profile
    store: "Store"

    @property
    def origin(self) -> str:
        return origin_of(replace(self.context, actor=f"serve, as {current_user()}"))

    @property
    def target(self) -> ClusterTarget:
        """Completes the commands that are printed for this cluster."""
        return target_of(self.name, self.profile)

    def connection(self) -> Connection:
        return connection_of(self.name, self.profile, self.context.environ)

    def observer(self) -> Observer:
        return self.context.connect(self.connection())

    def policy(self) -> "Policy":
        """Read the policy again each time, so that configuration changes take effect at once."""
        return guard_policy(replace(self.context, cluster=self.name, clusters=(self.name,)))

    def enforcer(self) -> "Enforcer":
        from steward.daemon.drift.check import ACTOR
        from steward.daemon.drift.enforce import Enforcer

        return Enforcer(
            self.store,
            self._execute,
            actor=ACTOR,
            origin=self.origin,
            now_ms=self.context.now_ms,
        )

    def _execute(self, plan: Plan, observer: Observer, judge: "PlanJudge") -> "ExecutorRun":
        from steward.change.execution.journal import Journal
        from steward.change.execution.open_executor import executor_for
        from steward.daemon.drift.check import ACTOR
        from steward.daemon.drift.enforce import no_password

        now_ms = self.context.now_ms
        executor = executor_for(
            plan,
            store=self.store,
            observer=observer,
            connection=self.connection(),
            journal=Journal(self.store.plans, plan, actor=ACTOR, origin=self.origin, now_ms=now_ms),
            passwords=no_password,
            progress=lambda _: None,
            now_ms=now_ms,
        )
        return executor.run(plan, judge, approved=False)


def _drift(end: _End, entry: DriftSetting, modes: DriftModes, tell: Notify) -> "DriftWatch":
    from steward.change.drift.authorizer_log import read_requests
    from steward.change.manifests.reading import read
    from steward.daemon.drift.check import DriftChecker, DriftTask
    from steward.daemon.drift.loop import DriftWatch

    folder = Path(end.context.settings.source).parent

    def manifests() -> "Manifests":
        return read(sources(entry.manifests, folder))

    task = DriftTask(
        cluster=end.name,
        paths=entry.manifests,
        interval=entry.interval_seconds,
        modes=modes,
        manifests=manifests,
        policy=end.policy,
        log=lambda: read_requests(entry.authorizer_logs, folder),
    )
    return DriftWatch(
        task,
        DriftChecker(task, end.store, end.enforcer(), end.context.now_ms),
        end.observer,
        tell=partial(_notify, tell, end.name),
        target=end.target,
    )


def _quarantine(end: _End, tell: Notify) -> "QuarantineWatch":
    from steward.daemon.drift.check import ACTOR
    from steward.daemon.quarantine import QuarantineWatch

    lifts = end.context.settings.serve.lift_quarantines
    return QuarantineWatch(
        end.name,
        end.store,
        end.observer,
        end.policy,
        made_by=ACTOR,
        enforcer=end.enforcer() if lifts else None,
        tell=partial(_notify, tell, end.name),
    )


def _notify(tell: Notify, cluster: str, event: str, detail: str, remedy: str) -> None:
    tell(event, cluster, detail, remedy)
