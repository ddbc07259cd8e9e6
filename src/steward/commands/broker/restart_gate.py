"""Whether brokers may be restarted now, for rolling restarts; and which may restart together."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, Outcome, capability
from steward.commands.broker.impact import lost_brokers, unread_outcome
from steward.model.command import Hint, steward
from steward.model.doc import Candidates, Doc
from steward.model.error import UsageError
from steward.model.impact import RestartDecision, RestartReason
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, Unknown
from steward.settings.connecting import criticality_setting

if TYPE_CHECKING:  # column storage needs numpy: imported only when the command runs
    from steward.analysis.impact.layout import Flags, PartitionColumns

_PARTS = (
    Part.BROKERS, Part.TOPICS, Part.TOPIC_CONFIGS, Part.REASSIGNMENTS, Part.QUORUM,
    Part.BROKER_CONFIGS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GateParams:
    """Which brokers, and whose writes may stop meanwhile."""

    brokers: Annotated[
        tuple[int, ...],
        Doc("ids of brokers to restart at the same time", positional=True, metavar="[BROKER]...",
            completes=Candidates.BROKERS),
    ] = ()  # fmt: skip
    accept: Annotated[
        tuple[str, ...],
        Doc(
            "topics (names or shell patterns) whose writes may stop meanwhile",
            metavar="TOPIC",
            commas=True,
            completes=Candidates.TOPICS,
        ),
    ] = ()
    batches: Annotated[bool, Doc("group all brokers into batches that may restart together")] = (
        False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartBatch:
    """Brokers that may restart together, once the previous batch is back in sync."""

    number: int
    brokers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartGate:
    """Whether brokers may be restarted now, and the reasons if not."""

    may_restart: Annotated[
        bool | None, Doc("true: yes, now (exit code 0); false: no (3); null: only batches were requested")
    ]  # fmt: skip
    brokers: tuple[int, ...]
    reasons: Annotated[
        tuple[RestartReason, ...], Doc("reasons not to restart; any one of them means no")
    ]
    cautions: Annotated[tuple[RestartReason, ...], Doc("warnings")]
    leaders_moved: Annotated[int, Doc("partitions whose leader moves to another broker meanwhile")]
    partitions_at_risk: Annotated[
        int, Doc("partitions where one more failure would stop writes meanwhile")
    ]
    batches: Annotated[tuple[RestartBatch, ...], Doc("in restart order, with --batches")]
    blocked: Annotated[
        tuple[int, ...], Doc("brokers that may not restart now even alone, with --batches")
    ]


@capability(
    "broker.restart-gate",
    parts=_PARTS,
    examples=(
        "steward broker restart-gate 2",
        "steward broker restart-gate 2 --accept 'scratch.*'",
        "steward broker restart-gate --batches",
    ),
)
def restart_gate(params: GateParams, context: Context) -> Answer[RestartGate]:
    """Report whether brokers may be restarted now: exit code 0 yes, 3 no.

    No, when a partition would go offline or below min.insync.replicas, one already is, a reassignment involves the
    broker, the controllers would lose their majority, or any of that could not be read. In a rolling restart:

    for id in 1 2 3; do until steward broker restart-gate $id; do sleep 10; done; restart_broker $id; sleep 30; done
    """
    if not params.brokers and not params.batches:
        raise UsageError(
            "no broker named",
            remedy=Hint("pass --batches, or name a broker: ", steward("broker restart-gate", 2)),
        )
    snapshot = context.observe(frozenset(_PARTS))
    from steward.analysis.impact.layout import layout_of

    layout = layout_of(
        snapshot,
        criticality=criticality_setting(context.profile),
        environment=context.connection.environment,
    )
    if isinstance(layout, Unknown):
        return answer(_nothing(params), snapshot, context, _PARTS, outcome=unread_outcome(layout))
    found = _judged(params, layout, snapshot)
    outcome = Outcome.FINDINGS if found.may_restart is False else Outcome.DONE
    return answer(found, snapshot, context, _PARTS, outcome=outcome)


def _judged(
    params: GateParams, layout: "PartitionColumns", snapshot: ClusterSnapshot
) -> RestartGate:
    from steward.analysis.impact.restart_gate import gate

    accepted = _accepted(layout, params.accept)
    ids = tuple(sorted(set(params.brokers)))
    judged = gate(layout, snapshot, lost_brokers(layout, ids), accepted) if ids else None
    return _report_of_gate(ids, judged, *_batches(params, layout, snapshot, accepted))


def _report_of_gate(
    ids: tuple[int, ...],
    judged: RestartDecision | None,
    batches: tuple[RestartBatch, ...],
    blocked: tuple[int, ...],
) -> RestartGate:
    return RestartGate(
        may_restart=judged.may_restart if judged else None,
        brokers=ids,
        reasons=judged.reasons if judged else (),
        cautions=judged.cautions if judged else (),
        leaders_moved=judged.leaders_moved if judged else 0,
        partitions_at_risk=judged.partitions_at_risk if judged else 0,
        batches=batches,
        blocked=blocked,
    )


def _nothing(params: GateParams) -> RestartGate:
    return RestartGate(
        may_restart=False if params.brokers else None,
        brokers=tuple(sorted(set(params.brokers))),
        reasons=(),
        cautions=(),
        leaders_moved=0,
        partitions_at_risk=0,
        batches=(),
        blocked=(),
    )


def _accepted(layout: "PartitionColumns", patterns: tuple[str, ...]) -> "Flags":
    import numpy as np

    named = [any(fnmatchcase(topic, p) for p in patterns) for topic in layout.topics]
    return np.array(named, bool)[layout.topic] if named else np.zeros(layout.partitions, bool)


def _batches(
    params: GateParams, layout: "PartitionColumns", snapshot: ClusterSnapshot, accepted: "Flags"
) -> tuple[tuple[RestartBatch, ...], tuple[int, ...]]:
    if not params.batches:
        return (), ()
    from steward.analysis.impact.restart_batches import batches
    from steward.analysis.impact.restart_gate import spare_voters

    quorum = snapshot.quorum.value if isinstance(snapshot.quorum, Observed) else None
    found = batches(
        layout,
        accepted,
        voters=frozenset(v.id for v in quorum.voters) if quorum else frozenset(),
        spare_voters=spare_voters(quorum) if quorum else None,
        last=quorum.leader_id if quorum else None,
    )
    packed = tuple(
        RestartBatch(number=at, brokers=ids) for at, ids in enumerate(found.together, start=1)
    )
    return packed, found.blocked


CAPABILITIES: tuple[Capability, ...] = (restart_gate,)
