"""Alerts of the daemon: judges each poll, writes the result with its notifications, has them delivered."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from steward.analysis.alerting.alert import Alert, AlertCondition, AlertState
from steward.analysis.alerting.facts import TickFacts
from steward.analysis.alerting.machine import Memory, Transition, evaluate, replaced
from steward.analysis.alerting.notification import (
    MOST_ALERTS,
    Notification,
    NotificationReason,
    notification,
)
from steward.analysis.alerting.rules import AlertRules
from steward.analysis.alerting.silence import Silence
from steward.daemon.alerting.delivery import ReceiverWorkers
from steward.daemon.receivers.receiver import Receiver
from steward.model.error import StoreUnavailable
from steward.store.open import Store


@dataclass
class _Cluster:
    """The alerter's state of one cluster. ``cluster_id`` is None before the first tick, empty while it is unknown;
    ``is_loaded`` is false until the store has returned the earlier state; ``unwritten`` and ``dropped`` are what
    could not be written yet.
    """  # noqa: D205

    cluster_id: str | None = None
    memory: Memory = field(default_factory=Memory)
    is_loaded: bool = False
    unwritten: dict[str, Alert] = field(default_factory=dict[str, Alert])
    dropped: set[str] = field(default_factory=set[str])
    lock: Lock = field(default_factory=Lock)


class Alerter:
    """Judges the facts of each poll. Thread-safe: clusters do not wait for each other.

    While the store fails, alerts are still judged and delivered, from memory; what could not be written is written with
    a later tick. Only then may a restart deliver something twice.
    """

    def __init__(
        self,
        store: Store,
        rules: AlertRules,
        receivers: Iterable[Receiver],
        dispatcher: ReceiverWorkers,
        tell: Callable[[Alert], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._rules = rules
        self._receivers = tuple(receivers)
        self._dispatcher = dispatcher
        self._tell = tell
        self._clusters: dict[str, _Cluster] = {}
        self._silences: tuple[Silence, ...] = ()
        self._lock = Lock()
        dispatcher.repeats(self.firing)

    @property
    def rules(self) -> AlertRules:
        """The rules in effect."""
        return self._rules

    def tick(self, facts: TickFacts) -> StoreUnavailable | None:
        """Judge a poll, write the result, and notify; return why it could not be written, if so."""
        known = self._cluster(facts.cluster)
        with known.lock:
            facts, left = self._identify(known, facts)
            changes, fault = self._load(known, facts, left)
            fault = self._read_silences(facts.at_ms) or fault
            step = evaluate(known.memory, facts, self._rules, self._silences)
            fault = self._write(known, facts, step) or fault
            changes += state_changes(known.memory, step)
            known.memory = step.memory
        for alert in changes:
            self._tell(alert)
        return fault

    def counts(self) -> Mapping[tuple[str, AlertCondition, str], int]:
        """Count alerts by cluster, rule and state: pending, firing or silenced."""
        counts: dict[tuple[str, AlertCondition, str], int] = {}
        for cluster, known in self._known():
            for alert in known.memory.alerts.values():
                silenced = any(s.covers(alert, alert.seen_ms) for s in self._silences)
                state = "silenced" if silenced else alert.state.value
                key = (cluster, alert.rule, state)
                counts[key] = counts.get(key, 0) + 1
        return counts

    def firing(self, now_ms: int) -> tuple[Notification, ...]:
        """Return all firing alerts that were sent, for receivers that forget what is not repeated."""
        found: list[Notification] = []
        for cluster, known in self._known():
            alerts = [
                a
                for a in known.memory.alerts.values()
                if a.state is AlertState.FIRING
                and a.notified_ms is not None
                and not any(s.covers(a, now_ms) for s in self._silences)
            ]
            for rule in AlertCondition:
                own = [a for a in alerts if a.rule is rule]
                for begin in range(0, len(own), MOST_ALERTS):
                    some = own[begin : begin + MOST_ALERTS]
                    found.append(
                        notification(
                            cluster, rule, NotificationReason.REPEATED, some, (), (), now_ms
                        )
                    )
        return tuple(found)

    def _known(self) -> list[tuple[str, _Cluster]]:
        with self._lock:
            return sorted(self._clusters.items(), key=lambda item: item[0])

    def _cluster(self, name: str) -> _Cluster:
        with self._lock:
            return self._clusters.setdefault(name, _Cluster())

    def _identify(self, known: _Cluster, facts: TickFacts) -> tuple[TickFacts, Memory]:
        """Return the facts with their cluster's id, and open alerts of a cluster that it replaced.

        A failed poll belongs to the cluster that answered last. A cluster without a known id, because no poll had
        succeeded, stays the same when its id becomes known.
        """
        if not facts.cluster_id and facts.unseen is not None:
            last = self._last_id(known, facts.cluster)
            if last is None:
                return facts, Memory()
            facts = replace(facts, cluster_id=last)
        before, known.cluster_id = known.cluster_id, facts.cluster_id
        if before == facts.cluster_id:
            return facts, Memory()
        known.is_loaded = False
        if not before:
            return facts, Memory()
        left, known.memory = known.memory, Memory()
        return facts, left

    def _last_id(self, known: _Cluster, cluster: str) -> str | None:
        """Return the id of the cluster that answered last; None while the store cannot say."""
        if known.cluster_id is not None:
            return known.cluster_id
        try:
            return self._store.clusters.last(cluster)
        except StoreUnavailable:
            return None

    def _load(
        self, known: _Cluster, facts: TickFacts, left: Memory
    ) -> tuple[tuple[Alert, ...], StoreUnavailable | None]:
        """Read the earlier state once, and end open alerts of clusters that this one replaced.

        Changes that this process made without the store take precedence. Returns the alerts that ended.
        """
        if known.is_loaded:
            return (), None
        fault: StoreUnavailable | None = None
        open_alerts = dict(left.alerts)
        try:
            if facts.cluster_id and facts.unseen is None:
                self._store.clusters.learn(facts.cluster, facts.cluster_id)
            before = self._store.alerts.load(facts.key)
            for other in self._store.clusters.replaced(facts.cluster):
                if other != facts.key:
                    open_alerts = {**self._store.alerts.load(other).alerts, **open_alerts}
        except StoreUnavailable as e:
            fault = e
        else:
            _join(known, before)
            known.is_loaded = True
        if not open_alerts:
            return (), fault
        step = replaced(Memory(alerts=open_alerts), facts)
        known.unwritten = {k: a for k, a in known.unwritten.items() if k not in open_alerts}
        fault = self._write(known, facts, replace(step, memory=known.memory)) or fault
        return state_changes(Memory(alerts=open_alerts), step), fault

    def _read_silences(self, now_ms: int) -> StoreUnavailable | None:
        """Read the silences; if that fails, keep the known ones."""
        try:
            self._silences = self._store.silences.list(ending_after_ms=now_ms)
        except StoreUnavailable as e:
            return e
        return None

    def _write(
        self, known: _Cluster, facts: TickFacts, step: Transition
    ) -> StoreUnavailable | None:
        """Write the step; if the store fails, notify from memory and write later."""
        known.unwritten.update({a.fingerprint: a for a in step.changed})
        known.dropped = (known.dropped | set(step.dropped)) - {a.fingerprint for a in step.changed}
        for fingerprint in step.dropped:
            known.unwritten.pop(fingerprint, None)
        new = [
            (r.name, note) for note in step.notifications for r in self._receivers if r.takes(note)
        ]
        minutes = step.memory.bad_minutes
        fresh = minutes if minutes != known.memory.bad_minutes else None
        if not (known.unwritten or known.dropped or new or fresh is not None):
            return None
        try:
            self._store.alerts.commit(
                facts.key,
                changed=known.unwritten.values(),
                dropped=known.dropped,
                bad_minutes=fresh,
                deliveries=new,
                now_ms=facts.at_ms,
            )
        except StoreUnavailable as e:
            self._dispatcher.deliver_unwritten(new)
            return e
        known.unwritten.clear()
        known.dropped.clear()
        if new:
            self._dispatcher.wake()
        return None


def _join(known: _Cluster, before: Memory) -> None:
    """Add the stored alerts; of an alert in both, this process's state wins, under the fingerprint that was sent."""
    sent = {(a.rule, a.object): key for key, a in before.alerts.items()}
    for own in list(known.memory.alerts.values()):
        key = sent.get((own.rule, own.object), own.fingerprint)
        if key != own.fingerprint and known.unwritten.pop(own.fingerprint, None) is not None:
            known.unwritten[key] = replace(own, fingerprint=key)
    mine = [
        replace(a, fingerprint=sent.get((a.rule, a.object), a.fingerprint))
        for a in known.memory.alerts.values()
    ]
    known.memory = Memory(
        alerts={**before.alerts, **{a.fingerprint: a for a in mine}},
        bad_minutes={**before.bad_minutes, **known.memory.bad_minutes},
        seconds=known.memory.seconds,
    )


def state_changes(before: Memory, step: Transition) -> tuple[Alert, ...]:
    """Return the alerts that started to fire in a step, and those that ended after firing."""

    def has_changed(alert: Alert) -> bool:
        old = before.alerts.get(alert.fingerprint)
        was_firing = old is not None and old.state is AlertState.FIRING
        return was_firing is not (alert.state is AlertState.FIRING)

    return tuple(a for a in step.changed if has_changed(a))
