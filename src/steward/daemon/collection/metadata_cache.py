"""Facts that change rarely or are read rarely: configurations, members, in-sync replicas, hanging transactions."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.runner import run_checks
from steward.analysis.checks.transaction.transaction_hanging import transaction_hanging
from steward.analysis.lag.assess import TopicTraits, traits_of_configs
from steward.analysis.lag.offset_table import ABSENT, Doubles, Longs, OffsetTable, Topics
from steward.analysis.lag.subscription import GroupSubscription, updated
from steward.cluster.ports import EVERYTHING, Observer
from steward.daemon.collection.poll import TopicHealth
from steward.model.config import Configs
from steward.model.error import StewardError
from steward.model.finding import Severity
from steward.model.group import Group
from steward.model.names import TopicPartition
from steward.model.replication import is_under_min_isr, is_under_replicated, lacks_replicas
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Reassignment, Topic
from steward.model.unknown import NOT_REQUESTED, Observed, Unknown, Why, known_or, value_or

_CONFIGS_EVERY = 5
_SUSPECT_AFTER_SECONDS = 300.0
_NO_LEADER = -1

Members = Mapping[str, frozenset[str]]
OngoingReassignments = Mapping[TopicPartition, Reassignment]


class MetadataCache:
    """Reads each kind of facts at its own interval; they stay valid until read again.

    Units: seconds on the clock of the polls.
    """

    def __init__(self, observer: Observer, interval: float) -> None:
        self._observer = observer
        self._interval = interval
        self._next: float | None = None
        self._turn = 0
        self._names: frozenset[str] = frozenset()
        self._configs: Mapping[str, Configs | Unknown] | Unknown = NOT_REQUESTED
        self._lacking: frozenset[TopicPartition] = frozenset()
        self._moving: OngoingReassignments = {}
        self._health: tuple[object, object, object, tuple[TopicHealth, ...]] | None = None
        self._held = StableOffsetDelays()
        self._earlier: Facts | None = None
        self.members: Members = {}
        self.subscriptions: Mapping[str, GroupSubscription] = {}
        """subscriptions of group members, as last described"""
        self.described: Mapping[str, Group] = {}
        """groups with their members, if this poll requested them"""
        self.traits: Mapping[str, TopicTraits] = {}
        self.hanging: Mapping[TopicPartition, float] | Unknown = {}

    def refresh(self, table: OffsetTable) -> bool:
        """Read what is due, and return whether anything was; after a failure the facts are Unknown with its reason."""
        self._held.take(table)
        self.described = {}
        names = frozenset(t.name for t in table.states)
        new_topics = bool(names - self._names)
        due = self._next is None or table.now >= self._next
        parts = self._movements(table, due=due) | ({Part.GROUPS} if due else set[Part]())
        if not parts and not new_topics:
            return False
        if new_topics or self._turn % _CONFIGS_EVERY == 0:
            parts.add(Part.TOPIC_CONFIGS)
        if due:
            self._next = table.now + self._interval
            self._turn += 1
        self._names = names
        self._ask(frozenset(parts))
        if due:
            self.hanging = self._hanging(table)
        return due

    def _movements(self, table: OffsetTable, *, due: bool) -> set[Part]:
        """Read reassignments only where replicas are out of sync: those being added do not count."""
        lacking = frozenset(p.key for t in table.states for p in t.partitions if lacks_replicas(p))
        more = lacking - self._lacking
        self._lacking = lacking
        if not lacking:
            self._moving = {}
            return set()
        return {Part.REASSIGNMENTS} if more or due else set()

    def _ask(self, parts: frozenset[Part]) -> None:
        try:
            seen = self._observer.observe(parts, replace(EVERYTHING, config_synonyms=False))
        except StewardError as fault:
            self._configs = Unknown(Why.UNREACHABLE, fault.summary)
            return
        if Part.GROUPS in parts:
            self.described = _described(seen)
            self.subscriptions = updated(self.subscriptions, self.described)
            self.members = {
                id: frozenset(m.id for m in g.detail.members)
                for id, g in self.described.items()
                if not isinstance(g.detail, Unknown)
            }
        if Part.REASSIGNMENTS in parts:
            moving = seen.reassignments
            self._moving = (
                {r.partition: r for r in moving.value} if isinstance(moving, Observed) else {}
            )
        if Part.TOPIC_CONFIGS in parts:
            found = seen.topic_configs
            self._configs = found.value if isinstance(found, Observed) else found
            self.traits = traits_of_configs(known_or(self._configs, {}))

    def health(self, table: OffsetTable) -> tuple[TopicHealth, ...]:
        """Judge each topic's partitions by their leaders and in-sync replicas."""
        known, rests_on = self._health, (table.states, self._configs, self._moving)
        if known is None or any(a is not b for a, b in zip(known, rests_on, strict=False)):
            health = tuple(_topic_health(t, self._configs, self._moving) for t in table.states)
            known = self._health = (*rests_on, health)
        return known[3]

    def _hanging(self, table: OffsetTable) -> Mapping[TopicPartition, float] | Unknown:
        """Describe producers where readers have been held back for long; elsewhere no transaction can hang."""
        suspects = self._held.suspects(table)
        if not suspects:
            self._earlier = None
            return {}
        topics = frozenset(p.topic for p in suspects)
        try:
            seen = self._observer.observe(
                transaction_hanging.parts, replace(EVERYTHING, topics=topics)
            )
        except StewardError as fault:
            return Unknown(Why.UNREACHABLE, fault.summary)
        now_ms = int((table.now + table.clock_offset) * 1000)
        earlier = () if self._earlier is None else (self._earlier,)
        facts = Facts(seen, now_ms=now_ms, earlier=earlier)
        self._earlier = Facts(seen, now_ms=now_ms)
        report = run_checks((transaction_hanging,), facts)
        unknown = [f for f in report.findings if f.severity is Severity.UNKNOWN]
        if unknown:
            return Unknown(Why.REFUSED, unknown[0].summary)
        names = {str(p): p for p in suspects}
        found = [names[f.object.name] for f in report.findings if f.object.name in names]
        return {p: _idle_seconds(seen, p, now_ms) for p in sorted(found)}


