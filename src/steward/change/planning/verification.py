"""Verify a plan: take its changes, derive everything else again, and compare it with what the plan states.

A plan may come from a file, another machine, or a store that others can write to.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from steward.change.planning.build import expiry_of, reads_of
from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.change.planning.derivation import derive
from steward.change.planning.kinds import agrees, command_of, kind_of, parts_of
from steward.model.change import Change, ConfigTarget, CreateTopic, CutRetention
from steward.model.plan import Impossible, Plan, PlanStepStatus, Risk, State, Step, StepResult
from steward.model.snapshot import ClusterSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A step's field that differs from what follows from its change and the cluster; steps count from 0."""

    step: int
    field: str
    stated: str
    derived: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result of verifying a plan.

    ``plan`` has every derived field as it follows now. ``ended`` are steps that must not be requested, with their
    results; ``in_place`` are those that are already in place. ``discrepancies`` make the plan unfit to run or show.
    """

    plan: Plan
    ended: Mapping[int, StepResult]
    in_place: frozenset[int]
    discrepancies: tuple[Discrepancy, ...]


def verify(
    plan: Plan,
    snapshot: ClusterSnapshot,
    *,
    attempted: frozenset[int] = frozenset(),
    final: frozenset[int] = frozenset(),
) -> Verification:
    """Derive a plan's steps again on a fresh snapshot, each on the state that earlier ones leave.

    ``attempted`` are the steps already requested under this plan's id, by its journal: they were verified then, and
    the id is a hash of the plan. ``final`` are the finished ones. A state that differs from a step's expected state
    makes the step stale, not edited: clusters change. On another cluster nothing is compared.
    """
    return _Verifier(plan, snapshot, attempted, final).verification()


class _Verifier:
    """Verifies the steps in order."""

    def __init__(
        self,
        plan: Plan,
        snapshot: ClusterSnapshot,
        attempted: frozenset[int],
        final: frozenset[int],
    ) -> None:
        self._plan = plan
        self._snapshot = snapshot
        self._cluster = ClusterState(snapshot)
        self._attempted = attempted
        self._final = final
        self._created = {
            step.change.name
            for i, step in enumerate(plan.steps)
            if i in attempted and isinstance(step.change, CreateTopic)
        }
        self._begun_elsewhere: set[str] = set()
        self._ended: dict[int, StepResult] = {}
        self._in_place: set[int] = set()
        self._found: list[Discrepancy] = []

    def verification(self) -> Verification:
        if self._plan.cluster_id != (self._snapshot.cluster_id or ""):
            return self._of_another_cluster()
        steps = tuple(self._step(i, step) for i, step in enumerate(self._plan.steps))
        parts = parts_of(s.change for s in steps)
        return Verification(
            plan=replace(
                self._plan,
                steps=steps,
                reads=reads_of(parts, self._snapshot),
                expires_at=expiry_of(self._plan),
            ),
            ended=self._ended,
            in_place=frozenset(self._in_place),
            discrepancies=tuple(self._found),
        )

    def _of_another_cluster(self) -> Verification:
        text = "the plan was created for another cluster"
        for index, step in enumerate(self._plan.steps):
            self._end(index, PlanStepStatus.STALE, text)
            self._found += _static(index, step)
        steps = tuple(_idle(step, text) for step in self._plan.steps)
        return Verification(
            plan=replace(self._plan, steps=steps, reads=(), expires_at=expiry_of(self._plan)),
            ended=self._ended,
            in_place=frozenset(),
            discrepancies=tuple(self._found),
        )

    def _step(self, index: int, step: Step) -> Step:
        if index in self._final:
            return step if index in self._attempted else _idle(step, "already in place")
        if index in self._attempted:
            return self._attempted_step(step)
        self._found += _static(index, step)
        try:
            state = kind_of(step.change).state(step.change, self._cluster)
            wrong_cut = list(_wrong_cut(index, self._plan.steps, self._cluster))
            derived = derive(step.change, self._cluster)
        except Unseen as unseen:
            text = f"a fact that it needs is unknown: {unseen}"
            self._end(index, PlanStepStatus.FAILED, text)
            return _idle(step, text)
        except (ArithmeticError, LookupError, TypeError, ValueError) as fault:
            self._differs(index, "change", str(step.change), f"no such change: {fault!r}")
            return _idle(step, "the change cannot be read")
        if isinstance(derived, Step):
            return self._compared(index, step, derived, wrong_cut)
        return self._not_to_do(index, step, state, derived)

    def _attempted_step(self, step: Step) -> Step:
        """Derive a step that was verified and requested before, unless it has started to change the cluster.

        A half-finished step, such as an ongoing move, can no longer be derived; its states are taken as they are.
        """
        kind = kind_of(step.change)
        with suppress(Unseen, ArithmeticError, LookupError, TypeError, ValueError):
            derived = derive(step.change, self._cluster)
            if isinstance(derived, Step) and self._same(derived.before, step.before, step.change):
                return replace(derived, before=step.before)
        return replace(step, object=kind.object(step.change), command=command_of(step.change))

    def _compared(
        self, index: int, step: Step, derived: Step, wrong_cut: Sequence[Discrepancy]
    ) -> Step:
        if derived.change != step.change:
            self._differs(index, "change", str(step.change), str(derived.change))
        if not self._same(derived.before, step.before, step.change):
            if agrees(derived.before, step.after):
                self._differs(index, "after", _text(step.after), _text(derived.after))
            stale = replace(derived, before=step.before, after=step.after)
            self._end(index, PlanStepStatus.STALE, stale_text(step, derived.before), derived.before)
            return stale
        self._found += wrong_cut
        if not self._same(derived.after, step.after, step.change):
            self._differs(index, "after", _text(step.after), _text(derived.after))
        for field in ("risk", "inverse", "irreversible"):
            stated, follows = getattr(step, field), getattr(derived, field)
            if stated != follows:
                self._differs(index, field, str(stated), str(follows))
        if isinstance(step.change, CutRetention) and step.change.topic in self._begun_elsewhere:
            self._end(
                index,
                PlanStepStatus.STALE,
                "an earlier step of this retention reduction is already in place",
            )
        return replace(derived, before=step.before, after=step.after)

    def _not_to_do(
        self, index: int, step: Step, state: State, impossible: Impossible | None
    ) -> Step:
        is_before = self._same(state, step.before, step.change)
        if impossible is None and agrees(state, step.after):
            self._in_place.add(index)
            if isinstance(step.change, CutRetention):
                self._begun_elsewhere.add(step.change.topic)
            return _idle(step, "already in place")
        if impossible is None and is_before:
            self._differs(index, "after", _text(step.after), _text(state))
        text = stale_text(step, state)
        if impossible is not None and is_before:
            text = f"no longer possible: {impossible.reason}"
        self._end(index, PlanStepStatus.STALE, text, state)
        return _idle(step, text)

    def _same(self, derived: State, stated: State, change: Change) -> bool:
        """Return whether two states match; the id of a topic that this plan created was unknown when it was planned."""
        if kind_of(change).topics(change) & self._created and "topic_id" not in stated:
            derived = {k: v for k, v in derived.items() if k != "topic_id"}
        return dict(derived) == dict(stated)

    def _differs(self, index: int, field: str, stated: str, derived: str) -> None:
        found = Discrepancy(step=index, field=field, stated=stated, derived=derived)
        self._found.append(found)

    def _end(
        self, index: int, status: PlanStepStatus, text: str, found: State | None = None
    ) -> None:
        result = StepResult(index=index, status=status, detail=text, found=found or {})
        self._ended[index] = result


def _static(index: int, step: Step) -> Iterator[Discrepancy]:
    """Compare what follows from the change alone."""
    kind = kind_of(step.change)
    for field, derived in (
        ("object", str(kind.object(step.change))),
        ("command", command_of(step.change)),
    ):
        stated = str(getattr(step, field))
        if stated != derived:
            yield Discrepancy(step=index, field=field, stated=stated, derived=derived)


def _wrong_cut(index: int, steps: tuple[Step, ...], cluster: ClusterState) -> Iterator[Discrepancy]:
    """Compare a retention step's statements about the whole reduction with its earlier steps, or with the cluster."""
    change = steps[index].change
    if not isinstance(change, CutRetention):
        return
    earlier = [
        c
        for s in steps[:index]
        if isinstance(c := s.change, CutRetention) and c.topic == change.topic
    ]
    if earlier:
        number, of, first = earlier[-1].number + 1, earlier[0].of, dict(earlier[0].first)
    else:
        entries = cluster.configs(ConfigTarget.TOPIC, change.topic)
        number, of = 1, max(change.of, 1)
        first = {k: entries[k].value if k in entries else None for k in change.first}
    for field, stated, derived in (
        ("number", str(change.number), str(number)),
        ("of", str(change.of), str(of)),
        ("first", _text(change.first), _text(first)),
    ):
        if stated != derived:
            yield Discrepancy(step=index, field=field, stated=stated, derived=derived)


def _idle(step: Step, text: str) -> Step:
    """Return a step that is not requested, without any of its own statements."""
    kind = kind_of(step.change)
    return replace(
        step,
        object=kind.object(step.change),
        command=command_of(step.change),
        risk=Risk.SAFE,
        effects=(text,),
        inverse=(),
        irreversible="",
    )


def stale_text(step: Step, found: State) -> str:
    """Describe how the state differs from what a step relies on."""
    target = kind_of(step.change).object(step.change)
    if not found:
        return f"{target} no longer exists"
    if not step.before:
        return f"{target} exists now, but differs from what the plan would create"
    changed = [
        f"{key} was {step.before.get(key)} and is {found.get(key)}"
        for key in sorted({*step.before, *found})
        if key in step.before and step.before[key] != found.get(key)
    ]
    return f"since the plan was created, {', '.join(changed)}"


def _text(state: Mapping[str, str | None]) -> str:
    return ", ".join(f"{k}={v}" for k, v in sorted(state.items())) or "nothing"
