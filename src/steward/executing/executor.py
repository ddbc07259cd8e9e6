"""The executor: every step observed anew, written down, performed, verified, and written down again."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from steward.cluster.ports import Changer, Observer, Progress
from steward.executing.journal import Journal
from steward.executing.looking import look_at, look_for_guard
from steward.executing.turn import Turn
from steward.model.change import UpsertScram
from steward.model.connection import Secret
from steward.model.error import DeadlineExceeded, NotAuthorized, StewardError
from steward.model.plan import (
    FINAL,
    Decision,
    Execution,
    Plan,
    PlanOutcome,
    Risk,
    Ruling,
    State,
    Step,
    StepResult,
    StepStatus,
    is_final,
    outcome_of,
)
from steward.model.snapshot import ClusterSnapshot
from steward.planning.batches import batches
from steward.planning.cluster_state import ClusterState, Unseen
from steward.planning.kinds import agrees, kind_of

Judge = Callable[[Plan, ClusterSnapshot], Decision]
"""The guard, on the steps that are left and a fresh snapshot."""

SETTLING_SECONDS = 15.0
"""How long an accepted change may take to be seen by the broker that is asked."""

SETTLING_SECONDS_EACH = 0.1
"""More for each change of a request: brokers create the logs of new partitions one after the other."""

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """How one call of the executor ended: the execution, and the guard's decision behind it."""

    execution: Execution
    decision: Decision | None = None
    busy: str = ""


def _quiet(_: str) -> None:
    """Tell nobody."""


