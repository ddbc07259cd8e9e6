"""An Observer over a snapshot that is at hand: it answers what it is asked for, as narrow as it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from steward.analysis.lag.timestamp_search import MAX_TIMESTAMP, TimestampAtOffset
from steward.change.planning.kinds import kind_of
from steward.cluster.ports import EVERYTHING, Progress, Scope
from steward.model.change import Change
from steward.model.error import BrokerRefused
from steward.model.names import TopicPartition
from steward.model.snapshot import ALL_PARTS, ClusterSnapshot, Part
from steward.model.unknown import NOT_REQUESTED, Observed, Unknown, Why

Stamps = Mapping[TopicPartition, Mapping[int, int]]
"""By partition, the timestamp of the record at each offset."""


def _by_time(log: Mapping[int, int], time_ms: int) -> TimestampAtOffset | None:
    least = max(log.values(), default=0) if time_ms == MAX_TIMESTAMP else time_ms
    return next((TimestampAtOffset(o, log[o]) for o in sorted(log) if log[o] >= least), None)


class FakeObserver:
    """Holds a whole snapshot; `asked` records every look, ``stamps`` are the timestamps of records."""

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self.snapshot = snapshot
        self.asked: list[tuple[frozenset[Part], Scope]] = []
        self.closed = False
        self.validated: list[Change] = []
        self.refuses: dict[str, BrokerRefused] = {}
        self.stamps: Stamps = {}

    def observe(
        self, parts: frozenset[Part], scope: Scope = EVERYTHING, progress: Progress | None = None
    ) -> ClusterSnapshot:
        self.asked.append((parts, scope))
        hidden: dict[str, Any] = {p.value: NOT_REQUESTED for p in ALL_PARTS - parts}
        return narrowed(replace(self.snapshot, **hidden), scope)

    def timestamps(self, times: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, Any]:
        """Answer as a leader does from ``stamps``; without them no record is as young."""
        return {p: _by_time(self.stamps.get(p, {}), at) for p, at in times.items()}

    def first_records(self, wanted: Mapping[TopicPartition, range]) -> Mapping[TopicPartition, Any]:
        """Read from ``stamps``; say of every other partition that it may not be read."""
        denied = {
            p: Unknown(Why.DENIED, "not authorized", f"READ on topic {p.topic}") for p in wanted
        }
        return denied | {
            p: next(
                (TimestampAtOffset(o, self.stamps[p][o]) for o in offsets if o in self.stamps[p]),
                None,
            )
            for p, offsets in wanted.items()
            if p in self.stamps
        }

    @property
    def parts_asked(self) -> frozenset[Part]:
        return frozenset(part for parts, _ in self.asked for part in parts)

    def validate(self, changes: Sequence[Change]) -> tuple[BrokerRefused | None, ...]:
        """Refuse what `refuses` names by its object; `validated` records what was asked."""
        self.validated += changes
        return tuple(self.refuses.get(kind_of(c).object(c).name) for c in changes)

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def narrowed(snapshot: ClusterSnapshot, scope: Scope) -> ClusterSnapshot:
    """Leave out what a real observer would not have asked for."""
    changes: dict[str, Any] = {}

    def keep(part: str, change: Any) -> None:
        found = getattr(snapshot, part)
        if isinstance(found, Observed):
            changes[part] = replace(
                found,
                value=change(changes.get(part, found).value if part in changes else found.value),
            )

    if scope.topics is not None:
        names = scope.topics
        keep("topics", lambda v: tuple(t for t in v if t.name in names))
        keep("topic_configs", lambda v: {k: c for k, c in v.items() if k in names})
        keep("offsets", lambda v: {k: o for k, o in v.items() if k.topic in names})
        keep("group_offsets", lambda v: {g: _of_topics(o, names) for g, o in v.items()})
    if scope.config_keys is not None:
        keys = scope.config_keys
        keep("topic_configs", lambda v: {t: _of_keys(c, keys) for t, c in v.items()})
    if scope.groups is not None:
        groups = scope.groups
        keep("groups", lambda v: tuple(g for g in v if g.id in groups))
        keep("group_offsets", lambda v: {g: o for g, o in v.items() if g in groups})
    if scope.brokers is not None:
        brokers = scope.brokers
        for part in ("log_dirs", "broker_configs", "broker_loggers"):
            keep(part, lambda v: {b: found for b, found in v.items() if b in brokers})
    return replace(snapshot, **changes)


def _of_keys(configs: Any, keys: frozenset[str]) -> Any:
    return (
        configs if isinstance(configs, Unknown) else {k: e for k, e in configs.items() if k in keys}
    )


def _of_topics(offsets: Any, names: frozenset[str]) -> Any:
    if not hasattr(offsets, "committed"):
        return offsets
    return replace(
        offsets, committed={p: o for p, o in offsets.committed.items() if p.topic in names}
    )
