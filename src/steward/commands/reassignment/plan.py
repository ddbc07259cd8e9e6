"""``steward reassignment plan``: plan a rebalance with minimal data movement, next to the lower bound."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Notice, Outcome, capability
from steward.commands.plan.change_command import source_of
from steward.commands.plan.execution import refusals as guard_refusals
from steward.commands.reassignment.goal import (
    INTENTS,
    GoalOptions,
    excluded_topics,
    goal_of,
    judged,
    parts_for,
    topics_of_file,
)
from steward.commands.reassignment.rebalance_input import (
    INPUT_PARTS,
    RebalanceInput,
    input_from_cluster,
    input_from_file,
    refusals,
    write_file,
)
from steward.commands.reassignment.report import (
    ReassignmentPlan,
    no_plan,
    report_of_proposal,
    unplanned,
)
from steward.commands.reassignment.steps import copies_too_slow, save_reassignment
from steward.model.doc import Candidates, Doc
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.snapshot import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentPlanParams:
    """The goal, the brokers, and the tolerance."""

    intent: Annotated[
        str,
        Doc(
            "balance: every broker within tolerance; add-broker: new brokers get their share; drain: brokers are "
            "emptied; rack-repair: no two replicas in one rack; leaders: spread evenly, no data moves; "
            "change-replication-factor: set the number of replicas to --replication-factor; partition-placement: each "
            "topic evenly over brokers and racks",
            choices=INTENTS,
            positional=True,
        ),
    ]
    brokers: Annotated[
        tuple[str, ...],
        Doc(
            "ids of the new brokers, or of those to drain",
            metavar="ID,...",
            commas=True,
            completes=Candidates.BROKERS,
        ),
    ] = ()
    replication_factor: Annotated[int, Doc("replicas per partition", metavar="N")] = 0
    tolerance: Annotated[
        float, Doc("how far a broker may deviate from its share, percent", metavar="PERCENT")
    ] = 10.0
    topics: Annotated[
        tuple[str, ...],
        Doc(
            "move only these topics, names or patterns",
            metavar="TOPIC,...",
            commas=True,
            completes=Candidates.TOPICS,
        ),
    ] = ()
    topics_file: Annotated[
        str,
        Doc(
            "move only the topics that this topics-to-move file of kafka-reassign-partitions lists",
            metavar="FILE",
        ),
    ] = ""
    exclude_topics: Annotated[
        tuple[str, ...],
        Doc(
            "do not move these topics",
            metavar="TOPIC,...",
            commas=True,
            completes=Candidates.TOPICS,
        ),
    ] = ()
    exclude_brokers: Annotated[
        tuple[str, ...],
        Doc(
            "brokers that neither send nor receive replicas",
            metavar="ID,...",
            commas=True,
            completes=Candidates.BROKERS,
        ),
    ] = ()
    strict_racks: Annotated[
        bool, Doc("refuse plans in which replicas of a partition share a rack")
    ] = False
    window: Annotated[
        float,
        Doc(
            "measure write rates for this long, to balance network load as well", metavar="DURATION"
        ),
    ] = 0.0
    rate: Annotated[
        float,
        Doc(
            "replication throttle: MB per second that moves may use on each broker, in and out",
            metavar="MB",
        ),
    ] = 50.0
    snapshot: Annotated[
        str,
        Doc("plan over a file of reassignment snapshot instead of a live cluster", metavar="FILE"),
    ] = ""
    json: Annotated[
        str,
        Doc(
            "evaluate this reassignment of kafka-reassign-partitions instead of planning",
            metavar="FILE",
        ),
    ] = ""
    out: Annotated[
        str, Doc("write the plan to this file, for kafka-reassign-partitions", metavar="FILE")
    ] = ""
    rollback: Annotated[
        str, Doc("write the rollback to this file, in the same format", metavar="FILE")
    ] = ""  # fmt: skip
    topics_out: Annotated[
        str, Doc("write the moving topics to this file, as a topics-to-move file", metavar="FILE")
    ] = ""


@capability(
    "reassignment.plan",
    parts=(*INPUT_PARTS, Part.OFFSETS, Part.TOPIC_CONFIGS),
    long=True,
    formats=("html",),
    examples=(
        "steward reassignment plan balance",
        "steward reassignment plan add-broker --brokers 4,5 --out plan.json --rollback back.json",
        "steward reassignment plan drain --brokers 2 --tolerance 15",
        "steward reassignment plan change-replication-factor --replication-factor 3 --topics 'orders.*'",
        "steward reassignment plan partition-placement --topics-file topics.json",
        "steward reassignment plan balance --snapshot prod.layout.json -o html > plan.html",
    ),
)
def plan_reassignment(params: ReassignmentPlanParams, context: Context) -> Answer[ReassignmentPlan]:
    """Plan a rebalance with minimal data movement, and show the lower bound next to it.

    Nothing is changed. The plan is saved: steward plan execute ID executes it; plans over a file (--snapshot) are not
    saved. Planning is deterministic: the same cluster gives the same plan, and planning again on the result moves
    nothing. Small clusters are solved exactly. --out writes a file for kafka-reassign-partitions --execute; -o html
    draws each broker's load before and after. Exit code 4: blocked by policy.
    """
    from steward.analysis.rebalance.planner import propose

    inputs = (
        input_from_file(params.snapshot, context)
        if params.snapshot
        else input_from_cluster(params.window, context, also=parts_for(params.intent))
    )
    asked = _asked(params, context)
    refused = refusals(inputs.seen, excluded_topics(asked, inputs))
    if refused:
        return _refused(refused, inputs, context)
    if params.json:
        proposal = judged(params.json, context, inputs.layout)
    else:
        proposal = propose(goal_of(asked, inputs), inputs.layout)
    if isinstance(proposal, tuple):
        notices = tuple(
            Notice(code=o.rule, message=o.message, object=o.about, remedy=o.instead)
            for o in proposal
        )
        return _refused(notices, inputs, context)
    told = f"evaluate {params.json}" if params.json else params.intent
    data = report_of_proposal(
        told, inputs.layout, proposal, params.rate, unplanned(context, inputs)
    )
    too_slow = copies_too_slow(inputs.layout, data.moves, params.rate)
    if too_slow:
        return _refused(too_slow, inputs, context)
    _write(params, context, data)
    notes = tuple(
        Notice(code=o.rule, message=o.message, object=o.about, remedy=o.instead)
        for o in proposal.notes
    )
    warnings = (*inputs.warnings, *notes)
    if inputs.seen is None:
        return _answer(data, inputs, context, warnings=warnings)
    data, made = save_reassignment(
        data, inputs.seen, context, source=_source(params), rate_mb=params.rate, warnings=notes
    )
    return _answer(
        data,
        inputs,
        context,
        warnings=warnings if made.not_kept is None else (*warnings, made.not_kept),
        errors=guard_refusals(made.decision),
        outcome=Outcome.REFUSED if made.refused else Outcome.DONE,
    )


def _source(params: ReassignmentPlanParams) -> str:
    told = (("--brokers", params.brokers), ("--topics", params.topics), ("--json", (params.json,)))
    words = (f"{name}={','.join(values)}" for name, values in told if any(values))
    return source_of("reassignment", "plan", params.intent, *words)


def _asked(params: ReassignmentPlanParams, context: Context) -> GoalOptions:
    listed = topics_of_file(params.topics_file, context) if params.topics_file else ()
    return GoalOptions(
        intent=params.intent,
        brokers=params.brokers,
        replication_factor=params.replication_factor,
        tolerance=params.tolerance,
        topics=params.topics,
        listed=listed,
        exclude_topics=params.exclude_topics,
        exclude_brokers=params.exclude_brokers,
        strict_racks=params.strict_racks,
    )


def _answer(
    data: ReassignmentPlan,
    inputs: RebalanceInput,
    context: Context,
    *,
    warnings: tuple[Notice, ...] = (),
    errors: tuple[Notice, ...] = (),
    outcome: Outcome = Outcome.DONE,
) -> Answer[ReassignmentPlan]:
    if inputs.seen is None:
        at = Instant(context.now_ms())
        return Answer(data=data, observed_at=at, warnings=warnings, errors=errors, outcome=outcome)
    return answer(
        data, inputs.seen, context, INPUT_PARTS, warnings=warnings, errors=errors, outcome=outcome
    )


def _refused(
    errors: tuple[Notice, ...], inputs: RebalanceInput, context: Context
) -> Answer[ReassignmentPlan]:
    return _answer(
        no_plan(context, inputs), inputs, context, errors=errors, outcome=Outcome.REFUSED
    )


def _write(params: ReassignmentPlanParams, context: Context, data: ReassignmentPlan) -> None:
    from steward.analysis.rebalance.reassignment_json import write_assignment, write_topics

    if params.topics_out:
        write_file(params.topics_out, write_topics({m.topic for m in data.moves}), context)
    for path, side in ((params.out, "after"), (params.rollback, "before")):
        if not path:
            continue
        assignment = {TopicPartition(m.topic, m.partition): getattr(m, side) for m in data.moves}
        write_file(path, write_assignment(assignment), context)


CAPABILITIES: tuple[Capability, ...] = (plan_reassignment,)
