"""``steward reassignment plan``: plan a rebalance with minimal data movement, next to the lower bound."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.gc_paused import gc_paused
from steward.commands.api.registry import Answer, Capability, Notice, Outcome, capability
from steward.commands.plan.change_command import source_of
from steward.commands.plan.execution import refusals as guard_refusals
from steward.commands.reassignment.capacity_weights import spread_over_racks, weighted
from steward.commands.reassignment.goal import (
    evaluate_file,
    goal_of,
    partitions_kept,
    parts_for,
    topics_of_file,
)
from steward.commands.reassignment.goal_options import GoalOptions, check_options
from steward.commands.reassignment.plan_params import ReassignmentPlanParams
from steward.commands.reassignment.rebalance_input import (
    INPUT_PARTS,
    RebalanceInput,
    input_from_cluster,
    input_from_file,
    refusals,
    write_file,
)
from steward.commands.reassignment.relief import disk_rows
from steward.commands.reassignment.report import (
    ReassignmentPlan,
    no_plan,
    report_of_proposal,
    unplanned,
)
from steward.commands.reassignment.staying import incomplete, staying_facts
from steward.commands.reassignment.steps import copies_too_slow, save_reassignment
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.snapshot import Part

if TYPE_CHECKING:  # imports numpy: loaded only when planning
    from steward.analysis.rebalance.goal import Obstacle


@capability(
    "reassignment.plan",
    parts=(*INPUT_PARTS, Part.OFFSETS, Part.TOPIC_CONFIGS),
    long=True,
    formats=("html",),
    examples=(
        "steward reassignment plan balance",
        "steward reassignment plan add-broker --brokers 4,5 --out plan.json --rollback back.json",
        "steward reassignment plan balance --resources disk --weights 4=2,5=2",
        "steward reassignment plan drain --brokers 2 --tolerance 15 --pin audit,orders:3",
        "steward reassignment plan relieve --below 85",
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
    draws each broker's load before and after. Exit code 4: blocked by policy; 5: a drain leaves replicas on its
    brokers, or a relief a broker above its limit; the result names each, with the reason.
    """
    asked = _asked(params, context)
    check_options(asked)
    with gc_paused():  # hundreds of thousands of partitions are read, placed and reported
        return _answered(asked, params, context)


def _answered(
    asked: GoalOptions, params: ReassignmentPlanParams, context: Context
) -> Answer[ReassignmentPlan]:
    """Read the layout, then plan, except where what is observed forbids it."""
    inputs = (
        input_from_file(params.snapshot, context)
        if params.snapshot
        else input_from_cluster(params.window, context, also=parts_for(params.intent))
    )
    inputs = weighted(asked, spread_over_racks(asked, inputs))
    kept = partitions_kept(asked, inputs) if inputs.seen else frozenset[TopicPartition]()
    refused = refusals(inputs.seen, kept)
    if refused:
        return _refused(refused, inputs, context)
    return _planned(asked, inputs, params, context)


def _planned(
    asked: GoalOptions, inputs: RebalanceInput, params: ReassignmentPlanParams, context: Context
) -> Answer[ReassignmentPlan]:
    """Propose a placement, or evaluate that of a file, and report what it costs and what it does not reach."""
    from steward.analysis.rebalance.alternatives import refused_with_alternative, with_tolerance
    from steward.analysis.rebalance.planner import propose

    goal = None if params.json else goal_of(asked, inputs)
    proposal = (
        evaluate_file(params.json, context, inputs.layout)
        if goal is None
        else propose(goal, inputs.layout)
    )
    if isinstance(proposal, tuple):
        if goal is not None:
            proposal = refused_with_alternative(goal, inputs.layout, proposal, propose)
        return _refused(_notices(proposal), inputs, context)
    notes = proposal.notes
    goal_text = f"evaluate {params.json}" if params.json else params.intent
    data = report_of_proposal(
        goal_text, inputs.layout, proposal, params.rate, unplanned(context, inputs)
    )
    if goal is not None:
        notes = with_tolerance(goal, inputs.layout, proposal, notes)
        data = replace(
            data,
            **staying_facts(goal, inputs.layout, proposal.replicas),
            disks=disk_rows(goal, inputs.layout, proposal.replicas),
        )
    too_slow = copies_too_slow(inputs.layout, data.moves, params.rate)
    if too_slow:
        return _refused(too_slow, inputs, context)
    _write(params, context, data)
    left = incomplete(data.staying, goal, params.snapshot)
    return _saved(data, inputs, params, context, (*left, *_notices(notes)))


def _saved(
    data: ReassignmentPlan,
    inputs: RebalanceInput,
    params: ReassignmentPlanParams,
    context: Context,
    notes: tuple[Notice, ...],
) -> Answer[ReassignmentPlan]:
    """Save the plan, except over a file, and answer: partly done, if the plan does not reach all of its goal."""
    warnings = (*inputs.warnings, *notes)
    outcome = Outcome.PARTLY if any(n.code in _INCOMPLETE for n in notes) else Outcome.DONE
    if inputs.seen is None:
        return _answer(data, inputs, context, warnings=warnings, outcome=outcome)
    data, made = save_reassignment(
        data, inputs.seen, context, source=_source(params), rate_mb=params.rate, warnings=notes
    )
    return _answer(
        data,
        inputs,
        context,
        warnings=warnings if made.not_kept is None else (*warnings, made.not_kept),
        errors=guard_refusals(made.decision),
        outcome=Outcome.REFUSED if made.refused else outcome,
    )


def _notices(found: Iterable["Obstacle"]) -> tuple[Notice, ...]:
    return tuple(
        Notice(code=o.rule, message=o.message, object=o.about, remedy=o.instead) for o in found
    )


def _source(params: ReassignmentPlanParams) -> str:
    text = (
        ("--brokers", params.brokers), ("--topics", params.topics), ("--exclude-topics", params.exclude_topics),
        ("--pin", params.pin), ("--resources", params.resources), ("--weights", params.weights),
        ("--below", () if params.below is None else (f"{params.below:g}",)), ("--json", (params.json,)),
    )  # fmt: skip
    words = (f"{name}={','.join(values)}" for name, values in text if any(values))
    return source_of("reassignment", "plan", params.intent, *words)


def _asked(params: ReassignmentPlanParams, context: Context) -> GoalOptions:
    listed = topics_of_file(params.topics_file, context) if params.topics_file else ()
    same = {f.name: getattr(params, f.name) for f in fields(params) if f.name in _GOAL_OPTIONS}
    return GoalOptions(listed=listed, **same)


_INCOMPLETE = frozenset({"drain_incomplete", "relief_incomplete", "no_rack"})
"""Warnings that a plan does not do all that was asked."""
_GOAL_OPTIONS = frozenset(f.name for f in fields(GoalOptions)) - {"listed"}


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
