"""Carrying out a plan on a live sandbox in a process of its own that a test has killed at a point of its choice."""

import multiprocessing
import signal
from collections.abc import Sequence
from typing import Any, Self

from steward.change.execution.executor import Executor
from steward.model.change import Change
from steward.model.error import StewardError
from support.cluster_on_file import KillSwitch
from support.execution import KilledPlans
from support.live_execution import ALLOW, LiveExecution

FORKS = multiprocessing.get_context("forkserver")
"""Forks from a process without threads that has imported all of this once: a kill costs no start of Python."""
FORKS.set_forkserver_preload(["support.live_kill"])


class Killed:
    """Changes a cluster, passing a kill point before and after each request."""

    def __init__(self, changer: Any, switch: KillSwitch) -> None:
        self._changer = changer
        self._switch = switch

    def denied(self, changes: Sequence[Change]) -> Any:
        return self._changer.denied(changes)

    def perform(self, changes: Sequence[Change], passwords: Any) -> tuple[StewardError | None, ...]:
        self._switch.point()
        fates = self._changer.perform(changes, passwords)
        self._switch.point()
        return fates

    def close(self) -> None:
        self._changer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def armed(executor: Executor, switch: KillSwitch) -> Executor:
    """Let an executor pass a kill point before and after every line of its journal and every request."""
    plans: Any = executor.journal._plans
    plans.__class__ = KilledPlans
    plans.switch = switch
    opened = executor.changer
    executor.changer = lambda: Killed(opened(), switch)
    return executor


def passed(live: LiveExecution, plan_id: str, kill_at: int = 0) -> int:
    """Carry out a kept plan, killed at a point; return how many points there were."""
    from support.live_execution import store_in

    with store_in(live.folder) as store:
        plan = store.plans.find(plan_id)
    switch = KillSwitch(kill_at)
    with live.executor(plan) as executor:
        armed(executor, switch).run(plan, lambda *_: ALLOW, approved=True)
    return switch.passed


def killed_at(live: LiveExecution, plan_id: str, point: int) -> None:
    """Have a process of its own carry out a kept plan, and see it killed at a point."""
    process = FORKS.Process(target=passed, args=(live, plan_id, point))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL, (point, process.exitcode)
