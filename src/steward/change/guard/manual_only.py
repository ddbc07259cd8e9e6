"""The steps of a plan that may not run unattended, and why."""

from collections.abc import Mapping

from steward.change.planning.kinds import is_harmless_alone
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
"""Changes of metadata alone: no data is moved, no position or password is changed."""


def manual_only_steps(
    plan: Plan, decision: GuardDecision, own: Mapping[int, str]
) -> Mapping[int, str]:
    """Return the indexes of steps that may not run unattended, with reasons.

    Excluded are destructive steps, those that set a password or move data, those that the guard does not simply allow,
    and the caller's ``own``. Later steps on the same object are excluded too, and elsewhere those that are not safe,
    as the executor does after a failure: nothing is revoked before it is granted.
    """
    found: dict[int, str] = {}
    objects: set[ObjectRef] = set()
    for place, step in enumerate(plan.steps):
        why = own.get(place) or _why(step) or _of_guard(place, step, decision)
        if not why and step.object in objects:
            why = "an earlier step on the same object is manual"
        if not why and found and not is_harmless_alone(step):
            why = f"it is {step.risk.value}, and an earlier step is manual"
        if why:
            found[place] = why
            objects.add(step.object)
    return found


def _why(step: Step) -> str:
    if step.risk is Risk.DESTRUCTIVE:
        return f"{step.kind} is destructive: it must be executed manually"
    if isinstance(step.change, UpsertScram | DeleteScram):
        return "credentials must be changed manually"
    if not isinstance(step.change, _LIGHT):
        return f"{step.kind} must be executed manually"
    return ""


def _of_guard(place: int, step: Step, decision: GuardDecision) -> str:
    """Return the guard's reason against a step, or against its object as a whole."""
    for reason in decision.reasons:
        if reason.ruling is Ruling.ALLOW:
            continue
        if reason.step == place or (reason.step is None and reason.object == step.object):
            return _said(reason)
    return ""


def _said(reason: GuardReason) -> str:
    ruling = "blocked by policy" if reason.ruling is Ruling.REFUSE else "confirmation required"
    return f"{ruling}: {reason.message} [{reason.rule}]"
