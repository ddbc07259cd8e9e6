"""How steps end, told by what was asked for, what became of that, and what is seen."""

from collections.abc import Mapping
from dataclasses import replace

from steward.model.change import ReassignPartition
from steward.model.error import DeadlineExceeded, StewardError
from steward.model.plan import FINAL, Plan, Risk, State, Step, StepResult, StepStatus
from steward.planning.cluster_state import Unseen
from steward.planning.kinds import agrees, kind_of
from steward.rebalancing.hops import is_on_the_way


def held_back(
    steps: Mapping[int, Step], plan: Plan, before: Mapping[int, StepResult]
) -> dict[int, StepResult]:
    """Skip what follows a step that did not succeed: on the same object always, elsewhere what is not safe.

    Shape: a move that did not succeed holds back what concerns its own partition, and nothing else.
    """
    bad = {i for i, r in before.items() if r.status not in FINAL}
    objects = {plan.steps[i].object for i in bad}
    is_bad = any(not isinstance(plan.steps[i].change, ReassignPartition) for i in bad)
    return {
        i: result_of(i, StepStatus.SKIPPED, "a step before it did not succeed")
        for i, step in steps.items()
        if step.object in objects or (is_bad and step.risk is not Risk.SAFE)
    }


def settled(
    steps: Mapping[int, Step], found: Mapping[int, State | Unseen], meant: frozenset[int]
) -> dict[int, StepResult]:
    """Tell the steps that need not, or must not, be asked for."""
    results: dict[int, StepResult] = {}
    for index, step in steps.items():
        state = found[index]
        if isinstance(state, Unseen):
            said = f"what it relies on cannot be seen: {state}"
            results[index] = result_of(index, StepStatus.FAILED, said)
        elif agrees(state, step.after) and kind_of(step.change).observable(step.change):
            status = StepStatus.DONE if index in meant else StepStatus.ALREADY
            results[index] = result_of(index, status, "", state)
        elif not agrees(state, step.before):
            results[index] = result_of(index, StepStatus.STALE, stale_text(step, state), state)
    return results


def on_their_way(
    steps: Mapping[int, Step], there: Mapping[int, StepResult]
) -> dict[int, StepResult]:
    """Return moves that were begun and are neither where they were nor where they shall be."""
    found = ((i, steps[i], r) for i, r in there.items() if r.status is StepStatus.STALE)
    return {i: replace(r, status=StepStatus.UNSURE) for i, s, r in found if _is_on_its_way(s, r)}


def _is_on_its_way(step: Step, result: StepResult) -> bool:
    change, before, there = step.change, step.before.get("replicas"), result.found.get("replicas")
    if not isinstance(change, ReassignPartition) or not before or not there:
        return False
    was, now = ([int(b) for b in text.split(",")] for text in (before, there))
    return is_on_the_way(now, was, change.replicas)


def stale_text(step: Step, found: State) -> str:
    """Say what is other than the plan relies on."""
    if not found:
        return f"{step.object} does not exist any more"
    if not step.before:
        return f"{step.object} exists now, otherwise than the plan would make it"
    changed = [
        f"{key} was {step.before.get(key)} and is {found.get(key)}"
        for key in sorted({*step.before, *found})
        if key in step.before and step.before[key] != found.get(key)
    ]
    return f"since the plan was made, {', '.join(changed)}"


def verdict(
    index: int,
    step: Step,
    found: State | Unseen,
    fate: StewardError | None,
    patience: float,
    *,
    is_last: bool,
) -> StepResult | None:
    """Return how a step that was asked for ended; None: look again."""
    may_be = is_open(fate)
    if isinstance(found, Unseen):
        if not may_be:
            return failed(index, fate)
        said = f"asked for, and then not to be seen: {found}"
        return result_of(index, StepStatus.UNSURE, said) if is_last else None
    if not kind_of(step.change).observable(step.change):
        if fate is None:
            return result_of(index, StepStatus.DONE, "", found)
        return result_of(index, StepStatus.UNSURE, str(fate)) if may_be else failed(index, fate)
    if agrees(found, step.after):
        return result_of(index, StepStatus.DONE, "", found)
    if not may_be:
        return failed(index, fate, found)
    if not is_last:
        return None
    said = str(fate) if fate else f"accepted, and not seen within {patience:.0f} s"
    return result_of(index, StepStatus.UNSURE, said, found)


def is_open(fate: StewardError | None) -> bool:
    """Tell whether what was asked for happens, or may have happened: looking decides."""
    return fate is None or (isinstance(fate, DeadlineExceeded) and fate.may_have_happened)


def result_of(
    index: int, status: StepStatus, detail: str, found: State | None = None
) -> StepResult:
    """Return how a step ended."""
    return StepResult(index=index, status=status, detail=detail, found=found or {})


def failed(index: int, fate: StewardError | None, found: State | None = None) -> StepResult:
    """Return that a step failed, with the code of what it failed by."""
    code = fate.code if fate else ""
    result = result_of(index, StepStatus.FAILED, str(fate), found)
    return replace(result, code=code)
