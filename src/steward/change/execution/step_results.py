"""Results of steps, from what was requested, the response, and the observed state."""

from collections.abc import Mapping
from dataclasses import replace

from steward.analysis.rebalance.moves.hops import is_on_the_way
from steward.change.planning.cluster_state import Unseen
from steward.change.planning.kinds import agrees, is_harmless_alone, kind_of
from steward.change.planning.verification import Verification, stale_text
from steward.model.change import ReassignPartition
from steward.model.error import DeadlineExceeded, StewardError
from steward.model.plan import FINAL, Plan, PlanStepStatus, State, Step, StepResult
from steward.model.wording import duration


def skipped_after_failure(
    steps: Mapping[int, Step], plan: Plan, before: Mapping[int, StepResult]
) -> dict[int, StepResult]:
    """Skip what follows an unsuccessful step: on the same object always, elsewhere what is not safe.

    An unsuccessful move blocks only steps on its own partition.
    """
    bad = {i for i, r in before.items() if r.status not in FINAL}
    objects = {plan.steps[i].object for i in bad}
    is_bad = any(not isinstance(plan.steps[i].change, ReassignPartition) for i in bad)
    return {
        i: result_of(i, PlanStepStatus.SKIPPED, "an earlier step did not succeed")
        for i, step in steps.items()
        if step.object in objects or (is_bad and not is_harmless_alone(step))
    }


def not_requested(
    steps: Mapping[int, Step],
    found: Mapping[int, State | Unseen],
    attempted: frozenset[int],
    verified: Verification | None = None,
) -> dict[int, StepResult]:
    """Return the results of steps that need not, or must not, be requested.

    ``attempted`` were requested with unknown result: found in place, they count as done. Nothing is requested that
    ``verified`` found in another state than the plan relies on.
    """
    ended: Mapping[int, StepResult] = verified.ended if verified else {}
    in_place: frozenset[int] = verified.in_place if verified else frozenset()
    results: dict[int, StepResult] = {}
    for index, step in steps.items():
        state = found[index]
        if index in ended:
            results[index] = ended[index]
        elif isinstance(state, Unseen):
            said = f"a fact that it needs is unknown: {state}"
            results[index] = result_of(index, PlanStepStatus.FAILED, said)
        elif agrees(state, step.after) and kind_of(step.change).observable(step.change):
            status = PlanStepStatus.DONE if index in attempted else PlanStepStatus.ALREADY
            results[index] = result_of(index, status, "", state)
        elif index in in_place or not agrees(state, step.before):
            results[index] = result_of(index, PlanStepStatus.STALE, stale_text(step, state), state)
    return results


def in_progress(
    steps: Mapping[int, Step], there: Mapping[int, StepResult]
) -> dict[int, StepResult]:
    """Return moves that were started and are at neither their original nor their target replicas."""
    found = ((i, steps[i], r) for i, r in there.items() if r.status is PlanStepStatus.STALE)
    return {
        i: replace(r, status=PlanStepStatus.UNSURE) for i, s, r in found if _is_on_its_way(s, r)
    }


def _is_on_its_way(step: Step, result: StepResult) -> bool:
    change, before, there = step.change, step.before.get("replicas"), result.found.get("replicas")
    if not isinstance(change, ReassignPartition) or not before or not there:
        return False
    was, now = ([int(b) for b in text.split(",")] for text in (before, there))
    return is_on_the_way(now, was, change.replicas)


def verified_result(
    index: int,
    step: Step,
    found: State | Unseen,
    error: StewardError | None,
    waited_seconds: float,
    *,
    is_last: bool,
) -> StepResult | None:
    """Return the result of a requested step; None: poll again."""
    may_be = may_take_effect(error)
    if isinstance(found, Unseen):
        if not may_be:
            return failed(index, error)
        said = f"requested, but the result cannot be observed: {found}"
        return result_of(index, PlanStepStatus.UNSURE, said) if is_last else None
    if not kind_of(step.change).observable(step.change):
        if error is None:
            return result_of(index, PlanStepStatus.DONE, "", found)
        return (
            result_of(index, PlanStepStatus.UNSURE, str(error)) if may_be else failed(index, error)
        )
    if agrees(found, step.after):
        return result_of(index, PlanStepStatus.DONE, "", found)
    if not may_be:
        return failed(index, error, found)
    if not is_last:
        return None
    said = str(error) if error else f"accepted, but not observed within {duration(waited_seconds)}"
    return result_of(index, PlanStepStatus.UNSURE, said, found)


def may_take_effect(error: StewardError | None) -> bool:
    """Return whether a request takes effect, or may have: polling decides."""
    return error is None or (isinstance(error, DeadlineExceeded) and error.may_have_happened)


def result_of(
    index: int, status: PlanStepStatus, detail: str, found: State | None = None
) -> StepResult:
    """Return a step's result."""
    return StepResult(index=index, status=status, detail=detail, found=found or {})


def failed(index: int, error: StewardError | None, found: State | None = None) -> StepResult:
    """Return a failed result, with the error's code."""
    code = error.code if error else ""
    result = result_of(index, PlanStepStatus.FAILED, str(error), found)
    return replace(result, code=code)
