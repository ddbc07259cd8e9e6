"""``steward sandbox scenario``: list, run or stop scenarios: real clients that cause known problems in a sandbox."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated

from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.sandbox.shared import Name, NextStep
from steward.model.addressing import addressed
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import ObjectNotFound, UsageError
from steward.model.instant import Instant
from steward.sandbox.places import DEFAULT_NAME
from steward.sandbox.scenarios.background import run_scenario, stop_scenarios
from steward.sandbox.scenarios.registry import SCENARIOS, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioParams:
    """Which scenario, and the action."""

    action: Annotated[
        str, Doc("list, run or stop", choices=("list", "run", "stop"), positional=True)
    ]
    scenario: Annotated[
        str | None, Doc("the scenario's name", positional=True, metavar="[NAME]")
    ] = None
    name: Name = DEFAULT_NAME
    duration: Annotated[float | None, Doc("how long it runs", metavar="DURATION")] = None
    seed: Annotated[int, Doc("seed of all random values", unit="(any integer)")] = 1
    background: Annotated[
        bool,
        Doc("return as soon as the problem exists; the scenario keeps running for its duration"),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """One scenario."""

    name: Annotated[str, Doc("its name")]
    summary: Annotated[str, Doc("description")]
    seconds: Annotated[float, Doc("how long it runs by default, seconds", wide=True)]
    injects: Annotated[str, Doc("problem it causes", wide=True)]
    finds: Annotated[tuple[str, ...], Doc("checks that report it", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioAnswer:
    """All scenarios, or the one that was run or stopped."""

    scenarios: tuple[ScenarioRow, ...]
    until: Annotated[
        Instant | None, Doc("when the one that was run in the background stops by itself")
    ] = None
    next_steps: Annotated[
        tuple[NextStep, ...], Doc("commands to try while it runs in the background")
    ] = ()


@capability(
    "sandbox.scenario",
    effect=Effect.LOCAL,
    needs_cluster=False,
    long=True,
    examples=(
        "steward sandbox scenario list",
        "steward sandbox scenario run lag-spike --background",
        "steward sandbox scenario stop",
    ),
)
def scenario(params: ScenarioParams, context: Context) -> Answer[ScenarioAnswer]:
    """List, run or stop scenarios: real clients that cause known problems in a sandbox.

    Each scenario stops by itself. Without --background the command ends with the scenario, or on Ctrl-C; with it, it
    prints until when the scenario runs and what to try next.
    """
    match params.action:
        case "run":
            data = _run(_scenario(params.scenario), params, context)
        case "stop":
            stopped = stop_scenarios(params.name, params.scenario)
            data = ScenarioAnswer(scenarios=_rows(s for s in SCENARIOS if s.name in stopped))
        case _:
            data = ScenarioAnswer(scenarios=_rows(SCENARIOS))
    return Answer(data=data, observed_at=Instant(context.now_ms()))


def _run(chosen: Scenario, params: ScenarioParams, context: Context) -> ScenarioAnswer:
    record = run_scenario(
        params.name,
        chosen.name,
        seconds=params.duration,
        seed=params.seed,
        progress=context.progress,
        background=params.background,
    )
    if record is None:
        return ScenarioAnswer(scenarios=_rows((chosen,)))
    target = replace(context, cluster=params.name, bootstrap=None).target
    return ScenarioAnswer(
        scenarios=_rows((chosen,)),
        until=record.ends_at,
        next_steps=addressed(next_steps(chosen, params.name), target),
    )


_FEW_CHECKS = 3
"""Checks that a command to copy names; of more findings the whole audit is shown."""


def next_steps(running: Scenario, sandbox: str) -> tuple[NextStep, ...]:
    """Return what shows the trouble of a scenario, and what stops it."""
    named = {"name": sandbox} if sandbox != DEFAULT_NAME else {}
    few = ",".join(running.finds) if len(running.finds) <= _FEW_CHECKS else None
    audit = NextStep(
        command=Hint(steward("check", only=few)),
        shows="the findings that it causes",
    )
    causes = tuple(
        NextStep(
            command=Hint(steward("diagnose", f"{running.name}.{group}")),
            shows=f"why group {running.name}.{group} lags",
        )
        for group in running.diagnosed
    )
    around = (
        NextStep(command=Hint(steward("sandbox status", **named)), shows="until when it runs"),
        NextStep(
            command=Hint(steward("sandbox scenario", "stop", running.name, **named)),
            shows="nothing: it stops the scenario",
        ),
    )
    return (*((audit,) if running.finds else ()), *causes, *around)


def _rows(chosen: Iterable[Scenario]) -> tuple[ScenarioRow, ...]:
    return tuple(
        ScenarioRow(
            name=s.name,
            summary=s.summary,
            seconds=s.default_seconds,
            injects=s.injects,
            finds=s.finds,
        )
        for s in chosen
    )


def _scenario(name: str | None) -> Scenario:
    if name is None:
        raise UsageError(
            "no scenario given to run", remedy=Hint("see: ", steward("sandbox scenario", "list"))
        )
    found = next((s for s in SCENARIOS if s.name == name), None)
    if found is None:
        raise ObjectNotFound(
            f"no scenario named {name!r}",
            remedy=Hint("see: ", steward("sandbox scenario", "list")),
            object_name=name,
        )
    return found


CAPABILITIES: tuple[Capability, ...] = (scenario,)
