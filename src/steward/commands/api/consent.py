"""Whether somebody agreed to a plan: on the command line, or asked at a terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.plan_report import PlanReport
from steward.model.connection import Environment
from steward.model.doc import Doc
from steward.model.plan import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentParams:
    """What is agreed to on the command line, by every command that changes a cluster."""

    yes: Annotated[bool, Doc("carry it out without asking, where the policy allows", short="y")] = (
        False
    )
    dry_run: Annotated[bool, Doc("stop after the plan")] = False
    confirm: Annotated[
        tuple[str, ...],
        Doc(
            "name of the object, or id of the plan, where the guard wants a person to agree",
            metavar="NAME",
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentQuestion:
    """A plan that a person is asked about; ``type`` is what has to be typed, empty where yes is enough."""

    plan: PlanReport
    cluster: str
    type: str


Ask = Callable[[ConsentQuestion], bool]
"""Show a plan to a person and tell whether they agree."""


def objection(report: PlanReport, given: ConsentParams, *, cluster: str, ask: Ask | None) -> str:
    """Return what is missing before a plan that the guard does not refuse may run; empty: nothing.

    Shape: what the guard wants approval for needs the name of each such object (or the plan's id) with ``--confirm``
           or typed; all else needs ``--yes`` or an answer. In production a person types the name in any case.
    """
    names = names_to_confirm(report)
    needs_name = report.guard.ruling is Ruling.APPROVE
    if _is_confirmed(report, names, given.confirm) or (given.yes and not needs_name):
        return ""
    if ask is not None and not given.yes and not given.confirm:
        in_production = report.environment == Environment.PRODUCTION.value
        typed = _word(report, names) if needs_name or in_production else ""
        question = ConsentQuestion(plan=report, cluster=cluster, type=typed)
        return "" if ask(question) else "it was not agreed to"
    if needs_name:
        return f"a person has to agree: add --confirm {_word(report, names)}"
    return "nobody was asked: add --yes"


def names_to_confirm(report: PlanReport) -> tuple[str, ...]:
    """Name the objects that a person has to agree about: those of the guard's reasons, else all."""
    names = {step.object: step.confirm or step.object.name for step in report.steps}
    reasons = (r.object for r in report.guard.reasons if r.ruling is Ruling.APPROVE)
    asked = {names.get(target, target.name) for target in reasons}
    return tuple(sorted(asked or set(names.values())))


def _word(report: PlanReport, names: tuple[str, ...]) -> str:
    """Return the one word to type: the object's name; of several, or of one in many words, the plan's id."""
    return names[0] if len(names) == 1 and " " not in names[0] else report.id


def _is_confirmed(report: PlanReport, names: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return bool(given) and (report.id in given or set(names) <= set(given))
