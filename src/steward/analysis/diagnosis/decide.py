"""From a diagnosis input to the diagnosis: the first cause that fits, further causes, and missing evidence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated

from steward.analysis.diagnosis.causes.assignment_skew import skewed_assignment, slow_member
from steward.analysis.diagnosis.causes.broker import (
    broker_cpu,
    broker_disk,
    broker_network,
    broker_unknown,
)
from steward.analysis.diagnosis.causes.hot_partition import hot_partition
from steward.analysis.diagnosis.causes.load import catching_up, commit_rhythm, under_capacity
from steward.analysis.diagnosis.causes.log import (
    broker_down,
    marker_only,
    no_valid_measurement,
    old_timestamps,
    unexplained,
)
from steward.analysis.diagnosis.causes.members import abandoned, no_members, rebalance_loop, rewound
from steward.analysis.diagnosis.causes.quota import consumer_quota
from steward.analysis.diagnosis.causes.replication import under_replication
from steward.analysis.diagnosis.causes.retention import retention_overrun
from steward.analysis.diagnosis.causes.stalled_commits import (
    partition_paused,
    partition_waiting,
    poison_record,
    stuck_consumer,
)
from steward.analysis.diagnosis.causes.transactions import hanging_transaction, open_transaction
from steward.analysis.diagnosis.causes.wording import (
    age_evidence,
    describe_request,
    duration,
    few,
    lag_of,
    per_second,
    rates_evidence,
    topics_of,
)
from steward.analysis.diagnosis.group_advice import advice_for
from steward.analysis.diagnosis.idle_members import idle_note
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.missing_evidence import MissingEvidence, missing_evidence
from steward.analysis.diagnosis.sizing import GroupCapacity, capacity_of
from steward.analysis.diagnosis.workload import MemberLoad, loads_of
from steward.model.command import Hint, Phrase
from steward.model.doc import Doc
from steward.model.finding import Evidence
from steward.model.lag import GroupLag, LagSeconds
from steward.model.membership import idle_members
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown
from steward.model.verdict import Action, Cause, Certainty, Verdict

CAUSES: tuple[Callable[[DiagnosisInput], Verdict | None], ...] = (
    no_valid_measurement,
    broker_down,
    retention_overrun,
    hanging_transaction,
    open_transaction,
    no_members,
    abandoned,
    rewound,
    rebalance_loop,
    poison_record,
    stuck_consumer,
    partition_paused,
    consumer_quota,
    under_replication,
    broker_cpu,
    broker_disk,
    broker_network,
    broker_unknown,
    hot_partition,
    skewed_assignment,
    slow_member,
    under_capacity,
    catching_up,
    commit_rhythm,
    marker_only,
)
"""In evaluation order: the first cause that fits is the verdict."""

SUSPICIONS: tuple[Callable[[DiagnosisInput], Verdict | None], ...] = (partition_waiting,)
"""Never the verdict, only listed after the causes: the same evidence has a simpler explanation."""

_EXCLUSIVE = frozenset({Cause.NO_VALID_MEASUREMENT, Cause.REWOUND})
"""No further cause follows these: its evidence would be invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberShare:
    """One member: identity, load and throughput. Rates are records per second."""

    client_id: str
    host: str
    instance_id: Annotated[str | None, Doc("group.instance.id; null for a dynamic member")]
    member: Annotated[str, Doc("member id", wide=True)]
    assignment: Annotated[tuple[TopicPartition, ...], Doc("partitions that it reads")]
    lag_records: Annotated[int, Doc("unread records in them")]
    lag_seconds: Annotated[float, Doc("age of the oldest unread record in them")]
    arrivals_per_second: Annotated[float, Doc("records that arrive for it")]
    consumed_per_second: Annotated[float, Doc("records that it commits")]
    utilisation: Annotated[
        float | None, Doc("arrivals as a share of what it can process; null: unknown")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDiagnosis:
    """Why a group lags, how certain that is, the evidence, and what to do."""

    group: str
    verdict: Annotated[Verdict, Doc("the first cause that fits")]
    notes: Annotated[
        tuple[Phrase, ...], Doc("further facts: idle members, topics without subscription")
    ]
    runners_up: Annotated[tuple[Verdict, ...], Doc("further causes that fit, in the same order")]
    capacity: Annotated[GroupCapacity, Doc("capacity for numbers of members and partitions")]
    missing_evidence: Annotated[
        tuple[MissingEvidence, ...], Doc("evidence that was not available, and how to get it")
    ]
    type: Annotated[str, Doc("classic, consumer, share or streams")]
    state: Annotated[str, Doc("in Kafka's spelling")]
    lag_records: int | Unknown
    lag_seconds: Annotated[LagSeconds | Unknown, Doc("age of the oldest unread record")]
    objective_seconds: Annotated[float, Doc("highest acceptable lag")]
    watched_seconds: Annotated[float, Doc("time between first and last sample")]
    looks: Annotated[int, Doc("number of samples")]
    members: Annotated[tuple[MemberShare, ...], Doc("largest backlog first")]
    advice: Annotated[
        tuple[Action, ...],
        Doc("what would make rebalances fewer or cheaper, independent of the lag"),
    ]


def diagnose(case: DiagnosisInput) -> GroupDiagnosis:
    """Diagnose a group: always one verdict, healthy if there is nothing to explain."""
    found = tuple(verdicts_of(case))
    verdict = found[0] if found else _without_cause(case)
    lag = case.lag
    suspected = tuple(v for suspicion in SUSPICIONS if (v := suspicion(case)) is not None)
    runners_up = () if found and verdict.cause in _EXCLUSIVE else (*found[1:], *suspected)
    return GroupDiagnosis(
        group=lag.group,
        verdict=_with_idle(verdict, case),
        notes=tuple(_notes(case, verdict)),
        runners_up=tuple(_with_idle(v, case) for v in runners_up),
        capacity=capacity_of(case),
        missing_evidence=tuple(missing_evidence(case)),
        type=lag.type,
        state=lag.state,
        lag_records=lag.lag_records,
        lag_seconds=lag.lag_seconds,
        objective_seconds=case.objective_seconds,
        watched_seconds=round(case.seconds, 3),
        looks=len(case.group_samples),
        members=tuple(_share(w) for w in loads_of(case)),
        advice=tuple(advice_for(case)),
    )


def _without_cause(case: DiagnosisInput) -> Verdict:
    if not case.has_excess_lag:
        return healthy(case)
    return old_timestamps(case) or unexplained(case)


_SELF_ASSIGNED = (
    "The group has no members, but its commits move: a consumer assigns its own partitions (assign()). "
    "Kafka does not rebalance it, and does not protect its offsets from a reset while it runs."
)


def verdicts_of(case: DiagnosisInput) -> Iterator[Verdict]:
    """Yield every cause that fits, in order; nothing follows an invalid measurement."""
    for cause in CAUSES:
        verdict = cause(case)
        if verdict is None:
            continue
        yield verdict
        if verdict.cause is Cause.NO_VALID_MEASUREMENT:
            return


def _with_idle(verdict: Verdict, case: DiagnosisInput) -> Verdict:
    """Add the members without a partition to a verdict's evidence."""
    idle = idle_members(case.group)
    if not idle:
        return verdict
    who = few((f"{m.client_id} on {m.host}" for m in idle), 3)
    fact = Evidence(
        describe_request(case),
        "members without a partition",
        f"{len(idle)} of {len(case.members)}: {who}",
    )
    return replace(verdict, evidence=(*verdict.evidence, fact))


def _notes(case: DiagnosisInput, verdict: Verdict) -> Iterator[str]:
    """Yield facts beside the verdict that an operator should know."""
    idle = idle_note(case)
    if idle is not None:
        yield idle if isinstance(idle, Hint) else f"{idle}."
    if case.commits_without_members:
        yield _SELF_ASSIGNED
    left = topics_of(case.left_over)
    if left and verdict.cause is not Cause.ABANDONED:
        yield (
            f"No member subscribes to {few(left)} any more: the group still has commits there, "
            "and their lag does not count here."
        )


def healthy(case: DiagnosisInput) -> Verdict:
    """Return the verdict that there is nothing to explain, with its evidence."""
    lag = case.lag
    sure = _how_healthy(case, lag)
    return Verdict(
        cause=Cause.HEALTHY,
        confidence=sure,
        summary=_fine(case, lag),
        evidence=(age_evidence(case), *rates_evidence(case)),
        actions=(),
        settles=() if sure is Certainty.KNOWN else case.until_likely,
    )


def _how_healthy(case: DiagnosisInput, lag: GroupLag) -> Certainty:
    """Return known if a proved upper bound is below the objective, otherwise likely."""
    seconds = lag.lag_seconds
    if not isinstance(seconds, LagSeconds) or seconds.high is None:
        return Certainty.LIKELY
    return Certainty.KNOWN if seconds.high <= case.objective_seconds else Certainty.LIKELY


def _fine(case: DiagnosisInput, lag: GroupLag) -> str:
    if not case.members and not case.unread:
        return f"No lag: nothing is unread. The group is {lag.state} and has no members."
    return (
        f"The group keeps up: {lag_of(lag)} behind (objective {duration(case.objective_seconds)}), "
        f"{case.unread:,} unread, "
        f"{per_second(case.arrivals)} arrive, {per_second(case.consumed)} are committed."
    )


def _share(load: MemberLoad) -> MemberShare:
    used = load.utilisation
    return MemberShare(
        client_id=load.member.client_id,
        host=load.member.host,
        instance_id=load.member.instance_id,
        member=load.member.id,
        assignment=load.member.assignment,
        lag_records=load.unread,
        lag_seconds=round(load.seconds, 3),
        arrivals_per_second=round(load.arrivals, 3),
        consumed_per_second=round(load.consumed, 3),
        utilisation=None if used is None else round(used, 3),
    )
