"""Controllers that lag behind the metadata log."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quorum.lag import behind_seconds, silent_seconds
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import duration
from steward.model.command import steward
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.quorum import Quorum, QuorumReplica
from steward.model.snapshot import Part

_MAX_SILENT_SECONDS = 5


@check("R03", Severity.HIGH, over=CLUSTER, parts=(Part.QUORUM,), nature=Nature.STATE)
def voter_lagging(facts: Facts, _: None) -> Iterator[FoundState]:
    """A voter of the metadata quorum is behind the leader.

    What it means: the voter was last caught up longer ago than the threshold voter_lag_seconds, by the leader's clock;
        or it has not fetched from this leader in any snapshot.
    Why it matters: a voter that is behind does not count when the next controller fails. The severity is high if that
        failure would stop the quorum, medium if more voters remain.
    What to do: start that controller, or check its disk and network. If it will not return, remove it as a voter and
        add another.
    """
    quorum = facts.quorum
    if quorum.leader_id < 0:
        return
    lagging = [(v, problem) for v in quorum.voters if (problem := _lag(facts, quorum, v))]
    healthy = len(quorum.voters) - len(lagging)
    spare = healthy - (len(quorum.voters) // 2 + 1)
    for voter, problem in lagging:
        yield FoundState(
            object=ObjectRef("voter", str(voter.id)),
            severity=Severity.HIGH if spare <= 0 else Severity.MEDIUM,
            summary=f"{problem}; {healthy} of {len(quorum.voters)} voters keep up"
            + ("; the next failure stops the quorum" if spare <= 0 else ""),
            evidence=(
                Evidence("DescribeQuorum", "lastCaughtUpTimestamp", str(voter.last_caught_up_ms)),
                Evidence(
                    "DescribeQuorum",
                    "logEndOffset",
                    f"{voter.log_end_offset} of high watermark {quorum.high_watermark}",
                ),
            ),
            remedy=Remedy(
                f"find out why controller {voter.id} does not keep up",
                steward("quorum describe"),
            ),
        )


def _lag(facts: Facts, quorum: Quorum, voter: QuorumReplica) -> str:
    seconds = behind_seconds(quorum, voter)
    if seconds is None:
        silent = silent_seconds(facts, voter.id)
        return "has not fetched from this leader" if silent >= _MAX_SILENT_SECONDS else ""
    return f"behind for {duration(seconds)}" if seconds > facts.thresholds.voter_lag_seconds else ""
