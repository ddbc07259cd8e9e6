"""Brokers and log directories that carry more than their share."""

from collections.abc import Iterator, Mapping
from math import sqrt

from steward.analysis.checks.facts import Facts, require_all
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_broker, on_cluster, volume
from steward.analysis.checks.topic.assignment import rebalance
from steward.model.broker import LogDir
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown

PARTS = (Part.TOPICS, Part.BROKERS, Part.LOG_DIRS)
_LEAST_BYTES = 1024**3
_CHANCE = 4
"""Kafka begins each topic at a random broker; a spread below so many standard deviations may be chance."""


@check("B08", Severity.MEDIUM, over=CLUSTER, parts=PARTS)
def disk_or_replicas_imbalanced(facts: Facts, _: None) -> Iterator[FoundState]:
    """Some brokers or directories carry far more than others.

    What it means: between the fullest and the emptiest live broker, or directory of one broker, lies more than a
        quarter of the mean, in replicas or in bytes, and more than chance or a single large partition explains.
    Why it matters: the fullest disk is the first to be full and the busiest broker the first to be slow; the others'
        capacity is not used. A broker that was added takes no load by itself.
    What to do: reassign partitions. Kafka's tool spreads the topics that it is given anew; move few, and throttled.
    """
    yield from _replicas(facts)
    used = _used(facts)
    yield from _bytes(facts, used)
    yield from _directories(facts)
    require_all((f"broker {b}", dirs) for b, dirs in sorted(facts.log_dirs.items()))


def _replicas(facts: Facts) -> Iterator[FoundState]:
    assigned = facts.partitions.replicas_by_broker
    counts = {b: assigned.get(b, 0) for b in sorted(facts.live_broker_ids)}
    chance = _CHANCE * sqrt(_mean(counts))
    if _is_uneven(facts, counts, chance):
        most, least = max(counts, key=lambda b: counts[b]), min(counts, key=lambda b: counts[b])
        yield FoundState(
            object=on_cluster(),
            summary=f"broker {most} has {counts[most]} replicas, broker {least} {counts[least]}",
            evidence=(_spread("Metadata", "replicas", {b: str(n) for b, n in counts.items()}),),
            remedy=_spread_anew(facts),
        )


def _bytes(facts: Facts, used: Mapping[int, list[LogDir]]) -> Iterator[FoundState]:
    sizes = {b: sum(_size(d) for d in dirs) for b, dirs in used.items()}
    if len(sizes) < len(facts.live_broker_ids) or not _is_heavy(facts, sizes, 0):
        return
    if _is_heavy(facts, sizes, max(_largest(d) for dirs in used.values() for d in dirs)):
        most, least = max(sizes, key=lambda b: sizes[b]), min(sizes, key=lambda b: sizes[b])
        yield FoundState(
            object=on_cluster(),
            summary=f"broker {most} holds {volume(sizes[most])}, broker {least} {volume(sizes[least])}",
            evidence=(
                _spread("DescribeLogDirs", "bytes", {b: volume(n) for b, n in sizes.items()}),
            ),
            remedy=_spread_anew(facts),
        )


def _directories(facts: Facts) -> Iterator[FoundState]:
    for broker, dirs in _used(facts).items():
        if len(dirs) < 2:
            continue
        sizes = {d.path: _size(d) for d in dirs}
        if _is_heavy(facts, sizes, max(_largest(d) for d in dirs)):
            most, least = max(sizes, key=lambda p: sizes[p]), min(sizes, key=lambda p: sizes[p])
            yield FoundState(
                object=on_broker(broker),
                summary=f"{most} holds {volume(sizes[most])}, {least} {volume(sizes[least])}",
                evidence=tuple(
                    Evidence(f"DescribeLogDirs broker {broker}", path, volume(size))
                    for path, size in sizes.items()
                ),
                remedy=Remedy(
                    "move replicas between the directories (log_dirs in the reassignment file)",
                    steward("broker describe", broker),
                ),
            )


def _used(facts: Facts) -> Mapping[int, list[LogDir]]:
    """Return the working directories of live brokers that told of them."""
    return {
        broker: [d for d in dirs if d.error is None]
        for broker, dirs in sorted(facts.log_dirs.items())
        if not isinstance(dirs, Unknown) and broker in facts.live_broker_ids
    }


def _size(directory: LogDir) -> int:
    return sum(log.size_bytes for log in directory.replicas)


def _largest(directory: LogDir) -> int:
    return max((log.size_bytes for log in directory.replicas), default=0)


def _is_heavy(facts: Facts, sizes: Mapping[int, int] | Mapping[str, int], largest: int) -> bool:
    """Tell whether sizes are uneven beyond what moving a single partition could mend."""
    return _mean(sizes) >= _LEAST_BYTES and _is_uneven(facts, sizes, largest)


def _is_uneven(facts: Facts, counts: Mapping[int, int] | Mapping[str, int], least: float) -> bool:
    if len(counts) < 2:
        return False
    spread = max(counts.values()) - min(counts.values())
    return spread > max(least, facts.thresholds.imbalance_ratio * _mean(counts))


def _mean(counts: Mapping[int, int] | Mapping[str, int]) -> float:
    return sum(counts.values()) / max(1, len(counts))


def _spread(source: str, fact: str, by_broker: Mapping[int, str]) -> Evidence:
    return Evidence(
        source, f"{fact} by broker", few((f"{b}: {n}" for b, n in by_broker.items()), 12)
    )


def _spread_anew(facts: Facts) -> Remedy:
    topics = sorted(facts.topics, key=lambda t: (-len(t.partitions), t.name))[:3]
    return Remedy(
        "have the largest topics spread anew, and execute what fits",
        rebalance([topic.name for topic in topics]),
    )
