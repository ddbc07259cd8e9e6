"""Confirmation of a plan: on the command line, or at a terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.plan_report import PlanReport
from steward.model.connection import Environment
from steward.model.doc import Doc
from steward.model.plan import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentParams:
    """Confirmation options, the same for every command that changes a cluster."""

    yes: Annotated[bool, Doc("execute without asking, where policy allows", short="y")] = False
    dry_run: Annotated[bool, Doc("only show the plan")] = False
    confirm: Annotated[
        tuple[str, ...],
        Doc(
            "name of the object, or id of the plan, where policy requires confirmation",
            metavar="NAME",
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentQuestion:
    """A plan to confirm; ``type`` is the text to type, empty where yes is enough."""

    plan: PlanReport
    cluster: str
    type: str


Ask = Callable[[ConsentQuestion], bool]
"""Show a plan to the user and return whether they confirm it."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a plan may not run yet; ``declined``: a person saw it and said no."""

    message: str
    declined: bool = False


def objection(
    report: PlanReport, given: ConsentParams, *, cluster: str, ask: Ask | None
) -> Objection | None:
    """Return what is missing before a plan that the guard does not refuse may run; None: nothing.

    Where policy requires confirmation, the name of each such object (or the plan's id) must be given with
    ``--confirm`` or typed; otherwise ``--yes`` or an interactive yes. In production the name must always be typed.
    """
    names = names_to_confirm(report)
    needs_name = report.guard.ruling is Ruling.APPROVE
    if _is_confirmed(report, names, given.confirm) or (given.yes and not needs_name):
        return None
    if ask is not None and not given.yes and not given.confirm:
        in_production = report.environment == Environment.PRODUCTION.value
        typed = _word(report, names) if needs_name or in_production else ""
        question = ConsentQuestion(plan=report, cluster=cluster, type=typed)
        return None if ask(question) else Objection("Cancelled", declined=True)
    if needs_name:
        return Objection(f"confirmation required: add --confirm {_word(report, names)}")
    return Objection("no terminal to confirm on; pass --yes")


def names_to_confirm(report: PlanReport) -> tuple[str, ...]:
    """Return the objects to confirm: those in the guard's reasons, else all."""
    names = {step.object: step.confirm or step.object.name for step in report.steps}
    reasons = (r.object for r in report.guard.reasons if r.ruling is Ruling.APPROVE)
    asked = {names.get(target, target.name) for target in reasons}
    return tuple(sorted(asked or set(names.values())))


def _word(report: PlanReport, names: tuple[str, ...]) -> str:
    """Return the word to type: the object's name; for several objects, or a name with blanks, the plan's id."""
    return names[0] if len(names) == 1 and " " not in names[0] else report.id


def _is_confirmed(report: PlanReport, names: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return bool(given) and (report.id in given or set(names) <= set(given))
