"""Topics whose number of replicas is to change: which brokers get new replicas, and which lose theirs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from steward.change.manifests.comparison.result import ComparisonSoFar, seen
from steward.change.manifests.desired import DesiredTopic
from steward.model.broker import LogDir
from steward.model.change import AlterConfigs, ConfigTarget, CreatePartitions, ReassignPartition
from steward.model.command import Hint, steward
from steward.model.config import config_entry
from steward.model.names import TopicPartition
from steward.model.replication import lacks_replicas
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Partition, Topic
from steward.model.unknown import NotApplicable, Observed, Unknown, value_or
from steward.model.wording import count

if TYPE_CHECKING:  # numpy: imported only for a changed factor
    from steward.analysis.rebalance.goal import Obstacle, RebalanceGoal
    from steward.analysis.rebalance.layout import BrokerMask, ReplicaLayout

Pair = tuple[DesiredTopic, Topic]
Replicas = Mapping[TopicPartition, tuple[int, ...]]
_MIN_ISR = "min.insync.replicas"
_NO_ELR = NotApplicable("to be created")


def changes_factor(wanted: DesiredTopic, topic: Topic) -> bool:
    """Return whether a partition's replication factor differs from the declared one.

    A topic with ongoing reassignments is left unchanged: `note_moves` reports it.
    """
    if wanted.replicas is None or any(p.is_moving for p in topic.partitions):
        return False
    return any(p.replication_factor != wanted.replicas for p in topic.partitions)


def may_change_factor(wanted: DesiredTopic, topic: Topic) -> bool:
    """Return whether a topic's factor differs from the declared one, unless an ongoing reassignment explains it."""
    if wanted.replicas is None:
        return False
    return any(len(p.replicas) != wanted.replicas or lacks_replicas(p) for p in topic.partitions)


def note_moves(wanted: DesiredTopic, topic: Topic, found: ComparisonSoFar) -> None:
    """Report ongoing reassignments; a factor that a topic has or will have then counts as declared."""
    moving = [p for p in topic.partitions if p.is_moving]
    if wanted.replicas is None or not moving:
        return
    verb = "is" if len(moving) == 1 else "are"
    text = f"{count(len(moving), 'partition')} of topic {wanted.name} {verb} being reassigned"
    if all(wanted.replicas in (p.replication_factor, p.target_factor) for p in topic.partitions):
        found.notes.append(f"{text}: its replicas are left unchanged")
    else:
        factors = sorted({p.replication_factor for p in topic.partitions})
        found.leave(
            "topic", wanted.name,
            f"replicas {' and '.join(map(str, factors))} -> {wanted.replicas} must wait: {text}",
            Hint("plan again when that is complete: ", steward("reassignment list")),
        )  # fmt: skip


def compare_replicas(
    pairs: Sequence[Pair], snapshot: ClusterSnapshot, found: ComparisonSoFar
) -> None:
    """Plan changes of replication factors, and added partitions of the same topics.

    As `steward reassignment plan change-replication-factor`: unused racks first, then brokers with most space; leaders
    stay. Kafka creates partitions with the topic's current factor, so those change theirs as well.
    """
    brokers = seen(snapshot.brokers, len(pairs), "replication factor", found) if pairs else None
    if not pairs or brokers is None or not isinstance(snapshot.topics, Observed):
        return
    from steward.analysis.rebalance.from_snapshot import layout_of

    grown = {t.name: _grown(w, t) for w, t in pairs}
    topics = [grown.get(t.name, t) for t in snapshot.topics.value]
    layout = layout_of(brokers, topics, _dirs(snapshot))
    placed = _placed({w.name: (w, t) for w, t in pairs}, layout, snapshot, found)
    for wanted, topic in pairs:
        found.changes += _changes(wanted, topic, placed, layout)


def _changes(
    wanted: DesiredTopic, topic: Topic, placed: Replicas, layout: "ReplicaLayout"
) -> Iterator[CreatePartitions | ReassignPartition]:
    old = {p.key: p.replicas for p in topic.partitions}
    new = [TopicPartition(topic.name, n) for n in range(len(topic.partitions), wanted.partitions)]
    factor = topic.partitions[0].replication_factor
    live = [b for b, alive in zip(layout.brokers, layout.alive, strict=True) if alive]
    begins = {key: _of_factor(placed[key], factor, live) for key in new if key in placed}
    if new:
        yield CreatePartitions(
            topic=topic.name, partitions=wanted.partitions, assignment=tuple(begins.values())
        )
    for key, replicas in (old | begins).items():
        if key in placed and placed[key] != replicas:
            yield ReassignPartition(partition=key, replicas=placed[key], changes_factor=True)


