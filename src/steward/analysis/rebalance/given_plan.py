"""Measures a reassignment from a file like one of our own, or rejects it if it could never finish."""

from collections.abc import Iterator

import numpy as np

from steward.analysis.rebalance.goal import Obstacle
from steward.analysis.rebalance.layout import NONE, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement, overflowing, with_optimality
from steward.analysis.rebalance.reassignment_json import Assignment
from steward.model.command import Hint, steward
from steward.model.names import TopicPartition

_NAMED = 5


def proposal_of(
    assignment: Assignment, layout: ReplicaLayout
) -> ProvedPlacement | tuple[Obstacle, ...]:
    """Measure a reassignment, or return everything that forbids it.

    The lower bound is 0, because the goal of the file is unknown. Partitions that it does not list stay.
    """
    refused = tuple(_obstacles(assignment, layout))
    if refused:
        return refused
    places = {key: row for row, key in enumerate(layout.partitions)}
    replicas, leader = layout.replicas.copy(), layout.leader.copy()
    for key, brokers in assignment.items():
        row = places[key]
        replicas[row, : len(brokers)] = [layout.place[b] for b in brokers]
        if leader[row] != NONE and leader[row] not in replicas[row]:
            leader[row] = replicas[row, 0]
    usable = layout.alive.copy()
    usable[np.unique(replicas[replicas != NONE])] = True
    proposal = with_optimality(layout, replicas, leader, {}, usable, bound=0.0, leaders_bound=0)
    return tuple(overflowing(layout, replicas)) or proposal


def _obstacles(assignment: Assignment, layout: ReplicaLayout) -> Iterator[Obstacle]:
    rows = {key: row for row, key in enumerate(layout.partitions)}
    gone = [key for key in assignment if key not in rows]
    if gone:
        yield Obstacle(
            rule="partition_gone", about=_few(gone), message=f"{_few(gone)} {_do(gone, 'not exist')} (any more)",
            instead=f"remove {'it' if len(gone) == 1 else 'them'} from the file: {len(assignment) - len(gone)} of its "
            f"{len(assignment)} partitions exist",
        )  # fmt: skip
    known = {key: rows[key] for key in sorted(assignment) if key in rows}
    yield from _brokers(assignment, known, layout)
    yield from _factors(assignment, known, layout)
    dead = [
        key
        for key, row in known.items()
        if layout.leader[row] == NONE and _moves(assignment[key], row, layout)
    ]
    if dead:
        yield Obstacle(
            rule="no_live_replica", about=_few(dead),
            message=f"{_few(dead)} cannot be moved: no live broker leads it to copy from",
            instead="restart a broker with an in-sync replica first, or remove it from the file",
        )  # fmt: skip


def _brokers(
    assignment: Assignment, known: dict[TopicPartition, int], layout: ReplicaLayout
) -> Iterator[Obstacle]:
    live = ", ".join(str(b) for b, alive in zip(layout.brokers, layout.alive, strict=True) if alive)
    wanted: dict[int, TopicPartition] = {}
    for key, row in known.items():
        there = _brokers_of(row, layout)
        for broker in assignment[key]:
            if broker not in there:
                wanted.setdefault(broker, key)
    for broker, key in sorted(wanted.items()):
        if broker not in layout.place:
            yield Obstacle(rule="broker_unregistered", about=f"broker {broker}",
                           message=f"broker {broker}, a target of {key}, is not registered",
                           instead=f"start it first, or use one of the live brokers {live}")  # fmt: skip
        elif not layout.alive[layout.place[broker]]:
            yield Obstacle(rule="broker_fenced", about=f"broker {broker}",
                           message=f"broker {broker}, a target of {key}, is fenced: the move would never finish",
                           instead=f"start it first, or use one of the live brokers {live}")  # fmt: skip


def _factors(
    assignment: Assignment, known: dict[TopicPartition, int], layout: ReplicaLayout
) -> Iterator[Obstacle]:
    for key, row in known.items():
        now, then = int(layout.factor[row]), len(assignment[key])
        if now != then:
            yield Obstacle(
                rule="replication_factor_changes", about=str(key),
                message=f"{key} has {now} replicas and would have {then}: a file must not change their number",
                instead=Hint(
                    steward(
                        "reassignment plan", "change-replication-factor",
                        replication_factor=then, topics=key.topic,
                    )
                ),
            )  # fmt: skip
            return


def _moves(brokers: tuple[int, ...], row: int, layout: ReplicaLayout) -> bool:
    return frozenset(brokers) != _brokers_of(row, layout)


def _brokers_of(row: int, layout: ReplicaLayout) -> frozenset[int]:
    old: list[int] = layout.replicas[row].tolist()
    return frozenset(layout.brokers[b] for b in old if b != NONE)


def _few(keys: list[TopicPartition]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(map(str, keys[:_NAMED])) + more


def _do(keys: list[TopicPartition], what: str) -> str:
    return f"{'does' if len(keys) == 1 else 'do'} {what}"
