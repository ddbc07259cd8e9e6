"""Brokers and log directories whose load is uneven."""

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
_MIN_BYTES = 1024**3
_CHANCE = 4
"""Kafka starts each topic at a random broker; a difference below this many standard deviations may be chance."""


@check("B08", Severity.MEDIUM, over=CLUSTER, parts=PARTS)
def disk_or_replicas_imbalanced(facts: Facts, _: None) -> Iterator[FoundState]:
    """Some brokers or log directories hold far more than others.

    What it means: the fullest and the emptiest live broker, or directory of one broker, differ by more than a quarter
        of the mean, in replicas or in bytes. The difference is larger than chance or one large partition explains.
    Why it matters: the fullest disk fills up first and the busiest broker slows down first, while capacity of others is
        unused. Kafka moves no partitions to a new broker by itself.
    What to do: reassign partitions. kafka-reassign-partitions recomputes the whole placement of the topics that it is
        given; move few at a time, with a throttle.
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
        fullest, emptiest = (
            max(counts, key=lambda b: counts[b]),
            min(counts, key=lambda b: counts[b]),
        )
        yield FoundState(
            object=on_cluster(),
            summary=f"broker {fullest} has {counts[fullest]} replicas, broker {emptiest} {counts[emptiest]}",
            evidence=(_spread("Metadata", "replicas", {b: str(n) for b, n in counts.items()}),),
            remedy=_new_placement(facts),
        )


def _bytes(facts: Facts, used: Mapping[int, list[LogDir]]) -> Iterator[FoundState]:
    sizes = {b: sum(_size(d) for d in dirs) for b, dirs in used.items()}
    if len(sizes) < len(facts.live_broker_ids) or not _is_heavy(facts, sizes, 0):
        return
    if _is_heavy(facts, sizes, max(_largest(d) for dirs in used.values() for d in dirs)):
        fullest, emptiest = max(sizes, key=lambda b: sizes[b]), min(sizes, key=lambda b: sizes[b])
        yield FoundState(
            object=on_cluster(),
            summary=f"broker {fullest} holds {volume(sizes[fullest])}, broker {emptiest} {volume(sizes[emptiest])}",
            evidence=(
                _spread("DescribeLogDirs", "bytes", {b: volume(n) for b, n in sizes.items()}),
            ),
            remedy=_new_placement(facts),
        )


def _directories(facts: Facts) -> Iterator[FoundState]:
    for broker, dirs in _used(facts).items():
        if len(dirs) < 2:
            continue
        sizes = {d.path: _size(d) for d in dirs}
        if _is_heavy(facts, sizes, max(_largest(d) for d in dirs)):
            fullest, emptiest = (
                max(sizes, key=lambda p: sizes[p]),
                min(sizes, key=lambda p: sizes[p]),
            )
            yield FoundState(
                object=on_broker(broker),
                summary=f"{fullest} holds {volume(sizes[fullest])}, {emptiest} {volume(sizes[emptiest])}",
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
    """Return the online directories of live brokers that reported them."""
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
    """Return whether the sizes are more uneven than moving one partition can correct."""
    return _mean(sizes) >= _MIN_BYTES and _is_uneven(facts, sizes, largest)


def _is_uneven(facts: Facts, counts: Mapping[int, int] | Mapping[str, int], minimum: float) -> bool:
    if len(counts) < 2:
        return False
    spread = max(counts.values()) - min(counts.values())
    return spread > max(minimum, facts.thresholds.imbalance_ratio * _mean(counts))


def _mean(counts: Mapping[int, int] | Mapping[str, int]) -> float:
    return sum(counts.values()) / max(1, len(counts))


def _spread(source: str, fact: str, by_broker: Mapping[int, str]) -> Evidence:
    return Evidence(
        source, f"{fact} by broker", few((f"{b}: {n}" for b, n in by_broker.items()), 12)
    )


def _new_placement(facts: Facts) -> Remedy:
    topics = sorted(facts.topics, key=lambda t: (-len(t.partitions), t.name))[:3]
    return Remedy(
        "plan a new placement of the largest topics, then execute it",
        rebalance([topic.name for topic in topics]),
    )
