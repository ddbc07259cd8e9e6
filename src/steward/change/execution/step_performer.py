"""Performs a plan's steps: observe, record the intent, request, verify, record the result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from steward.analysis.rebalance.moves.scheduler import MoveLimits
from steward.change.execution.journal import Journal
from steward.change.execution.moves.dependencies import MoverDependencies
from steward.change.execution.moves.mover import Mover
from steward.change.execution.observation_scope import states_of
from steward.change.execution.retention_wait import RetentionWait
from steward.change.execution.step_results import (
    not_requested,
    result_of,
    skipped_after_failure,
    verified_result,
)
from steward.change.execution.verify_plan import VerifiedPlan
from steward.change.execution.wait_until import SETTLING_SECONDS, BoundedWait
from steward.change.planning.batches import moves_and_others
from steward.cluster.ports import Changer, Observer, Progress
from steward.model.change import UpsertScram
from steward.model.connection import Secret
from steward.model.error import StewardError
from steward.model.plan import PlanStepStatus, Step, StepResult
from steward.model.progress import ProgressStep

SETTLING_SECONDS_EACH = 0.1
"""Additional seconds per change of a request: brokers create logs of new partitions one after the other."""


@dataclass(kw_only=True)
class StepPerformer:
    """Performs the steps of one run: requests one after the other, moves of partitions many at once.

    ``pending`` are throttles that could not be removed yet; ``is_cancelled`` once the plan was cancelled.
    """

    observer: Observer
    changer: Changer
    journal: Journal
    secrets: Mapping[UpsertScram, Secret]
    dependencies: MoverDependencies
    progress: Progress
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    pending: tuple[str, ...] = ()
    is_cancelled: bool = False
    _attempted: frozenset[int] = field(default=frozenset(), init=False)

    def perform(self, found: VerifiedPlan) -> dict[int, StepResult]:
        """Perform the remaining steps of a verified plan, and return their results.

        Errors: StoreUnavailable, LeaseLost, before any request that could not be recorded; StewardError if the cluster
                cannot be observed.
        """
        plan, left = found.plan, found.left
        self._attempted = self.journal.attempted()
        results: dict[int, StepResult] = {}
        began = self.clock()
        for are_moves, piece in moves_and_others([plan.steps[i] for i in left]):
            indices = [left[place] for place in piece]
            passed = self.clock() - began
            self.progress(_progress([plan.steps[i] for i in left], piece, len(results), passed))
            if are_moves:
                results |= self._move(found, indices, results)
            elif self.is_cancelled:
                text = "cancelled before it started"
                left_out = {i: result_of(i, PlanStepStatus.SKIPPED, text) for i in indices}
                self.journal.record(list(left_out.values()))
                results |= left_out
            else:
                results |= self._batch(found, indices, results)
        return results

    def _move(
        self,
        verified_plan: VerifiedPlan,
        indices: Sequence[int],
        before: Mapping[int, StepResult],
    ) -> dict[int, StepResult]:
        plan = verified_plan.plan
        steps = {i: plan.steps[i] for i in indices}
        held = skipped_after_failure(steps, plan, before)
        held |= self._not_to_do({i: s for i, s in steps.items() if i not in held}, verified_plan)
        if held:
            self.journal.record(list(held.values()))
        mover = Mover(
            observer=self.observer,
            changer=self.changer,
            journal=self.journal,
            dependencies=self.dependencies,
            progress=self.progress,
            sleep=self.sleep,
            clock=self.clock,
            caps=MoveLimits.within(plan.rate_bytes_per_second),
        )
        open_ = {i: s for i, s in steps.items() if i not in held}
        results = mover.run(open_, self.journal.ever_attempted()) if open_ else {}
        self.pending += mover.pending
        self.is_cancelled |= mover.cancelled
        return held | results

    def _batch(
        self,
        verified_plan: VerifiedPlan,
        indices: Sequence[int],
        before: Mapping[int, StepResult],
    ) -> dict[int, StepResult]:
        plan = verified_plan.plan
        steps = {i: plan.steps[i] for i in indices}
        results = skipped_after_failure(steps, plan, before)
        open_ = {i: s for i, s in steps.items() if i not in results}
        found = states_of(open_, self.observer)
        results |= not_requested(open_, found, self._attempted, verified_plan.verification)
        todo = {i: s for i, s in open_.items() if i not in results}
        resting = RetentionWait(
            observer=self.observer, progress=self.progress, sleep=self.sleep, clock=self.clock
        )
        logs = resting.logs(todo)
        if todo:
            self.journal.intend(list(todo))
            fates = self.changer.perform([s.change for s in todo.values()], self.secrets)
            results |= self._verified(todo, dict(zip(todo, fates, strict=True)))
        resting.wait(
            {i: s for i, s in steps.items() if results[i].status is PlanStepStatus.DONE},
            logs,
            0.0 if todo else self.journal.seconds_since_intent(indices),
        )
        self.journal.record([results[i] for i in indices])
        return results

    def _not_to_do(self, steps: Mapping[int, Step], found: VerifiedPlan) -> dict[int, StepResult]:
        """Return the moves whose state differed from the plan's when this run started."""
        check = found.verification
        idle = {i: s for i, s in steps.items() if i in check.ended or i in check.in_place}
        return not_requested(idle, states_of(idle, self.observer), self._attempted, check)

    def _verified(
        self, steps: Mapping[int, Step], fates: Mapping[int, StewardError | None]
    ) -> dict[int, StepResult]:
        """Poll until accepted changes are in place, or the time is over."""
        patience = SETTLING_SECONDS + SETTLING_SECONDS_EACH * len(steps)
        wait = BoundedWait(patience, sleep=self.sleep, clock=self.clock)
        results: dict[int, StepResult] = {}
        waiting = dict(steps)
        while True:
            found = states_of(waiting, self.observer)
            is_last = wait.is_over
            for index, step in list(waiting.items()):
                fate = fates[index]
                result = verified_result(index, step, found[index], fate, patience, is_last=is_last)
                if result is not None:
                    results[index] = result
                    del waiting[index]
            if not waiting:
                return results
            wait.pause()


def _progress(steps: Sequence[Step], piece: range, finished: int, passed: float) -> ProgressStep:
    """Return which of the steps run now: ``step 3 of 12: AlterConfigs topic orders``.

    The time left is estimated from the time that the finished steps took, in seconds; 0 before the first is finished.
    """
    first, last, total = piece.start + 1, piece.stop, len(steps)
    step = steps[piece.start]
    text = (
        f"step {first} of {total}: {step.kind} {step.object}"
        if first == last
        else f"steps {first} to {last} of {total}: {step.kind}"
    )
    return ProgressStep(
        text,
        done=finished / total,
        seconds=passed / finished * (total - finished) if finished else 0.0,
        changes_cluster=True,
    )
