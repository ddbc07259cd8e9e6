"""Runs a scenario in this process: starts it, keeps it running, and always ends it."""

import threading
from collections.abc import Callable

from steward.model.command import Hint, steward
from steward.model.progress import ProgressStep
from steward.sandbox.cluster import status
from steward.sandbox.error import SandboxError
from steward.sandbox.scenarios.run import Lifetime, ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.status import SandboxStatus


def run_scenario_here(
    sandbox_name: str,
    scenario: Scenario,
    *,
    seconds: float,
    seed: int,
    progress: Callable[[str], None],
    leave: bool = False,
    over: threading.Event | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run a scenario until its time is over or ``over`` is set; ``ready`` is called once its problem exists.

    Errors: SandboxError if the problem cannot be caused or a client fails; KeyboardInterrupt after a clean end.
    """
    life = Lifetime(over)
    run = ScenarioRun(
        sandbox=_running(sandbox_name),
        prefix=scenario.name,
        seed=seed,
        progress=progress,
        leave=leave,
        life=life,
    )
    try:
        progress(f"starting scenario {scenario.name}")
        scenario.run(run)
        progress(ProgressStep(f"ready; it runs for {seconds:g} s", seconds=seconds))
        ready()
        run.pause(seconds)
    except (SandboxError, KeyboardInterrupt):
        raise
    except Exception as fault:
        raise _failed(run, fault) from fault
    finally:
        life.end()
    if life.failure is not None:
        raise _failed(run, life.failure) from life.failure


def _running(name: str) -> SandboxStatus:
    found = status(name)
    if found.brokers_down:
        missing = ", ".join(str(one.id) for one in found.brokers if one.pid is None)
        raise SandboxError(
            f"brokers {missing} of sandbox {name} are not running",
            remedy=Hint("Start them: ", steward("sandbox up", name=name)),
        )
    return found


def _failed(run: ScenarioRun, fault: BaseException) -> SandboxError:
    if isinstance(fault, SandboxError):
        return fault
    return SandboxError(
        f"scenario {run.prefix} failed: {' '.join(str(fault).split()) or type(fault).__name__}",
        remedy=Hint(
            "Run it again once all brokers run: ", steward("sandbox status", name=run.sandbox.name)
        ),
    )
