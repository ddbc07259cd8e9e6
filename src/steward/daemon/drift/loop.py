"""Drift checks in their own thread: errors here do not stop collection."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from steward.analysis.alerting.facts import Trouble
from steward.cluster.ports import Observer
from steward.daemon.drift.check import DriftChecker, DriftCheckResult, DriftTask
from steward.daemon.fault import Fault, fault_of
from steward.daemon.ports import Clock
from steward.daemon.repeating import pause_after, repeat
from steward.model.command import NOWHERE, ClusterTarget, Hint
from steward.model.error import ClusterUnreachable, DeadlineExceeded, NotAuthorized, StewardError
from steward.model.redaction import sieved
from steward.model.unknown import NOT_REQUESTED, Unknown, Why
from steward.model.wording import count

FIRST_SECONDS = 5.0
"""Delay after the start: the first polls have precedence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftState:
    """State of one task, replaced as a whole; ``seen`` is the monotonic time of the last successful check."""

    cluster: str
    manifests: str
    interval: float
    began: float
    seen: float | None = None
    last: DriftCheckResult | None = None
    fault: Fault | None = None
    unseen: Unknown | None = NOT_REQUESTED
    checks: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])
    enforced: Counter[str] = field(default_factory=Counter[str])

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """The differences found by the last check, if it succeeded."""
        return () if self.last is None or self.fault is not None else self.last.troubles

    def is_of(self, cluster_id: str) -> bool:
        """Return whether the last check was of the cluster with an id; an unknown id counts as the same."""
        seen = self.last.cluster_id if self.last is not None else ""
        return not seen or not cluster_id or seen == cluster_id

    def staleness(self, now: float) -> float:
        """Return the seconds since the last success, or since the start."""
        return max(0.0, now - (self.began if self.seen is None else self.seen))


class DriftWatch:
    """Checks one task for drift until stopped.

    ``open_observer`` connects for one check; ``tell`` receives an event, a detail and a remedy; ``target`` completes
    the commands in it.
    """

    def __init__(
        self,
        task: DriftTask,
        checker: DriftChecker,
        open_observer: Callable[[], Observer],
        *,
        clock: Clock | None = None,
        chance: Random | None = None,
        tell: Callable[[str, str, str], None] = lambda _e, _d, _r: None,
        target: ClusterTarget = NOWHERE,
    ) -> None:
        self._target = target
        self._task = task
        self._checker = checker
        self._open = open_observer
        self._clock = clock or Clock()
        self._chance = chance or Random()  # noqa: S311 - spreads load, guards nothing
        self._tell = tell
        self._failures = 0
        self.state = DriftState(
            cluster=task.cluster,
            manifests=" ".join(task.paths),
            interval=task.interval,
            began=self._clock.monotonic(),
        )

    def run(self, stop: threading.Event) -> None:
        """Repeat until stopped."""
        first = min(FIRST_SECONDS, self._task.interval)
        repeat(lambda: self.check_once(), self.pause, stop, first_seconds=first, clock=self._clock)

    def pause(self) -> float:
        """Return the seconds between the starts of two checks."""
        return pause_after(self._task.interval, self._failures, self._chance)

    def check_once(self) -> None:
        """Do one check and publish its result, or why it failed."""
        try:
            with self._open() as observer:
                seen = self._checker.check(observer)
        except StewardError as fault:
            self._failed(fault_of(fault, self._target), fault)
        except Exception as fault:  # noqa: BLE001 - the supervisor: nothing here may end collecting
            summary = f"internal error: {type(fault).__name__}: {sieved(str(fault))}"
            self._failed(
                Fault(code="internal", summary=summary, remedy="please report this as a bug"), fault
            )
        else:
            self._succeeded(seen)

    def _succeeded(self, seen: DriftCheckResult) -> None:
        state = self.state
        before = {(t.kind, t.name) for t in state.last.troubles} if state.last else set[object]()
        self._failures = 0
        self.state = replace(
            state,
            seen=self._clock.monotonic(),
            last=seen,
            fault=None,
            unseen=seen.unseen,
            checks=state.checks + 1,
            enforced=state.enforced + seen.enforced,
        )
        for line in seen.notices:
            self._tell("enforced", line, "")
        for trouble in seen.troubles:
            if (trouble.kind, trouble.name) not in before:
                remedy = trouble.remedy.command if trouble.remedy else None
                self._tell("drift", trouble.summary, Hint(remedy) if remedy else "")
        if state.last is None or state.fault is not None or (before and not seen.troubles):
            found = f"{count(len(seen.troubles), 'difference')}" if seen.troubles else "in sync"
            self._tell("compared", f"{self.state.manifests}: {found}", "")

    def _failed(self, fault: Fault, error: Exception) -> None:
        state = self.state
        self._failures += 1
        self.state = replace(
            state,
            fault=fault,
            unseen=Unknown(_why(error), f"{state.manifests}: {fault.summary}"),
            failed=state.failed + Counter({fault.code: 1}),
        )
        if state.fault is None or state.fault.summary != fault.summary:
            self._tell("drift_broken", f"{state.manifests}: {fault.summary}", fault.remedy)


def _why(error: Exception) -> Why:
    if isinstance(error, NotAuthorized):
        return Why.DENIED
    if isinstance(error, ClusterUnreachable | DeadlineExceeded):
        return Why.UNREACHABLE
    return Why.REFUSED
