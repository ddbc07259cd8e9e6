"""The state machine of alerts: pending, firing, resolved. It takes one tick and returns changes and notifications."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from steward.analysis.alerting.alert import (
    SEVERITY,
    Alert,
    AlertCondition,
    AlertState,
    fingerprint_of,
)
from steward.analysis.alerting.burn import BadMinutes
from steward.analysis.alerting.facts import TickFacts
from steward.analysis.alerting.judging import Level, Signal, is_over, judge
from steward.analysis.alerting.notification import Notification, NotificationReason, notification
from steward.analysis.alerting.rules import AlertRules, rules_for
from steward.analysis.alerting.silence import Silence
from steward.model.lag import LagSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """State that persists between ticks of one cluster: pending and firing alerts by fingerprint, the bad minutes of
    groups that had any, and the lag at the last poll.
    """  # noqa: D205

    alerts: Mapping[str, Alert] = field(default_factory=dict[str, Alert])
    bad_minutes: Mapping[str, BadMinutes] = field(default_factory=dict[str, BadMinutes])
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Result of one tick: the new state, alerts to store (including ended ones), pending alerts that ended before they
    fired, and notifications.
    """  # noqa: D205

    memory: Memory
    changed: tuple[Alert, ...]
    dropped: tuple[str, ...]
    notifications: tuple[Notification, ...]


def evaluate(
    memory: Memory, facts: TickFacts, rules: AlertRules, silences: Iterable[Silence] = ()
) -> Transition:
    """Process one tick.

    All decisions are in the step, so that one transaction can store it: a stored step is never notified twice, and an
    unstored one is decided again at the next tick.
    """
    minutes = _minutes(memory, facts, rules)
    judgement = judge(facts, rules, minutes, memory.seconds)
    signals: dict[str, Signal] = {}
    open_ones = {(a.rule, a.object): key for key, a in memory.alerts.items()}
    for found in judgement.signals:
        about = (found.rule, found.object)
        key = open_ones.get(about) or fingerprint_of(facts.key, *about)
        if found.level is Level.BAD or key not in signals:
            signals[key] = found
    alerts: dict[str, Alert] = {}
    ended: list[Alert] = []
    dropped: list[str] = []
    for key in sorted({*memory.alerts, *signals}):
        before, signal = memory.alerts.get(key), signals.get(key)
        after = _next(before, signal, facts, rules, judgement.unevaluated)
        if after is None:
            dropped += [key] if before is not None else []
        elif after.state is AlertState.RESOLVED:
            ended.append(after)
        else:
            alerts[key] = after
    due = list(_due_notifications(alerts, ended, rules, tuple(silences), facts))
    for key in (k for keys, _ in due for k in keys):
        alerts[key] = replace(alerts[key], notified_ms=facts.at_ms)
    return Transition(
        memory=Memory(alerts=alerts, bad_minutes=minutes, seconds=_seconds(memory, facts)),
        changed=(*_changed(memory, alerts), *ended),
        dropped=tuple(dropped),
        notifications=tuple(n for _, n in due),
    )


def replaced(memory: Memory, facts: TickFacts) -> Transition:
    """Close the alerts of a cluster that another one has replaced: its objects will never be polled again.

    An alert that was notified is notified as resolved, with that reason; the others no longer fire.
    """
    alerts = sorted(memory.alerts.values(), key=lambda a: a.fingerprint)
    ended = [
        replace(
            a,
            state=AlertState.RESOLVED,
            resolved_ms=facts.at_ms,
            summary=f"cluster replaced, the cluster id has changed: {a.summary}",
            remedy=None,
        )
        for a in alerts
        if a.state is AlertState.FIRING
    ]
    notified = [a for a in ended if a.notified_ms is not None]
    return Transition(
        memory=Memory(),
        changed=tuple(ended),
        dropped=tuple(a.fingerprint for a in alerts if a.state is AlertState.PENDING),
        notifications=tuple(
            notification(
                facts.cluster, rule, NotificationReason.REPLACED, (), (), over, facts.at_ms
            )
            for rule in AlertCondition
            if (over := [a for a in notified if a.rule is rule])
        ),
    )


def _next(
    alert: Alert | None,
    signal: Signal | None,
    facts: TickFacts,
    rules: AlertRules,
    unevaluated: frozenset[AlertCondition],
) -> Alert | None:
    """Return an alert after a tick; None if there is none."""
    if signal is not None and signal.level is Level.BAD:
        return _bad(alert, signal, facts, rules)
    if alert is None:
        return None
    held = signal is not None or alert.rule in unevaluated
    if held:
        return replace(alert, clear_ticks=0)
    if alert.state is AlertState.PENDING:
        return None
    cleared = alert.clear_ticks + 1
    if cleared < rules.clear_ticks:
        return replace(alert, clear_ticks=cleared)
    return replace(
        alert, state=AlertState.RESOLVED, resolved_ms=facts.at_ms, clear_ticks=cleared
    )  # fmt: skip


