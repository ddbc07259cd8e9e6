"""How far replicas of the metadata log are behind, by the leader's clock."""

from steward.analysis.checks.facts import Facts
from steward.model.quorum import Quorum, QuorumReplica

NEVER = -1


def leader_now_ms(quorum: Quorum) -> int:
    """Return the leader's clock when it answered; NEVER without a leader or if it reports no times.

    A leader reports itself as caught up at the moment of its answer, so clocks need not be synchronized.
    """
    return next(
        (one.last_caught_up_ms for one in quorum.voters if one.id == quorum.leader_id), NEVER
    )


def behind_seconds(quorum: Quorum, replica: QuorumReplica) -> float | None:
    """Return the seconds since a replica was caught up; None if it never was under this leader."""
    now_ms = leader_now_ms(quorum)
    if now_ms == NEVER or replica.last_caught_up_ms == NEVER:
        return None
    return max(0, now_ms - replica.last_caught_up_ms) / 1000


def silent_seconds(facts: Facts, replica_id: int) -> float:
    """Return the seconds for which a replica was observed without any fetch from the present leader.

    A live replica fetches several times per second. The result is 0 in the first snapshot that shows this.

    Errors: FactMissing without an earlier snapshot.
    """
    facts.require_history()
    first = facts
    for earlier in reversed(facts.earlier):
        quorum = earlier.quorum
        same_leader = (quorum.leader_id, quorum.leader_epoch) == (
            facts.quorum.leader_id,
            facts.quorum.leader_epoch,
        )
        known = {r.id: r for r in (*quorum.voters, *quorum.observers)}
        replica = known.get(replica_id)
        if not same_leader or replica is None or replica.last_caught_up_ms != NEVER:
            break
        first = earlier
    return (facts.now_ms - first.now_ms) / 1000
