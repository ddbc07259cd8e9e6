"""What of a plan may run with nobody there to ask: the rest is withheld, and it is said why."""

from collections.abc import Mapping

from steward.change.planning.kinds import stands_alone
from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    DeleteAcl,
    DeleteScram,
    UpsertScram,
)
from steward.model.finding import ObjectRef
from steward.model.plan import GuardDecision, GuardReason, Plan, Risk, Ruling, Step

_LIGHT = (CreateTopic, CreatePartitions, AlterConfigs, CreateAcl, DeleteAcl, AlterQuota)
"""Changes of metadata alone: nothing is moved, nobody's position or password is touched."""


def manual_only_steps(
    plan: Plan, decision: GuardDecision, own: Mapping[int, str]
) -> Mapping[int, str]:
    """Say which steps may not run with nobody there, by their places, and why.

    Shape: never what is destructive, sets a password or moves data; nothing that the guard does not simply allow;
           nothing of ``own``, which the caller withholds. What follows a withheld step on its object is withheld, and
           elsewhere what is not safe, as the executor does after a failure: nothing is revoked before it is granted.
    """
    found: dict[int, str] = {}
    objects: set[ObjectRef] = set()
    for place, step in enumerate(plan.steps):
        why = own.get(place) or _why(step) or _of_guard(place, step, decision)
        if not why and step.object in objects:
            why = "a step before it on the same object is withheld"
        if not why and found and not stands_alone(step):
            why = (
                f"it is {step.risk.value} after what precedes it, and a step before it is withheld"
            )
        if why:
            found[place] = why
            objects.add(step.object)
    return found


def _why(step: Step) -> str:
    if step.risk is Risk.DESTRUCTIVE:
        return f"{step.kind} is destructive: a person has to execute it"
    if isinstance(step.change, UpsertScram | DeleteScram):
        return "credentials are changed by persons alone"
    if not isinstance(step.change, _LIGHT):
        return f"{step.kind} is executed by persons alone"
    return ""


def _of_guard(place: int, step: Step, decision: GuardDecision) -> str:
    """Return what the guard has against a step, or against its object as a whole."""
    for reason in decision.reasons:
        if reason.ruling is Ruling.ALLOW:
            continue
        if reason.step == place or (reason.step is None and reason.object == step.object):
            return _said(reason)
    return ""


def _said(reason: GuardReason) -> str:
    wants = "refuses" if reason.ruling is Ruling.REFUSE else "wants a person to agree"
    return f"the guard {wants}: {reason.message} [{reason.rule}]"