@dataclass(kw_only=True)
class Executor:
    """Carries out plans on one cluster.

    Shape: killed at any point, a second call with the same plan goes on where the first one ended: what was meant
           and not written down is looked at, and what is there already is not asked for again.
    Errors: StoreUnavailable, before anything is changed that could not be written down; StewardError where the
            cluster cannot be seen.
    """

    observer: Observer
    changer: Callable[[], Changer]
    journal: Journal
    turn: Turn
    passwords: Callable[[UpsertScram], Secret]
    progress: Progress = _quiet
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _secrets: dict[UpsertScram, Secret] = field(default_factory=dict[UpsertScram, Secret])

    def run(self, plan: Plan, judge: Judge, *, approved: bool) -> Run:
        """Carry out what is left of a plan, if the guard allows it now.

        Shape: ``approved`` is whether a person agreed to what the guard wants approval for.
        """
        other = self.turn.take()
        if other is not None:
            self.journal.refuse(f"{other} changes this cluster now")
            return Run(execution=_refused(plan), busy=other)
        try:
            with self.turn.kept():
                return self._run(plan, judge, approved)
        finally:
            self.turn.give_back()

    def settle(self, plan: Plan) -> dict[int, StepResult] | str:
        """Look up what was meant and whose end was not written down; return all results, or who has the turn.

        Shape: a step that is found done is written down as done, with the id that a created topic got; one that is
               not is left open, and nothing is asked for.
        """
        other = self.turn.take()
        if other is not None:
            return other
        try:
            meant = {i: plan.steps[i] for i in sorted(self.journal.meant())}
            found = self._look(meant)
            there = _settled(meant, found, frozenset(meant))
            done = [r for r in there.values() if r.status is StepStatus.DONE]
            if done:
                self.journal.record(done)
            return self.journal.results()
        finally:
            self.turn.give_back()

    def _run(self, plan: Plan, judge: Judge, approved: bool) -> Run:
        known = self.journal.results()
        left = [i for i in range(len(plan.steps)) if not is_final(known.get(i))]
        steps = tuple(plan.steps[i] for i in left)
        decision = judge(replace(plan, steps=steps), self.observer.observe(*look_for_guard(steps)))
        if decision.ruling is Ruling.REFUSE or (decision.ruling is Ruling.APPROVE and not approved):
            self.journal.refuse("; ".join(r.message for r in decision.reasons))
            return Run(execution=_refused(plan, known), decision=decision)
        for step in steps:
            if isinstance(step.change, UpsertScram):
                self._secrets[step.change] = self.passwords(step.change)
        if not left:
            return Run(execution=_execution(plan, known), decision=decision)
        with self.changer() as changer:
            denied = changer.denied([step.change for step in steps])
            if any(denied):
                lacking = dict(zip(left, denied, strict=True))
                return Run(execution=self._not_begun(plan, known, lacking), decision=decision)
            told = f"{decision.ruling.value}; {len(steps)} of {len(plan.steps)} steps left"
            self.journal.start(told)
            results = known | self._perform_all(plan, left, changer)
        execution = _execution(plan, results)
        self.journal.end(execution.outcome, _counted(execution))
        return Run(execution=execution, decision=decision)

    def _not_begun(
        self,
        plan: Plan,
        known: Mapping[int, StepResult],
        lacking: Mapping[int, NotAuthorized | None],
    ) -> Execution:
        """Leave everything as it is because a right is missing: a plan is not begun that cannot be finished."""
        told = "nothing was tried: a right is missing for another step"
        results = {
            i: _failed(i, fault) if fault else _result(i, StepStatus.SKIPPED, told)
            for i, fault in lacking.items()
        }
        missing = sorted({fault.acl for fault in lacking.values() if fault})
        self.journal.refuse(f"not permitted: needs {', '.join(missing)}")
        return _execution(plan, {**known, **results})

    def _perform_all(
        self, plan: Plan, left: Sequence[int], changer: Changer
    ) -> dict[int, StepResult]:
        meant = self.journal.meant()
        results: dict[int, StepResult] = {}
        for piece in batches([plan.steps[i] for i in left]):
            indices = [left[place] for place in piece]
            results |= self._batch(plan, indices, meant, results, changer)
            self.progress(f"{len(results)} of {len(left)} steps")
        return results

    def _batch(
        self,
        plan: Plan,
        indices: Sequence[int],
        meant: frozenset[int],
        before: Mapping[int, StepResult],
        changer: Changer,
    ) -> dict[int, StepResult]:
        steps = {i: plan.steps[i] for i in indices}
        results = _held_back(steps, plan, before)
        if self.turn.take() is not None:
            lost = "the right to change this cluster went to another executor"
            results = {i: _result(i, StepStatus.SKIPPED, lost) for i in steps}
        open_ = {i: s for i, s in steps.items() if i not in results}
        found = self._look(open_)
        results |= _settled(open_, found, meant)
        todo = {i: s for i, s in open_.items() if i not in results}
        if todo:
            self.journal.intend(list(todo))
            fates = changer.perform([s.change for s in todo.values()], self._secrets)
            results |= self._verified(todo, dict(zip(todo, fates, strict=True)))
        self.journal.record([results[i] for i in indices])
        return results

    def _look(self, steps: Mapping[int, Step]) -> dict[int, State | Unseen]:
        """Return the state of each step's object as it is now."""
        if not steps:
            return {}
        snapshot = self.observer.observe(*look_at([s.change for s in steps.values()]))
        cluster = ClusterState(snapshot)
        found: dict[int, State | Unseen] = {}
        for index, step in steps.items():
            try:
                found[index] = kind_of(step.change).state(step.change, cluster)
            except Unseen as unseen:
                found[index] = unseen
        return found

    def _verified(
        self, steps: Mapping[int, Step], fates: Mapping[int, StewardError | None]
    ) -> dict[int, StepResult]:
        """Look until what was accepted is there, or the time for it is over."""
        patience = SETTLING_SECONDS + SETTLING_SECONDS_EACH * len(steps)
        deadline = self.clock() + patience
        pause = _FIRST_PAUSE_SECONDS
        results: dict[int, StepResult] = {}
        waiting = dict(steps)
        while True:
            found = self._look(waiting)
            is_last = self.clock() >= deadline
            for index, step in list(waiting.items()):
                fate = fates[index]
                result = _verdict(index, step, found[index], fate, patience, is_last=is_last)
                if result is not None:
                    results[index] = result
                    del waiting[index]
            if not waiting:
                return results
            self.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _held_back(
    steps: Mapping[int, Step], plan: Plan, before: Mapping[int, StepResult]
) -> dict[int, StepResult]:
    """Skip what follows a step that did not succeed: on the same object always, elsewhere what is not safe."""
    bad = {i for i, r in before.items() if r.status not in FINAL}
    objects = {plan.steps[i].object for i in bad}
    return {
        i: _result(i, StepStatus.SKIPPED, "a step before it did not succeed")
        for i, step in steps.items()
        if step.object in objects or (bad and step.risk is not Risk.SAFE)
    }


