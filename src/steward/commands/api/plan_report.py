"""The report of a plan, used by every command: its steps, the guard's decision, and the fields for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

from steward.change.planning.kinds import kind_of
from steward.change.planning.password_source import PasswordKind, password_source
from steward.codec import PlainValue
from steward.documents.plan import plan_to_plain
from steward.model.change import (
    AbortTransaction,
    CancelReassignment,
    CreateAcl,
    DeleteAcl,
    ElectLeader,
    ReassignPartition,
    UpsertScram,
)
from steward.model.command import Hint, Phrase
from steward.model.doc import Doc
from steward.model.finding import ObjectRef
from steward.model.plan import (
    GuardDecision,
    GuardReason,
    Plan,
    PlanFacts,
    Remaining,
    Risk,
    Ruling,
    State,
    Step,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step of a plan."""

    kind: Annotated[str, Doc("Kafka's name of the request")]
    object: Annotated[ObjectRef, Doc("the changed object")]
    before: Annotated[State, Doc("the state it requires; empty: the object does not exist")]
    after: Annotated[State, Doc("the resulting state; null: not set on the object itself")]
    risk: Annotated[Risk, Doc("safe, disruptive or destructive")]
    reversible: Annotated[bool, Doc("whether it can be undone")]
    irreversible: Annotated[str, Doc("why it cannot be undone")]
    effects: Annotated[tuple[str, ...], Doc("expected effects, estimated")]
    command: Annotated[Phrase, Doc("the equivalent with Apache Kafka's tools")]
    runs: Annotated[
        tuple[str, ...],
        Doc("program, with its arguments, that runs on the executing machine"),
    ] = ()
    confirm: Annotated[
        str, Doc("the name for --confirm: the object's, for an ACL its resource's, for a partition its topic's")
    ] = ""  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRuling:
    """The guard's decision about a plan."""

    ruling: Annotated[
        Ruling, Doc("allow; approve: confirmation required; refuse: blocked by policy")
    ]
    reasons: Annotated[tuple[GuardReason, ...], Doc("reasons where it does not simply allow")]
    waived: Annotated[tuple[GuardReason, ...], Doc("reasons covered by a waiver")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport(PlanFacts):
    """A plan with the guard's decision."""

    summary: Annotated[str, Doc("how much it changes")]
    risk: Annotated[Risk, Doc("the highest risk of a step")]
    steps: Annotated[tuple[PlannedStep, ...], Doc("changes, in the order in which they run")]
    remaining: Annotated[tuple[Remaining, ...], Doc("differences that the plan leaves")]
    guard: Annotated[GuardRuling, Doc("whether it may run, as of now")]
    kept: Annotated[bool, Doc("whether it is in the store, so that its id can be executed")]
    environment: Annotated[str, Doc("what the cluster is for; empty where none was asked")]
    partial: Annotated[
        bool, Doc("it may run, and leaves out what is impossible: by --allow-partial")
    ] = False
    document: Annotated[
        Mapping[str, object],
        Doc("the plan itself; a file of this JSON can be read back"),
    ]

    @property
    def programs(self) -> tuple[tuple[str, ...], ...]:
        """Every local program that executing it runs, with its arguments, once."""
        return tuple(dict.fromkeys(step.runs for step in self.steps if step.runs))

    @property
    def in_sync(self) -> bool:
        """Whether there is nothing to do and no difference left."""
        return not (self.steps or self.impossible or self.remaining)


def report_of(
    plan: Plan,
    decision: GuardDecision,
    *,
    environment: str,
    kept: bool,
    remaining: tuple[Remaining, ...] = (),
    document: Plan | None = None,
) -> PlanReport:
    """Build the report of a plan and the guard's decision.

    ``document`` is the saved plan, where ``plan`` is derived from the current state of the cluster.
    """
    facts: dict[str, Any] = {f.name: getattr(plan, f.name) for f in fields(PlanFacts)}
    return PlanReport(
        **facts,
        summary=plan.summary,
        risk=plan.risk,
        steps=tuple(planned(step) for step in plan.steps),
        remaining=remaining,
        guard=GuardRuling(ruling=decision.ruling, reasons=decision.reasons, waived=decision.waived),
        kept=kept,
        environment=environment,
        partial=bool(plan.impossible) and decision.ruling is not Ruling.REFUSE,
        document=PlainValue(plan_to_plain(document or plan)),
    )


def planned(step: Step) -> PlannedStep:
    """Return one step as it is shown."""
    command = kind_of(step.change).command(step.change)
    return PlannedStep(
        kind=step.kind,
        object=step.object,
        before=_sorted(step.before),
        after=_sorted(step.after),
        risk=step.risk,
        reversible=step.reversible,
        irreversible=step.irreversible,
        effects=step.effects,
        command="" if command is None else Hint(command),
        runs=program_of(step),
        confirm=name_to_confirm(step),
    )


def name_to_confirm(step: Step) -> str:
    """Return the name of the object that a user confirms for a step."""
    match step.change:
        case CreateAcl(acl=acl) | DeleteAcl(acl=acl):
            return acl.resource_name
        case (
            ElectLeader(partition=partition)
            | ReassignPartition(partition=partition)
            | CancelReassignment(partition=partition)
            | AbortTransaction(partition=partition)
        ):
            return partition.topic
        case _:
            return step.object.name


def program_of(step: Step) -> tuple[str, ...]:
    """Return the local program that a step runs, with its arguments; empty: none."""
    if not isinstance(step.change, UpsertScram):
        return ()
    source = password_source(step.change.password_from)
    if isinstance(source, str) or source.kind is not PasswordKind.COMMAND:
        return ()
    return source.words


def _sorted(state: State) -> Mapping[str, str | None]:
    return dict(sorted(state.items()))
