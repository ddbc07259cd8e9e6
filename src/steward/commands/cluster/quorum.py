"""The KRaft metadata quorum: leader, voters that keep up, and how many may fail."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import not_applicable
from steward.commands.api.registry import Answer, Capability, capability
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.quorum import Quorum, QuorumReplica
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable, Observed, Unknown, Why

CAUGHT_UP_SECONDS = 10.0
"""A replica counts as keeping up if it was at the leader's end within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumParams:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRow:
    """A voter or an observer."""

    id: int
    role: Annotated[str, Doc("leader, voter or observer")]
    log_end_offset: int
    lag_records: Annotated[int | Unknown, Doc("metadata records behind the leader")]
    behind_seconds: Annotated[
        float | Unknown, Doc("since it was last at the leader's end, by the leader's clock")
    ]
    last_fetch: Annotated[Instant | None, Doc("null for the leader", wide=True)]
    endpoints: Annotated[tuple[str, ...], Doc("controller listeners (KIP-853)", wide=True)]
    directory_id: Annotated[str | None, Doc("its log directory (KIP-853)", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumSummary:
    """Summary of the quorum."""

    leader_id: Annotated[int | None, Doc("null where there is none")]
    leader_epoch: int
    high_watermark: int
    voter_count: int
    voters_caught_up: Annotated[int, Doc(f"at the leader's end within {CAUGHT_UP_SECONDS:.0f} s")]
    may_fail: Annotated[int, Doc("voters that may fail now without losing the majority")]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumDescription:
    """The quorum as its leader reports it; unknown parts are null."""

    summary: QuorumSummary | Unknown | NotApplicable
    voters: tuple[ReplicaRow, ...] | Unknown | NotApplicable
    observers: tuple[ReplicaRow, ...] | Unknown | NotApplicable


@capability("quorum.describe", parts=(Part.QUORUM,), examples=("steward quorum describe",))
def describe_quorum(params: QuorumParams, context: Context) -> Answer[QuorumDescription]:
    """Describe the metadata quorum: leader, voters and observers with their lag."""
    snapshot = context.observe(frozenset({Part.QUORUM}))
    part = snapshot.quorum
    data = (
        description(part.value)
        if isinstance(part, Observed)
        else QuorumDescription(summary=part, voters=part, observers=part)
    )
    warnings = not_applicable(snapshot, Part.QUORUM)
    return answer(data, snapshot, context, (Part.QUORUM,), warnings=warnings)


def description(quorum: Quorum) -> QuorumDescription:
    """Describe a quorum."""
    return QuorumDescription(
        summary=summary_of(quorum),
        voters=_rows(quorum, quorum.voters, "voter"),
        observers=_rows(quorum, quorum.observers, "observer"),
    )


def summary_of(quorum: Quorum) -> QuorumSummary:
    """Return the leader, and how many voters keep up and may fail."""
    voters = _rows(quorum, quorum.voters, "voter")
    keeping_up = len(caught_up(voters))
    return QuorumSummary(
        leader_id=quorum.leader_id if quorum.leader_id >= 0 else None,
        leader_epoch=quorum.leader_epoch,
        high_watermark=quorum.high_watermark,
        voter_count=len(voters),
        voters_caught_up=keeping_up,
        may_fail=max(0, keeping_up - (len(voters) // 2 + 1)),
    )


def _rows(quorum: Quorum, replicas: tuple[QuorumReplica, ...], role: str) -> tuple[ReplicaRow, ...]:
    return tuple(_row(replica, quorum, role) for replica in replicas)


def caught_up(voters: tuple[ReplicaRow, ...]) -> tuple[ReplicaRow, ...]:
    """Return the voters that keep up; one with an unknown time does not count."""
    return tuple(
        v
        for v in voters
        if isinstance(v.behind_seconds, float) and v.behind_seconds <= CAUGHT_UP_SECONDS
    )


def _row(replica: QuorumReplica, quorum: Quorum, role: str) -> ReplicaRow:
    leader = next((v for v in quorum.voters if v.id == quorum.leader_id), None)
    is_leader = role == "voter" and leader is not None and replica.id == leader.id
    return ReplicaRow(
        id=replica.id,
        role="leader" if is_leader else role,
        log_end_offset=replica.log_end_offset,
        lag_records=_lag(replica, leader),
        behind_seconds=0.0 if is_leader else _behind(replica, leader),
        last_fetch=None
        if replica.last_fetch_ms < 0 or is_leader
        else Instant(replica.last_fetch_ms),
        endpoints=replica.endpoints,
        directory_id=replica.directory_id,
    )


_NO_LEADER = Unknown(Why.REFUSED, "the quorum has no leader to compare with")


def _lag(replica: QuorumReplica, leader: QuorumReplica | None) -> int | Unknown:
    return max(0, leader.log_end_offset - replica.log_end_offset) if leader else _NO_LEADER


def _behind(replica: QuorumReplica, leader: QuorumReplica | None) -> float | Unknown:
    """Compare two times of the leader's own clock (kafka-metadata-quorum, max follower lag time)."""
    if leader is None:
        return _NO_LEADER
    if replica.last_caught_up_ms < 0 or leader.last_caught_up_ms < 0:
        return Unknown(Why.REFUSED, f"{replica.id} has not caught up since the leader was elected")
    return max(0, leader.last_caught_up_ms - replica.last_caught_up_ms) / 1000


CAPABILITIES: tuple[Capability, ...] = (describe_quorum,)
