"""Brokers with outdated metadata."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quorum.lag import behind_seconds, leader_now_ms
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import duration
from steward.model.command import steward
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.snapshot import Part


@check("R04", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUORUM, Part.BROKERS), nature=Nature.STATE)
def observer_lagging(facts: Facts, _: None) -> Iterator[FoundState]:
    """A live broker has outdated metadata.

    What it means: the broker follows the metadata log as an observer and was last caught up longer ago than the
        threshold voter_lag_seconds, by the leader's clock. Stopped or fenced brokers do not count.
    Why it matters: it may serve partitions that it no longer leads, miss new topics, and apply old configurations and
        ACLs.
    What to do: check that broker's log for errors while it replays metadata, and its disk and its network to the
        controllers. Restart it if it stays behind.
    """
    quorum = facts.quorum
    limit = facts.thresholds.voter_lag_seconds
    for observer in quorum.observers:
        seconds = behind_seconds(quorum, observer)
        quiet_ms = leader_now_ms(quorum) - observer.last_fetch_ms
        gone = observer.id not in facts.live_broker_ids and quiet_ms > limit * 1000
        if seconds is None or seconds <= limit or gone:
            continue
        yield FoundState(
            object=ObjectRef("broker", str(observer.id)),
            summary=f"metadata is {duration(seconds)} old",
            evidence=(
                Evidence(
                    "DescribeQuorum", "lastCaughtUpTimestamp", str(observer.last_caught_up_ms)
                ),
                Evidence(
                    "DescribeQuorum",
                    "logEndOffset",
                    f"{observer.log_end_offset} of high watermark {quorum.high_watermark}",
                ),
            ),
            remedy=Remedy(
                f"find out why broker {observer.id} does not keep up with the metadata log",
                steward("quorum describe"),
            ),
        )
