"""Whether brokers may restart now: blockers, warnings, and which brokers may restart together."""

from collections.abc import Iterator

import numpy as np

from steward.analysis.impact.layout import NONE, Flags, PartitionColumns
from steward.analysis.impact.leader_failover import FailoverResult, failover, replicas_on
from steward.model.command import SEE_RIGHTS, Hint, steward
from steward.model.config import config_entry
from steward.model.impact import RestartDecision, RestartReason, RestartRule
from steward.model.quorum import Quorum, QuorumReplica
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Observed, Unknown, value_or
from steward.model.wording import count

CAUGHT_UP_MS = 10_000
"""A voter that reached the leader's end within this many seconds counts as caught up."""
_SHUTDOWN = "controlled.shutdown.enable"
_NAMED = 3


def gate(
    layout: PartitionColumns, snapshot: ClusterSnapshot, going: Flags, accepted: Flags
) -> RestartDecision:
    """Check a simultaneous restart of brokers.

    ``going`` are the brokers, ``accepted`` the partitions (columns) whose writes may stop meanwhile.

    Source: the maintenance gate |ISR less the batch| >= min.insync.replicas; ListPartitionReassignments,
            DescribeQuorum, DescribeConfigs.
    """
    lost = replicas_on(layout, going & layout.alive)
    then = failover(layout, lost)
    judge = _Judge(layout, snapshot, going, accepted, then)
    return RestartDecision(
        reasons=tuple(judge.reasons()),
        cautions=tuple(judge.cautions()),
        leaders_moved=int(then.moved.sum()),
        partitions_at_risk=int(then.at_risk.sum()),
    )