def _bad(alert: Alert | None, signal: Signal, facts: TickFacts, rules: AlertRules) -> Alert:
    now = facts.at_ms
    since = now if alert is None else min(alert.since_ms, now)
    fired = alert.fired_ms if alert is not None else None
    if fired is None and now - since >= rules.pending_seconds(signal.rule) * 1000:
        fired = now
    return Alert(
        fingerprint=(
            alert.fingerprint
            if alert is not None
            else fingerprint_of(facts.key, signal.rule, signal.object)
        ),
        cluster=facts.cluster,
        rule=signal.rule,
        object=signal.object,
        severity=SEVERITY[signal.rule],
        state=AlertState.PENDING if fired is None else AlertState.FIRING,
        summary=signal.summary,
        value=signal.value,
        threshold=signal.threshold,
        evidence=signal.evidence,
        remedy=signal.remedy,
        verdict=signal.verdict,
        since_ms=since,
        seen_ms=now,
        fired_ms=fired,
        notified_ms=alert.notified_ms if alert is not None else None,
    )


def _due_notifications(
    alerts: Mapping[str, Alert],
    ended: Iterable[Alert],
    rules: AlertRules,
    silences: tuple[Silence, ...],
    facts: TickFacts,
) -> Iterator[tuple[tuple[str, ...], Notification]]:
    """Return the notifications to send, one per rule, and the alerts that they report as firing.

    A new alert, or one whose silence ended, is notified at once. The end of a notified alert is notified even during a
    silence, so that receivers can close it. A firing alert is repeated after the repeat interval.
    """
    now = facts.at_ms
    for rule in AlertCondition:
        firing = [
            a
            for a in alerts.values()
            if a.rule is rule
            and a.state is AlertState.FIRING
            and not any(s.covers(a, now) for s in silences)
        ]
        over = [a for a in ended if a.rule is rule and a.notified_ms is not None]
        new = [a for a in firing if a.notified_ms is None]
        again = [
            a
            for a in firing
            if a.notified_ms is not None and _is_long_ago(a.notified_ms, now, rules)
        ]
        if not (new or over or again):
            continue
        reason = (
            NotificationReason.FIRED
            if new
            else NotificationReason.RESOLVED
            if over
            else NotificationReason.REPEATED
        )
        keys = tuple(a.fingerprint for a in firing) if new or again else ()
        yield keys, notification(facts.cluster, rule, reason, firing, new, over, now)


def _is_long_ago(notified_ms: int, now_ms: int, rules: AlertRules) -> bool:
    """Return whether to repeat a notification; a time in the future means that the clock stepped back."""
    return not 0 <= now_ms - notified_ms < rules.repeat_seconds * 1000


def _minutes(memory: Memory, facts: TickFacts, rules: AlertRules) -> Mapping[str, BadMinutes]:
    """Return the bad minutes including this poll's, without groups that have none."""
    minute = facts.at_ms // 60_000
    found: dict[str, BadMinutes] = {
        group: seen
        for group, known in memory.bad_minutes.items()
        if (seen := known.seen(minute, bad=False)).bits
    }
    for group in facts.groups if facts.unseen is None else ():
        seconds = group.lag_seconds
        objective = rules_for(rules, facts.cluster, group.group).objective_seconds
        if isinstance(seconds, LagSeconds) and is_over(seconds, objective):
            known = found.get(group.group, BadMinutes(minute, 0))
            found[group.group] = known.seen(minute, bad=True)
    return found


def _seconds(memory: Memory, facts: TickFacts) -> Mapping[str, float]:
    if facts.unseen is not None:
        return memory.seconds
    return {
        g.group: g.lag_seconds.value for g in facts.groups if isinstance(g.lag_seconds, LagSeconds)
    }


def _changed(before: Memory, alerts: Mapping[str, Alert]) -> Iterator[Alert]:
    """Return alerts to store: those whose state changed, and at most once a minute those with only new numbers."""
    for key, alert in alerts.items():
        old = before.alerts.get(key)
        if old is None or _written_state(old) != _written_state(alert):
            yield alert


def _written_state(alert: Alert) -> tuple[object, ...]:
    return (
        alert.state,
        alert.fired_ms,
        alert.notified_ms,
        alert.clear_ticks,
        alert.seen_ms // 60_000,
    )
