"""Plans: changes in order, with preconditions, effects, risk and how to undo each; and their results."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from steward.model.change import LEFT_OUT_WHERE_EMPTY, Change
from steward.model.command import Phrase
from steward.model.doc import Doc
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.policy import Criticality

State = Mapping[str, str | None]
"""The part of an object that a change reads and writes, by name (``partitions``, a config key ...); None: not set.

An object that does not exist is an empty mapping.
"""


class Risk(StrEnum):
    """Risk of a step, from low to high."""

    SAFE = "safe"
    """nothing is lost"""
    DISRUPTIVE = "disruptive"
    """clients may fail, slow down or see records in another order"""
    DESTRUCTIVE = "destructive"
    """data, positions or credentials are lost"""


IMPOSSIBLE = "impossible"
"""The guard's rule on a plan of which something is impossible."""

INTERRUPTED, RUNNING = "interrupted", "running"
"""State of a plan without a recorded end: no process executes it any more, or another one is moving its data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change with its context.

    ``before`` is the state it relies on, ``after`` the state it leads to: if the object is at ``after`` the step is
    done, at neither it is stale. ``effects`` are sentences on consequences (bytes, principals). ``inverse`` undoes it;
    where it is empty, ``irreversible`` says why. ``command`` is the equivalent with Apache Kafka's tools.
    """

    change: Change
    object: ObjectRef
    before: State
    after: State
    risk: Risk
    effects: tuple[str, ...] = ()
    inverse: tuple[Change, ...] = ()
    irreversible: str = ""
    command: str = ""

    @property
    def kind(self) -> str:
        """Kafka's name of the request."""
        return self.change.request

    @property
    def reversible(self) -> bool:
        """Whether it can be undone."""
        return bool(self.inverse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """A requested change that Kafka cannot make, or that unknown facts leave unjudged; it blocks the plan."""

    object: ObjectRef
    reason: Phrase
    remedy: Phrase = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """A difference that a plan does not change: why, and what to do."""

    object: ObjectRef
    reason: Phrase
    remedy: Phrase = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A part of the cluster that a plan relies on, and when it was observed."""

    part: str
    observed_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """A plan without its steps, as plans and reports of them share it."""

    id: Annotated[str, Doc("hash of what it does; its first characters name it, too")]
    title: Annotated[str, Doc("what it is for")]
    cluster_id: Annotated[str, Doc("the only cluster that it may run on")]
    created_at: Annotated[Instant, Doc("when it was made")]
    expires_at: Annotated[Instant, Doc("until when it may run")]
    made_by: Annotated[str, Doc("who made it")]
    source: Annotated[str, Doc("what it was made of")]
    version: Annotated[str, Doc("version of steward that made it")]
    impossible: Annotated[tuple[Impossible, ...], Doc("changes that no plan can make")] = ()
    reads: Annotated[
        tuple[Fact, ...], Doc("parts of the cluster that it rests on, and their age")
    ] = ()
    undoes: Annotated[str, Doc("id of the plan that it undoes")] = ""
    rate_bytes_per_second: Annotated[
        int, Doc("what moving replicas may use on each broker and way; 0: it is not limited")
    ] = field(default=0, metadata=LEFT_OUT_WHERE_EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(PlanFacts):
    """Changes to one cluster, in their order, as data: the diff, the dry run, and what the executor runs.

    ``id`` is a hash of what it does to which cluster: not of its title, source, maker and times. ``source`` is the
    command or manifests that it was made of. ``criticality`` is what manifests say of the topics that it touches: the
    guard goes by it whenever the plan runs. ``repeats`` counts the equal plans that were executed before it: a journal
    belongs to one of them.
    """

    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()
    criticality: Mapping[str, Criticality] = field(default_factory=dict[str, Criticality])
    repeats: int = field(default=0, metadata=LEFT_OUT_WHERE_EMPTY)

    @property
    def risk(self) -> Risk:
        """The highest risk of a step."""
        return max((s.risk for s in self.steps), key=list(Risk).index, default=Risk.SAFE)

    @property
    def summary(self) -> str:
        """Summarize the plan in one line."""
        if not self.steps and not self.impossible:
            return "nothing to change"
        counts = Counter(s.risk for s in self.steps)
        parts = [f"{counts[risk]} {risk.value}" for risk in Risk if counts[risk]]
        text = f"{len(self.steps)} {'step' if len(self.steps) == 1 else 'steps'}"
        if parts:
            text += f": {', '.join(parts)}"
        return f"{text}; {len(self.impossible)} impossible" if self.impossible else text


class PlanStepStatus(StrEnum):
    """Result of a step."""

    DONE = "done"
    ALREADY = "already"
    """its end state already existed"""
    FAILED = "failed"
    """the cluster rejected it"""
    SKIPPED = "skipped"
    """not attempted: the run ended first, or a step that it depends on did not succeed"""
    STALE = "stale"
    """the state it relies on has changed; not attempted"""
    UNSURE = "unsure"
    """requested; the answer was lost and the result is not observed yet"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """Result of one step, by its index from 0; ``detail`` says why it is not done.

    ``found`` is the state observed last: what made a step stale, or the id of a created topic. ``code`` is the code of
    the fault, if any.
    """

    index: int
    status: PlanStepStatus
    detail: str = ""
    found: State = field(default_factory=dict[str, str | None])
    at: Instant | None = None
    code: str = ""


FINAL = frozenset({PlanStepStatus.DONE, PlanStepStatus.ALREADY})
"""Results that need no further action."""


def is_final(result: StepResult | None) -> bool:
    """Return whether a step needs no further action."""
    return result is not None and result.status in FINAL


class PlanOutcome(StrEnum):
    """Result of executing a plan."""

    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
    REFUSED = "refused"
    STALE = "stale"


def outcome_of(results: Sequence[StepResult]) -> PlanOutcome:
    """Return the overall result of all steps."""
    statuses = {r.status for r in results}
    if statuses <= FINAL:
        return PlanOutcome.DONE
    if statuses & {*FINAL, PlanStepStatus.UNSURE}:
        return PlanOutcome.PARTLY
    return PlanOutcome.STALE if PlanStepStatus.FAILED not in statuses else PlanOutcome.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Result of a plan: one result per step."""

    plan_id: str
    outcome: PlanOutcome
    results: tuple[StepResult, ...]


class Ruling(StrEnum):
    """Decision of the guard, from lenient to strict."""

    ALLOW = "allow"
    APPROVE = "approve"
    """confirmation required: the typed name, or an approval"""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardReason:
    """A reason of the guard: ``rule`` is the name used in waivers, ``step`` the step's index or None."""

    rule: str
    ruling: Ruling
    object: ObjectRef
    message: str
    remedy: Phrase = ""
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardDecision:
    """The guard's decision: the strictest ruling, all reasons, and the waived ones."""

    ruling: Ruling
    reasons: tuple[GuardReason, ...] = ()
    waived: tuple[GuardReason, ...] = ()


def strictest(reasons: tuple[GuardReason, ...]) -> Ruling:
    """Return the strictest ruling of several reasons; without reasons ALLOW."""
    return max((r.ruling for r in reasons), key=list(Ruling).index, default=Ruling.ALLOW)