class StableOffsetDelays:
    """Since when each partition's last stable offset has been behind its end without moving."""

    def __init__(self) -> None:
        self._topics: Topics = ()
        self._stable: Longs = np.empty(0, np.int64)
        self._since: Doubles = np.empty(0)

    def take(self, table: OffsetTable) -> None:
        """Compare a poll with the previous one."""
        if table.topics != self._topics:
            self._topics = table.topics
            self._stable = np.full(len(table.partitions), ABSENT, np.int64)
            self._since = np.full(len(table.partitions), np.inf)
        held = (table.stable != ABSENT) & (table.stable < table.end)
        same = held & (table.stable == self._stable)
        self._since = np.where(same, self._since, np.where(held, table.now, np.inf))
        self._stable = np.where(held, table.stable, ABSENT)

    def suspects(self, table: OffsetTable) -> tuple[TopicPartition, ...]:
        """Return the partitions blocked for so long that a transaction may be hanging."""
        rows = np.flatnonzero(table.now - self._since >= _SUSPECT_AFTER_SECONDS)
        return tuple(table.partitions[row] for row in rows.tolist())


def _described(seen: ClusterSnapshot) -> Mapping[str, Group]:
    groups = value_or(seen.groups, ())
    return {g.id: g for g in groups}


def _topic_health(
    topic: Topic, configs: Mapping[str, Configs | Unknown] | Unknown, moving: OngoingReassignments
) -> TopicHealth:
    min_isr = _min_isr(topic.name, configs)
    leaders = [p for p in topic.partitions if p.leader != _NO_LEADER]
    return TopicHealth(
        topic=topic.name,
        partitions=len(topic.partitions),
        offline=tuple(p.partition for p in topic.partitions if p.leader == _NO_LEADER),
        under_replicated=tuple(
            p.partition for p in leaders if is_under_replicated(p, moving.get(p.key))
        ),
        under_min_isr=min_isr
        if isinstance(min_isr, Unknown)
        else tuple(p.partition for p in leaders if is_under_min_isr(p, min_isr)),
    )


def _min_isr(topic: str, configs: Mapping[str, Configs | Unknown] | Unknown) -> int | Unknown:
    entries = configs if isinstance(configs, Unknown) else configs.get(topic)
    if isinstance(entries, Unknown):
        return entries
    entry = None if entries is None else entries.get("min.insync.replicas")
    if entry is None or entry.value is None:
        return Unknown(Why.NOT_REQUESTED, f"the configuration of {topic} was not read")
    return int(entry.value)


def _idle_seconds(seen: ClusterSnapshot, partition: TopicPartition, now_ms: int) -> float:
    """Return how long the partition's oldest open transaction has not written."""
    states = seen.producers.value.get(partition) if isinstance(seen.producers, Observed) else None
    if states is None or isinstance(states, Unknown):
        return 0.0
    stamps = [s.last_timestamp_ms for s in states if s.current_txn_start_offset >= 0]
    return (now_ms - min(stamps)) / 1000 if stamps else 0.0
