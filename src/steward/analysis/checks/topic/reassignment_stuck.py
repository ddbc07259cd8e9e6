"""Reassignments without progress."""

from collections.abc import Iterator
from functools import partial

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import brokers_named, duration, few
from steward.model.command import kafka
from steward.model.finding import Confidence, Evidence, ObjectRef, Remedy, Severity
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.topic import Reassignment
from steward.model.unknown import known_or

PARTS = (Part.REASSIGNMENTS, Part.BROKERS, Part.TOPICS, Part.LOG_DIRS)


@check("T28", Severity.MEDIUM, over=CLUSTER, parts=PARTS, nature=Nature.STATE)
def reassignment_stuck(facts: Facts, _: None) -> Iterator[FoundState]:
    """A reassignment makes no progress.

    What it means: a replica is being copied to a broker that is not alive or from a partition without a leader, or its
        copy has not grown between snapshots at least one minute apart.
    Why it matters: a reassignment has no timeout. Until it ends, its partition cannot be reassigned again, its throttle
        stays, and disks store both the old and the new replicas.
    What to do: start the broker, raise the throttle above the partition's write rate, or cancel the reassignment.
    """
    by_topic: dict[str, list[tuple[Reassignment, str]]] = {}
    for moving in facts.reassignments:
        cause = _obstacle(facts, moving) or _no_growth(facts, moving)
        if cause:
            by_topic.setdefault(moving.partition.topic, []).append((moving, cause))
    for topic, stuck in sorted(by_topic.items()):
        first, cause = stuck[0]
        yield FoundState(
            object=ObjectRef("topic", topic),
            confidence=Confidence.OBSERVED if _obstacle(facts, first) else Confidence.INFERRED,
            summary=f"reassignment of partition {few(m.partition.partition for m, _ in stuck)} "
            f"makes no progress: {cause}",
            evidence=tuple(
                Evidence(
                    "ListPartitionReassignments",
                    f"partition {m.partition.partition}",
                    f"replicas {few(m.replicas)}, adding {few(m.adding)}: {why}",
                )
                for m, why in stuck[:3]
            ),
            remedy=Remedy(
                "start the broker or raise the throttle; otherwise cancel the reassignment, with "
                f"{_json(stuck)} in a file stuck.json",
                kafka("reassign-partitions", "--cancel", "--reassignment-json-file", "stuck.json"),
            ),
        )


def _obstacle(facts: Facts, moving: Reassignment) -> str:
    """Return why it cannot make progress now; empty if there is no obstacle."""
    dead = [b for b in moving.adding if b not in facts.live_broker_ids]
    if dead:
        return f"{brokers_named(dead)} not alive"
    topic = facts.topic_by_name.get(moving.partition.topic)
    if topic is None:
        return ""
    led = any(p.leader >= 0 for p in topic.partitions if p.partition == moving.partition.partition)
    return "" if led else "the partition has no leader"


def _no_growth(facts: Facts, moving: Reassignment) -> str:
    """Return for how long no copy has grown; empty if one did or no snapshot is old enough."""
    then = next(filter(partial(_is_old_enough, facts), facts.earlier), None)
    if then is None or moving not in then.reassignments or not moving.adding:
        return ""
    now = {broker: _copied(facts, broker, moving.partition) for broker in moving.adding}
    if any(_copied(then, broker, moving.partition) != size for broker, size in now.items()):
        return ""
    return f"no copy has grown for {duration(facts.seconds_since(then, Part.LOG_DIRS))}"


def _is_old_enough(facts: Facts, earlier: Facts) -> bool:
    seconds = facts.seconds_since(earlier, Part.LOG_DIRS)
    return seconds >= facts.thresholds.reassignment_stuck_seconds


def _copied(facts: Facts, broker: int, partition: TopicPartition) -> tuple[int, int]:
    """Return size and lag of one copy; (0, -1) if it does not exist yet."""
    directories = facts.log_dirs.get(broker, ())
    for directory in known_or(directories, ()):
        for log in directory.replicas:
            if log.partition == partition and not log.is_future:
                return log.size_bytes, log.offset_lag
    return 0, -1


def _json(stuck: list[tuple[Reassignment, str]]) -> str:
    moves = ",".join(
        f'{{"topic":"{m.partition.topic}","partition":{m.partition.partition},"replicas":['
        f"{','.join(str(b) for b in m.replicas if b not in m.removing)}]}}"
        for m, _ in stuck
    )
    return f'{{"version":1,"partitions":[{moves}]}}'
