"""Brokers that lead too few of their preferred partitions."""

from collections import Counter
from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, few, on_broker
from steward.model.command import kafka
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.topic import Partition

PARTS = (Part.TOPICS, Part.BROKERS, Part.BROKER_CONFIGS)
_TOLERATED_PERCENT = 10
"""Kafka's default of leader.imbalance.per.broker.percentage; below it Kafka moves no leaders."""


@check("T11", Severity.MEDIUM, over=CLUSTER, parts=PARTS, nature=Nature.STATE)
def leader_not_preferred(facts: Facts, _: None) -> Iterator[FoundState]:
    """A live broker leads too few of the partitions for which it is the preferred leader.

    What it means: this broker has the first replica of these partitions and is in sync, yet for more than a tenth of
        them another broker is the leader. If Kafka moves leaders back by itself (auto.leader.rebalance.enable), the
        severity is info until it has lasted longer than Kafka takes.
    Why it matters: other brokers carry this broker's load, and the loss of one of them affects more leaders.
    What to do: elect the preferred leaders.
    """
    preferred, away = _leaders(facts)
    for broker in sorted(away):
        partitions = away[broker]
        if 100 * len(partitions) <= _TOLERATED_PERCENT * preferred[broker]:
            continue
        automatic = facts.broker_config(broker, "auto.leader.rebalance.enable").value == "true"
        lasting = _lasting(facts, broker, partitions)
        transient = automatic and not lasting
        yield FoundState(
            object=on_broker(broker),
            severity=Severity.INFO if transient else Severity.MEDIUM,
            summary=f"{len(partitions):,} of {count(preferred[broker], 'partition')} that it should lead are led "
            f"by other brokers{_forecast(automatic, lasting)}",
            evidence=(
                Evidence(
                    "Metadata",
                    "in sync, preferred, but not leader",
                    f"{len(partitions)}: {few(p.key for p in partitions)}",
                ),
                Evidence(
                    f"DescribeConfigs broker {broker}",
                    "auto.leader.rebalance.enable",
                    str(automatic).lower(),
                ),
            ),
            remedy=Remedy(
                "elect the preferred leaders",
                kafka("leader-election", "--all-topic-partitions", election_type="PREFERRED"),
            ),
        )


def _leaders(facts: Facts) -> tuple[Counter[int], dict[int, list[Partition]]]:
    preferred: Counter[int] = Counter()
    away: dict[int, list[Partition]] = {}
    live = facts.live_broker_ids
    for topic in facts.topics:
        for p in topic.partitions:
            first = p.replicas[0] if p.replicas else -1
            preferred[first] += 1
            if p.leader != first and p.leader >= 0 and first in p.isr and first in live:
                away.setdefault(first, []).append(p)
    return preferred, away


def _lasting(facts: Facts, broker: int, partitions: list[Partition]) -> float:
    """Return the seconds for which it has lasted; 0 unless longer than Kafka takes to move leaders back."""
    takes = float(
        facts.broker_config(broker, "leader.imbalance.check.interval.seconds").value or 300
    )
    for earlier in facts.earlier:
        seconds = facts.seconds_since(earlier, Part.TOPICS)
        then: set[TopicPartition] = {p.key for p in _leaders(earlier)[1].get(broker, ())}
        if seconds > 2 * takes and all(p.key in then for p in partitions):
            return seconds
    return 0.0


def _forecast(automatic: bool, lasting: float) -> str:
    if lasting:
        return f" for {duration(lasting)}"
    return "; Kafka moves them back within minutes" if automatic else ""