def _of_factor(replicas: tuple[int, ...], factor: int, live: list[int]) -> tuple[int, ...]:
    """Return as many replicas as the topic's partitions have now: from the given ones, or others as well."""
    others = [b for b in live if b not in replicas]
    return (*replicas, *others)[:factor]


def _grown(wanted: DesiredTopic, topic: Topic) -> Topic:
    """Return the topic with its future partitions, without replicas yet."""
    new = tuple(_empty(topic.name, n) for n in range(len(topic.partitions), wanted.partitions))
    return replace(topic, partitions=topic.partitions + new)


def _empty(topic: str, number: int) -> Partition:
    return Partition(
        topic=topic, partition=number, leader=-1, leader_epoch=0, replicas=(), isr=(), offline_replicas=(),
        elr=_NO_ELR, last_known_elr=_NO_ELR,
    )  # fmt: skip


def _placed(
    pairs: Mapping[str, Pair],
    layout: "ReplicaLayout",
    snapshot: ClusterSnapshot,
    found: ComparisonSoFar,
) -> Replicas:
    """Return the replicas of the topics whose factor is possible; report why others' is not."""
    from steward.analysis.rebalance.goal import Intent, RebalanceGoal
    from steward.analysis.rebalance.replication_factor import FactorChange, with_factors

    open_ = dict(pairs)
    while open_:
        goal = RebalanceGoal(
            intent=Intent.FACTOR,
            factors={n: w.replicas for n, (w, _) in open_.items() if w.replicas is not None},
            min_isr={name: _min_isr(name, snapshot, found) for name in open_},
        )
        result = with_factors(goal, layout, layout.alive)
        if isinstance(result, FactorChange):
            found.notes += [note.message for note in result.notes]
            return _rows(open_, layout, result.replicas.tolist())
        for name, obstacle in _blamed(goal, layout, layout.alive, result).items():
            found.cannot("topic", name, obstacle.message, obstacle.instead)
            del open_[name]
    return {}


def _blamed(
    goal: "RebalanceGoal",
    layout: "ReplicaLayout",
    usable: "BrokerMask",
    refused: tuple["Obstacle", ...],
) -> Mapping[str, "Obstacle"]:
    """Return the topics whose factor is impossible by itself; if none is, the topic that the error names."""
    from steward.analysis.rebalance.replication_factor import factor_obstacles

    found: dict[str, Obstacle] = {}
    for name, factor in goal.factors.items():
        alone = replace(goal, factors={name: factor})
        first = next(factor_obstacles(alone, layout, usable), None)
        if first is not None:
            found[name] = first
    named = refused[0].about.rpartition("-")[0]
    return found or {named if named in goal.factors else next(iter(goal.factors)): refused[0]}


def _rows(pairs: Iterable[str], layout: "ReplicaLayout", rows: list[list[int]]) -> Replicas:
    names = frozenset(pairs)
    return {
        key: tuple(layout.brokers[b] for b in row if b >= 0)
        for key, row in zip(layout.partitions, rows, strict=True)
        if key.topic in names
    }


def _min_isr(topic: str, snapshot: ClusterSnapshot, found: ComparisonSoFar) -> int:
    """Return min.insync.replicas as the plan leaves it; 0 if unknown."""
    configs = snapshot.topic_configs
    entry = config_entry(value_or(configs, {}).get(topic), _MIN_ISR)
    value = entry.value if entry is not None else None
    for change in found.changes:
        match change:
            case AlterConfigs(target=ConfigTarget.TOPIC, name=name) if name == topic:
                value = change.set.get(_MIN_ISR, value)
                if _MIN_ISR in change.remove and entry is not None:
                    value = next((s.value for s in entry.synonyms[1:]), None)
            case _:
                pass
    return int(value) if value is not None and value.isdigit() else 0


def _dirs(snapshot: ClusterSnapshot) -> tuple[LogDir, ...]:
    """Return the observed log directories; without sizes new replicas are spread by number."""
    part = snapshot.log_dirs
    found = part.value.values() if isinstance(part, Observed) else ()
    return tuple(d for dirs in found if not isinstance(dirs, Unknown) for d in dirs)