def _settled(
    steps: Mapping[int, Step], found: Mapping[int, State | Unseen], meant: frozenset[int]
) -> dict[int, StepResult]:
    """Tell the steps that need not, or must not, be asked for."""
    results: dict[int, StepResult] = {}
    for index, step in steps.items():
        state = found[index]
        if isinstance(state, Unseen):
            said = f"what it relies on cannot be seen: {state}"
            results[index] = _result(index, StepStatus.FAILED, said)
        elif agrees(state, step.after) and kind_of(step.change).observable(step.change):
            status = StepStatus.DONE if index in meant else StepStatus.ALREADY
            results[index] = _result(index, status, "", state)
        elif not agrees(state, step.before):
            results[index] = _result(index, StepStatus.STALE, stale_text(step, state), state)
    return results


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


def _verdict(
    index: int,
    step: Step,
    found: State | Unseen,
    fate: StewardError | None,
    patience: float,
    *,
    is_last: bool,
) -> StepResult | None:
    """Return how a step that was asked for ended; None: look again."""
    is_open = fate is None or (isinstance(fate, DeadlineExceeded) and fate.may_have_happened)
    if isinstance(found, Unseen):
        if not is_open:
            return _failed(index, fate)
        said = f"asked for, and then not to be seen: {found}"
        return _result(index, StepStatus.UNSURE, said) if is_last else None
    if not kind_of(step.change).observable(step.change):
        if fate is None:
            return _result(index, StepStatus.DONE, "", found)
        return _result(index, StepStatus.UNSURE, str(fate)) if is_open else _failed(index, fate)
    if agrees(found, step.after):
        return _result(index, StepStatus.DONE, "", found)
    if not is_open:
        return _failed(index, fate, found)
    if not is_last:
        return None
    said = str(fate) if fate else f"accepted, and not seen within {patience:.0f} s"
    return _result(index, StepStatus.UNSURE, said, found)


def _result(index: int, status: StepStatus, detail: str, found: State | None = None) -> StepResult:
    return StepResult(index=index, status=status, detail=detail, found=found or {})


def _failed(index: int, fate: StewardError | None, found: State | None = None) -> StepResult:
    code = fate.code if fate else ""
    result = _result(index, StepStatus.FAILED, str(fate), found)
    return replace(result, code=code)


def _refused(plan: Plan, known: Mapping[int, StepResult] | None = None) -> Execution:
    known = known or {}
    return Execution(
        plan_id=plan.id,
        outcome=PlanOutcome.REFUSED,
        results=tuple(
            known.get(i) or _result(i, StepStatus.SKIPPED, "refused")
            for i in range(len(plan.steps))
        ),
    )


def _execution(plan: Plan, results: Mapping[int, StepResult]) -> Execution:
    ordered = tuple(results[i] for i in range(len(plan.steps)))
    return Execution(plan_id=plan.id, outcome=outcome_of(ordered), results=ordered)


def _counted(execution: Execution) -> str:
    counts: dict[str, int] = {}
    for result in execution.results:
        counts[result.status.value] = counts.get(result.status.value, 0) + 1
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