class _Judge:
    def __init__(
        self,
        layout: PartitionColumns,
        snapshot: ClusterSnapshot,
        going: Flags,
        accepted: Flags,
        then: FailoverResult,
    ) -> None:
        self._layout = layout
        self._snapshot = snapshot
        self._ids = frozenset(id for id, goes in zip(layout.brokers, going, strict=True) if goes)
        self._down = bool((going & ~layout.alive).any())
        self._mine = replicas_on(layout, going).any(axis=0)
        self._going = going
        self._counts = ~accepted
        self._then = then

    def reasons(self) -> Iterator[RestartReason]:
        yield from self._would_stop()
        yield from self._stopped_already()
        yield from self._unseen()
        yield from self._moving(of_these=True)
        yield from self._quorum()

    def _would_stop(self) -> Iterator[RestartReason]:
        layout, then = self._layout, self._then
        offline = self._counts & then.offline
        below = self._counts & then.below & ~then.offline
        hopeless = _replicas(layout) - self._going_count() < np.maximum(layout.min_isr, 1)
        for rule, what, hit in (
            (RestartRule.OFFLINE, "would have no leader", offline),
            (RestartRule.BELOW_MIN_ISR, "would be below min.insync.replicas", below),
        ):
            for never in (False, True):
                chosen = hit & (hopeless == never)
                if chosen.any():
                    yield self._reason(rule, what, chosen, waits=not never)

    def _going_count(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return replicas_on(self._layout, self._going).sum(axis=0)

    def _reason(self, rule: RestartRule, what: str, chosen: Flags, *, waits: bool) -> RestartReason:
        names = self._names(chosen)
        why = (
            Hint("wait until its replicas are in sync again: ", steward("topic list"))
            if waits
            else "it has too few replicas for any restart: add replicas, or accept this with --accept TOPIC"
        )
        return RestartReason(
            rule=rule,
            summary=f"{count(int(chosen.sum()), 'partition')} {what}: {_few(names)}",
            objects=names,
            passes=waits,
            remedy=why,
        )

    def _stopped_already(self) -> Iterator[RestartReason]:
        """Check the present state; a problem that only a down broker causes does not block that broker's restart."""
        layout = self._layout
        rest = self._counts & ~(self._mine if self._down else np.zeros(layout.partitions, bool))
        offline = rest & (layout.leader == NONE)
        below = rest & ~offline & (layout.in_isr.sum(axis=0) < layout.min_isr)
        for rule, what, chosen in (
            (RestartRule.OFFLINE_NOW, "no leader now", offline),
            (
                RestartRule.BELOW_MIN_ISR_NOW,
                "fewer in-sync replicas than min.insync.replicas now",
                below,
            ),
        ):
            if chosen.any():
                names = self._names(chosen)
                yield RestartReason(
                    rule=rule,
                    summary=f"{count(int(chosen.sum()), 'partition')} with {what}: {_few(names)}",
                    objects=names,
                    passes=True,
                    remedy=Hint("fix that first: ", steward("check")),
                )

    def _unseen(self) -> Iterator[RestartReason]:
        layout = self._layout
        blind = self._counts & self._mine & (layout.min_isr == NONE)
        if blind.any():
            topics = tuple(layout.topics[int(t)] for t in np.unique(layout.topic[blind]))
            yield RestartReason(
                rule=RestartRule.UNSEEN,
                summary=f"min.insync.replicas of {count(len(topics), 'topic')} is unknown: {_few(topics)}",
                objects=topics,
                passes=False,
                remedy=Hint("grant DESCRIBE_CONFIGS on topics: ", steward("permissions")),
            )
        for part, what in (
            (self._snapshot.reassignments, "reassignments"),
            (self._snapshot.quorum, "the controller quorum"),
        ):
            if isinstance(part, Unknown):
                yield RestartReason(
                    rule=RestartRule.UNSEEN,
                    summary=f"{what} could not be read: {part}",
                    objects=(),
                    passes=False,
                    remedy=Hint("grant DESCRIBE on the cluster: ", steward("permissions")),
                )  # fmt: skip
        yield from self._gaps()

    def _gaps(self) -> Iterator[RestartReason]:
        """Hidden topics may have replicas on these brokers."""
        topics = self._snapshot.topics
        for gap in topics.gaps if isinstance(topics, Observed) else ():
            yield RestartReason(
                rule=RestartRule.UNSEEN,
                summary=f"not all topics are visible: {gap}",
                objects=(),
                passes=False,
                remedy=SEE_RIGHTS,
            )

    def _moving(self, *, of_these: bool) -> Iterator[RestartReason]:
        part = self._snapshot.reassignments
        moves = value_or(part, ())
        names = tuple(
            str(m.partition)
            for m in moves
            if bool(self._ids & {*m.replicas, *m.adding, *m.removing}) is of_these
        )
        if names:
            where = "on these brokers" if of_these else "on other brokers"
            yield RestartReason(
                rule=RestartRule.REASSIGNMENT,
                summary=f"{count(len(names), 'partition')} {where} being reassigned: {_few(names)}",
                objects=names,
                passes=True,
                remedy=Hint("wait until the reassignment is done: ", steward("reassignment list")),
            )

    def _quorum(self) -> Iterator[RestartReason]:
        part = self._snapshot.quorum
        if not isinstance(part, Observed) or not (voters := voters_among(part.value, self._ids)):
            return
        left = healthy_voters(part.value) - self._ids
        needed = len(part.value.voters) // 2 + 1
        if len(left) < needed:
            yield RestartReason(
                rule=RestartRule.QUORUM,
                summary=f"only {len(left)} of {count(len(part.value.voters), 'controller')} would be caught up; "
                f"{needed} are needed",
                objects=tuple(str(id) for id in sorted(voters)),
                passes=len(part.value.voters) - len(voters) >= needed,
                remedy=Hint(
                    "wait until the other voters have caught up: ", steward("quorum describe")
                )
                if len(part.value.voters) - len(voters) >= needed
                else "restart fewer voters at a time, or run more of them",
            )

    # Warnings

    def cautions(self) -> Iterator[RestartReason]:
        yield from self._moving(of_these=False)
        yield from self._abrupt()
        quorum = self._snapshot.quorum
        if isinstance(quorum, Observed) and quorum.value.leader_id in self._ids:
            yield RestartReason(
                rule=RestartRule.QUORUM,
                summary=f"broker {quorum.value.leader_id} is the active controller: its restart causes an election",
                objects=(str(quorum.value.leader_id),),
                passes=True,
                remedy="restart it last",
            )
        stopped = ~self._counts & (self._then.below | self._then.offline)
        if stopped.any():
            names = self._names(stopped)
            yield RestartReason(
                rule=RestartRule.BELOW_MIN_ISR,
                summary=f"accepted: writes stop on {count(int(stopped.sum()), 'partition')}: {_few(names)}",
                objects=names,
                passes=True,
                remedy="none, because of --accept",
            )

    def _abrupt(self) -> Iterator[RestartReason]:
        part = self._snapshot.broker_configs
        if not isinstance(part, Observed):
            return
        off: list[str] = []
        for id in sorted(self._ids):
            configs = part.value.get(id)
            entry = config_entry(configs, _SHUTDOWN)
            if entry is not None and entry.value == "false":
                off.append(str(id))
        if off:
            yield RestartReason(
                rule=RestartRule.CONTROLLED_SHUTDOWN,
                summary=f"{_SHUTDOWN} is false on broker {_few(tuple(off))}: its leaders move only after it is down",
                objects=tuple(off),
                passes=False,
                remedy=f"remove {_SHUTDOWN} from server.properties; it takes effect with the restart after next",
            )

    def _names(self, chosen: Flags) -> tuple[str, ...]:
        return tuple(str(self._layout.name_of(int(row))) for row in np.flatnonzero(chosen))


def _replicas(layout: PartitionColumns) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return (layout.replicas != NONE).sum(axis=0)


def voters_among(quorum: Quorum, ids: frozenset[int]) -> frozenset[int]:
    """Return which of these brokers are quorum voters: processes that are broker and controller."""
    return ids & {v.id for v in quorum.voters}


def healthy_voters(quorum: Quorum) -> frozenset[int]:
    """Return the voters that are caught up, by the leader's own clock; none without a leader."""
    leader = next((v for v in quorum.voters if v.id == quorum.leader_id), None)
    if leader is None:
        return frozenset()
    return frozenset(v.id for v in quorum.voters if v.id == leader.id or _keeps_up(v, leader))


def _keeps_up(voter: QuorumReplica, leader: QuorumReplica) -> bool:
    if voter.last_caught_up_ms < 0 or leader.last_caught_up_ms < 0:
        return False
    return leader.last_caught_up_ms - voter.last_caught_up_ms <= CAUGHT_UP_MS


def spare_voters(quorum: Quorum) -> int:
    """Return how many voters may stop now without loss of the majority."""
    return max(0, len(healthy_voters(quorum)) - (len(quorum.voters) // 2 + 1))


def _few(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
