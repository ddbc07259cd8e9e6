"""Plans: changes in their order, with what each relies on, does, risks and how it is undone; and how they ended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from steward.model.change import LEFT_OUT_WHERE_EMPTY, Change
from steward.model.command import Phrase
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.policy import Criticality

State = Mapping[str, str | None]
"""What of an object a change reads and writes, by name (``partitions``, a config key ...); None where it is not set.

An object that does not exist is an empty mapping.
"""


class Risk(StrEnum):
    """What a step may cost, rising."""

    SAFE = "safe"
    """nobody loses anything"""
    DISRUPTIVE = "disruptive"
    """clients may fail, slow down or see another order"""
    DESTRUCTIVE = "destructive"
    """data, positions or credentials are lost"""


INTERRUPTED, RUNNING = "interrupted", "running"
"""How a plan stands whose end is not written down: nobody carries it out any more, or somebody moves its data now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change with its circumstances.

    ``before`` is the state that it relies on, ``after`` the state that it leaves: found at ``after``, it is already
    done; found at neither, it is stale. ``effects`` are sentences on what follows (bytes, principals). ``inverse``
    undoes it; where it is empty, ``irreversible`` says why. ``command`` is the same with Apache Kafka's tools.
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
    """A wish that Kafka cannot fulfil, or that cannot be judged for want of sight; it makes a plan unfit to run."""

    object: ObjectRef
    reason: Phrase
    remedy: Phrase = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """A difference that a plan leaves as it is: why, and what to do."""

    object: ObjectRef
    reason: Phrase
    remedy: Phrase = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A part of the cluster that a plan rests on, and when it was seen."""

    part: str
    observed_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Changes to one cluster, in their order, as data: the diff, the dry run, and what the executor runs.

    ``id`` is a hash of everything else. ``source`` is the command or manifests that it was made of, with their digest.
    ``undoes`` is the id of the plan that this one unwinds. ``criticality`` is what manifests say of the topics that
    it touches: the guard goes by it whenever the plan runs. ``rate_bytes_per_second`` is what moving replicas may use
    on each broker and way; 0: it is not limited.
    """

    id: str
    title: str
    cluster_id: str
    created_at: Instant
    expires_at: Instant
    made_by: str
    source: str
    version: str
    steps: tuple[Step, ...]
    impossible: tuple[Impossible, ...] = ()
    reads: tuple[Fact, ...] = ()
    warnings: tuple[str, ...] = ()
    undoes: str = ""
    criticality: Mapping[str, Criticality] = field(default_factory=dict[str, Criticality])
    rate_bytes_per_second: int = field(default=0, metadata=LEFT_OUT_WHERE_EMPTY)

    @property
    def risk(self) -> Risk:
        """The highest risk of a step."""
        return max((s.risk for s in self.steps), key=list(Risk).index, default=Risk.SAFE)

    @property
    def summary(self) -> str:
        """Say how much it changes, in one line."""
        if not self.steps and not self.impossible:
            return "nothing to change"
        counts = Counter(s.risk for s in self.steps)
        parts = [f"{counts[risk]} {risk.value}" for risk in Risk if counts[risk]]
        text = f"{len(self.steps)} {'step' if len(self.steps) == 1 else 'steps'}"
        if parts:
            text += f": {', '.join(parts)}"
        return f"{text}; {len(self.impossible)} impossible" if self.impossible else text


class PlanStepStatus(StrEnum):
    """How a step ended."""

    DONE = "done"
    ALREADY = "already"
    """its end state was there before"""
    FAILED = "failed"
    """the cluster refused it"""
    SKIPPED = "skipped"
    """not tried: the run ended before it, or a step that it follows did not succeed"""
    STALE = "stale"
    """what it relies on has changed; not tried"""
    UNSURE = "unsure"
    """asked for, the answer lost, and not yet observed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """How one step of a plan, by its place from 0, ended; ``detail`` says why it is not done.

    ``found`` is the state that was last seen: what a stale step met, or the id that a created topic got. ``code`` is
    that of the fault, where there was one.
    """

    index: int
    status: PlanStepStatus
    detail: str = ""
    found: State = field(default_factory=dict[str, str | None])
    at: Instant | None = None
    code: str = ""


FINAL = frozenset({PlanStepStatus.DONE, PlanStepStatus.ALREADY})
"""Ends that need nothing more."""


def is_final(result: StepResult | None) -> bool:
    """Tell whether a step needs nothing more."""
    return result is not None and result.status in FINAL


class PlanOutcome(StrEnum):
    """How the execution of a plan ended."""

    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
    REFUSED = "refused"
    STALE = "stale"


def outcome_of(results: Sequence[StepResult]) -> PlanOutcome:
    """Return what the results of all steps amount to."""
    statuses = {r.status for r in results}
    if statuses <= FINAL:
        return PlanOutcome.DONE
    if statuses & {*FINAL, PlanStepStatus.UNSURE}:
        return PlanOutcome.PARTLY
    return PlanOutcome.STALE if PlanStepStatus.FAILED not in statuses else PlanOutcome.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What became of a plan: a result for every step."""

    plan_id: str
    outcome: PlanOutcome
    results: tuple[StepResult, ...]


class Ruling(StrEnum):
    """What the guard says, rising."""

    ALLOW = "allow"
    APPROVE = "approve"
    """a person has to agree: the name typed, or an approval"""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardReason:
    """Why the guard does not simply allow: ``rule`` is the name that a waiver carries, ``step`` an index or None."""

    rule: str
    ruling: Ruling
    object: ObjectRef
    message: str
    remedy: Phrase = ""
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardDecision:
    """The guard's answer: the strictest ruling, all reasons, and those that a waiver set aside."""

    ruling: Ruling
    reasons: tuple[GuardReason, ...] = ()
    waived: tuple[GuardReason, ...] = ()


def strictest(reasons: tuple[GuardReason, ...]) -> Ruling:
    """Return the strictest ruling of several reasons; none allow."""
    return max((r.ruling for r in reasons), key=list(Ruling).index, default=Ruling.ALLOW)
