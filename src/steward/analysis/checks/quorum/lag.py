"""How far replicas of the metadata log are behind, on the leader's own clock."""

from steward.analysis.checks.facts import Facts
from steward.model.quorum import Quorum, QuorumReplica

NEVER = -1


def leader_now_ms(quorum: Quorum) -> int:
    """Return the leader's clock when it answered; NEVER where there is no leader or it keeps no times.

    Shape: a leader reports itself as caught up at the moment of the answer, so that clocks need not agree.
    """
    return next(
        (one.last_caught_up_ms for one in quorum.voters if one.id == quorum.leader_id), NEVER
    )


def behind_seconds(quorum: Quorum, replica: QuorumReplica) -> float | None:
    """Return the seconds since a replica was caught up; None where it never was under this leader."""
    now_ms = leader_now_ms(quorum)
    if now_ms == NEVER or replica.last_caught_up_ms == NEVER:
        return None
    return max(0, now_ms - replica.last_caught_up_ms) / 1000


def silent_seconds(facts: Facts, replica_id: int) -> float:
    """Return for how long a replica was seen without ever fetching from the leader of now.

    Shape:  0 in its first such look. A live one fetches several times a second.
    Errors: FactMissing without an earlier look.
    """
    facts.require_history()
    first = facts
    for look in reversed(facts.earlier):
        quorum = look.quorum
        same_leader = (quorum.leader_id, quorum.leader_epoch) == (
            facts.quorum.leader_id,
            facts.quorum.leader_epoch,
        )
        known = {r.id: r for r in (*quorum.voters, *quorum.observers)}
        replica = known.get(replica_id)
        if not same_leader or replica is None or replica.last_caught_up_ms != NEVER:
            break
        first = look
    return (facts.now_ms - first.now_ms) / 1000
